package api_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/proof"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
	"github.com/plumbline-dev/plumbline/host/internal/packing"
	"github.com/plumbline-dev/plumbline/host/notification"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// planted are secrets by where they were planted.
type planted map[string]string

// in returns where the secrets were planted that raw holds, as they are or encoded.
func (p planted) in(raw string) (found []string) {
	raw = strings.ToLower(raw)
	for name, secret := range p {
		forms := []string{secret, hex.EncodeToString([]byte(secret)), url.QueryEscape(secret), fmt.Sprintf("%q", secret)}
		for shift := range 3 { // base64 of a text that has the secret at any place
			whole := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + secret))
			forms = append(forms, whole[4:len(whole)-4])
			whole = base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + secret))
			forms = append(forms, whole[4:len(whole)-4])
		}
		if slices.ContainsFunc(forms, func(form string) bool { return strings.Contains(raw, strings.ToLower(form)) }) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

func TestPlantedSecretsAreFoundInEveryForm(t *testing.T) {
	t.Parallel()
	p := planted{"it": "canary-1f0e2d3c4b5a"}
	for _, raw := range []string{
		`{"a":"canary-1f0e2d3c4b5a"}`, "CANARY-1F0E2D3C4B5A", "63616e6172792d316630653264336334623561",
		base64.StdEncoding.EncodeToString([]byte("user:canary-1f0e2d3c4b5a")),
	} {
		if len(p.in(raw)) != 1 {
			t.Errorf("it is not found in %q", raw)
		}
	}
	if found := p.in("canary-1f0e"); len(found) != 0 {
		t.Errorf("a part of it is taken for it")
	}
}

// world is a host in which every GET operation has something to tell.
type world struct {
	*bundle
	secrets planted
	values  map[string][]string // of the parameters, by operation and name or by name
}

// TestNoAnswerHoldsASecret calls every GET operation of the description as a browser, on a
// host whose connections, checks and backups were given secrets and whose connector tries to
// leak its own, and looks at the bytes of each answer.
func TestNoAnswerHoldsASecret(t *testing.T) {
	t.Parallel()
	w := settled(t)
	d := described(t, calls.Carrier(w.server.Handler()))
	walked := 0
	for path, methods := range d.Paths {
		operation, ok := methods["get"]
		if !ok {
			continue
		}
		for _, at := range w.addresses(t, path, operation.ID) {
			walked++
			status, header, body := w.get(t, at)
			// A stream without held removals and a person who does not exist are refused, and that is looked at, too.
			refused := status == http.StatusNotFound && (operation.ID == "list-held-records" || operation.ID == "get-person")
			if status != http.StatusOK && !refused {
				t.Errorf("%s answers %d: nothing is looked at: %.200s", at, status, body)
			}
			if found := w.secrets.in(header + body); len(found) > 0 {
				t.Errorf("%s holds the secret of %v", at, found)
			}
		}
	}
	if walked < 50 {
		t.Errorf("only %d answers were looked at", walked)
	}
}

// addresses returns the addresses of an operation, one for each value of its parameters.
func (w *world) addresses(t *testing.T, path, operation string) []string {
	t.Helper()
	all := []string{path}
	for name, values := range w.values {
		of, short, ofOne := strings.Cut(name, " ")
		if !ofOne {
			short = of
		} else if of != operation {
			continue
		}
		if more, isQuery := strings.CutPrefix(short, "?"); isQuery {
			for i := range all {
				all[i] += "?" + more + values[0]
			}
			continue
		}
		if !strings.Contains(path, "{"+short+"}") || !ofOne && w.values[operation+" "+short] != nil {
			continue
		}
		var next []string
		for _, at := range all {
			for _, value := range values {
				next = append(next, strings.ReplaceAll(at, "{"+short+"}", url.PathEscape(value)))
			}
		}
		all = next
	}
	for _, at := range all {
		if strings.Contains(at, "{") {
			t.Errorf("%s: this test has no value for a parameter of %s", operation, at)
			return nil
		}
	}
	return all
}

// get returns the status, the header as text and the body of an answer to the browser.
func (w *world) get(t *testing.T, at string) (status int, header, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.web.URL+at, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := w.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var lines, text strings.Builder
	if err := response.Header.Write(&lines); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(&text, response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, lines.String(), text.String()
}

// settled opens a host with planted secrets, and waits until everything was done with them.
func settled(t *testing.T) *world {
	t.Helper()
	w := &world{bundle: setup(t), secrets: planted{
		"the connection": "canary-0a1b2c3d4e5f6a7b", "the connection that leaks": "canary-1b2c3d4e5f6a7b8c",
		"the edit": "canary-2c3d4e5f6a7b8c9d", "the check": "canary-3d4e5f6a7b8c9d0e", "the dry run": "canary-4e5f6a7b8c9d0e1f",
		"the backup": "canary-5f6a7b8c9d0e1f2a", "what was refused": "canary-6a7b8c9d0e1f2a3b",
		"the model": "canary-7b8c9d0e1f2a3b4c", "the webhook": "canary-8c9d0e1f2a3b4c5d",
	}}
	c, ctx := calls.Over(calls.Carrier(w.server.Handler())), t.Context()
	task := func(task host.Task, err error) host.Task {
		t.Helper()
		for err == nil && task.Status == "running" {
			task, err = c.Task(ctx, task.ID, task.Version, operation.WaitParam{Wait: "1s"})
		}
		if err != nil {
			t.Fatal(err)
		}
		return task
	}
	added := w.connect(t, c, "corp", "the connection", `{"streams":[{"name":"users","records":5}]}`)
	leaky := w.connect(t, c, "leaky", "the connection that leaks",
		`{"streams":[{"name":"users","records":10,"leak":true,"fail_at":5,"error":"auth.invalid"}]}`)
	if _, err := c.EditConnection(ctx, "corp", 0, connections.Edit{Secrets: map[string]string{"token": w.secrets["the edit"]}}); err != nil {
		t.Fatal(err)
	}
	w.outward(t, c)
	evidence := noted(t, c)
	if _, err := c.AddConnection(ctx, connections.NewConnection{
		Connector: "fake", Alias: "refused", Settings: json.RawMessage(`{"unheard":"of"}`),
		Secrets: map[string]string{"token": w.secrets["what was refused"]},
	}); err == nil || len(w.secrets.in(err.Error())) > 0 {
		t.Errorf("a setting that does not exist is refused with %v", err)
	}
	check, err := c.StartCheck(ctx, connections.CheckRequest{
		Connector: "fake", Settings: json.RawMessage(`{"streams":[{"name":"users","records":1}]}`),
		Secrets: map[string]string{"token": w.secrets["the check"]},
	})
	for err == nil && check.Status == "running" {
		check, err = c.Check(ctx, check.ID, check.Version, operation.WaitParam{Wait: "1s"})
	}
	if err != nil {
		t.Fatal(err)
	}
	sample := task(c.StartDryRunSample(ctx, connections.CheckRequest{
		Connection: "corp", Secrets: map[string]string{"token": w.secrets["the dry run"]},
	}))
	backup := task(c.StartBackup(ctx, app.BackupRequest{Passphrase: w.secrets["the backup"]}))
	draft, err := c.PutDraft(ctx, "01JDRAFT", "", connections.DraftEdit{Connector: "fake", Alias: "later"})
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := c.Accounts(ctx, api.AccountsParams{})
	if err != nil || len(accounts.Items) == 0 {
		t.Fatal("no account is listed", err)
	}
	var exports []string
	for _, request := range []lookup.ExportRequest{
		{What: "records"}, {What: "changes"}, {What: "audit"}, {What: "connections"}, {What: "runs"}, {What: "accounts"},
		{What: "log", ExportFilter: lookup.ExportFilter{Run: leaky.ID}}, {What: "log", ExportFilter: lookup.ExportFilter{Run: added.ID}},
	} {
		for _, request.Format = range []string{"csv", "jsonl"} {
			done := task(c.StartExport(ctx, request))
			if done.Error != nil {
				t.Fatal(done.Error)
			}
			exports = append(exports, done.Export.ID)
		}
	}
	pack := task(c.StartPack(ctx, packing.Request{Framework: "soc2", From: "2026-01-01", To: "2026-01-31"}))
	until := time.Now().UTC().Format(time.RFC3339Nano)
	task(c.StartHeld(ctx, "mfa-identity", proof.PeriodParams{To: until}))
	w.plantKeys(t)
	w.login(t)
	w.values = map[string][]string{
		"ref": {"corp", "leaky"}, "stream": {"users"}, "kind": {"account", "person"}, "page": {"connections"},
		"get-account id": {accounts.Items[0].ID}, "list-account-history id": {accounts.Items[0].ID}, "get-check id": {check.ID},
		"get-connector id": {"fake"}, "get-draft id": {draft.ID}, "get-export-file id": exports,
		"get-evidence-pack id": {pack.ID}, "get-evidence-pack-file id": {pack.ID}, "get-run id": {added.ID, leaky.ID},
		"explain-run id": {leaky.ID}, "list-run-logs id": {added.ID, leaky.ID}, "get-task id": {sample.ID, backup.ID},
		"compare-accounts ?": {"from=2020-01-01"}, "get-record ?": {"key=users-1&stream=users"},
		"list-record-versions ?": {"key=users-1&stream=users"},
		"list-events ?":          {"after=1"}, "list-audit ?": {"limit=1000"},
		"get-control id": {"access-mfa"}, "get-framework id": {"soc2"}, "get-evidence id": {evidence}, "get-evidence-file id": {evidence},
		"number": {"1"}, "get-test-held id": {"mfa-identity"}, "get-test-held ?": {"to=" + url.QueryEscape(until)},
		"get-test-coverage id": {"mfa-identity"}, "list-test-findings id": {"mfa-identity"}, "get-test-history id": {"mfa-identity"},
		"get-person id": {"nobody"}, "get-test id": {"mfa-identity"}, "get-test-setting id": {"mfa-identity"},
		"list-test-exclusions id": {"mfa-identity"}, "get-custom-test id": {"own-mfa-identity"},
		"list-custom-test-versions id": {"own-mfa-identity"}, "preview-summary ref": {"leaky"}, "list-drafts ?": {"connector=fake"},
	}
	return w
}

// noted adds evidence with a file, and returns its id.
func noted(t *testing.T, c *calls.Client) string {
	t.Helper()
	file, err := c.UploadEvidence(t.Context(), "note.txt", strings.NewReader("It is so."))
	if err != nil {
		t.Fatal(err)
	}
	e, err := c.AddEvidence(t.Context(), assurance.NewEvidence{
		Title: "A note", Controls: []string{"access-mfa"}, Artifact: &assurance.NewArtifact{Kind: assurance.EvidenceFile, File: &file},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e.ID
}

// outward gives the planted secrets to what the host itself calls.
func (w *world) outward(t *testing.T, c *calls.Client) {
	t.Helper()
	key := w.secrets["the model"]
	if _, err := c.ConfigureSummary(t.Context(), aisummary.Edit{
		Provider: aisummary.ProviderOpenAI, Address: "http://127.0.0.1:1", Model: "none", Key: &key,
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.AddNotificationChannel(t.Context(), api.ChannelBody{
		Name: "Hook", Type: notification.ChannelWebhook, Secrets: map[string]string{"url": "http://127.0.0.1:1/" + w.secrets["the webhook"]},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.NewCustomTest(t.Context(), verdict.Writing{Copy: "mfa-identity"}); err != nil {
		t.Fatal(err)
	}
}

// connect adds a connection with the planted secret of that name and runs it.
func (w *world) connect(t *testing.T, c *calls.Client, alias, secret, settings string) host.Run {
	t.Helper()
	if _, err := c.AddConnection(t.Context(), connections.NewConnection{
		Connector: "fake", Alias: alias, Settings: json.RawMessage(settings), Secrets: map[string]string{"token": w.secrets[secret]},
	}); err != nil {
		t.Fatal(err)
	}
	run, err := c.Sync(t.Context(), alias, connections.SyncRequest{})
	for hints := (api.Events{}); err == nil && !run.Status.Final(); {
		if hints, err = c.Events(t.Context(), hints.Last, operation.WaitParam{Wait: "1s"}); err == nil {
			run, err = c.Run(t.Context(), run.ID)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// plantKeys counts the key of the data directory among the secrets.
func (w *world) plantKeys(t *testing.T) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(w.dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	w.secrets["the key of the data directory"] = strings.TrimSpace(string(raw))
}
