package bundle_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/bundle"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/metrics"
	"github.com/plumbline-dev/plumbline/host/internal/owned"
)

// programs holds this test binary as the connector "fake".
var programs string

func TestMain(m *testing.M) { os.Exit(hosttest.Run(m, &programs, nil)) }

// planted must be nowhere in an archive: a stored secret that a connector tries to leak, and what people write into settings,
// names and texts that errors hold.
var planted = []string{
	"pl4nted-secret-of-a-connection", "ghp_plantedplantedplantedplanted", "hunter2hunter2", "ann@corp.example",
	"tom@corp.example", "\u202e", "\x1b",
}

func TestAnArchiveHoldsNoSecret(t *testing.T) {
	t.Parallel()
	o := hosttest.Options(t, hosttest.Dir(t), map[string]string{"connectors.dirs": programs})
	h := hosttest.Open(t, o)
	server, err := api.New(h.App, "test", fstest.MapFS{"index.html": {Data: []byte("screens")}})
	if err != nil {
		t.Fatal(err)
	}
	server.ServeMetrics(metrics.New(h.App, "test", false).Handler())
	c := calls.Local(server.Handler())
	gap := "https://ann:hunter2hunter2@files.example of ann@corp.example \u202e\x1b[2J token=ghp_plantedplantedplantedplanted"
	settings, err := json.Marshal(map[string]any{"streams": []map[string]any{
		{"name": "users", "records": 2, "leak": true, "fail_at": 1, "error": "auth.expired"}, {"name": "devices", "records": 1, "gap": gap},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.AddConnection(t.Context(), connections.NewConnection{
		Connector: "fake", Alias: "corp", Settings: settings, Secrets: map[string]string{"token": planted[0]}, Owner: "tom@corp.example",
	}); err != nil {
		t.Fatal(err)
	}
	run, err := c.Sync(t.Context(), "corp", connections.SyncRequest{})
	if err != nil {
		t.Fatal(err)
	}
	hosttest.Await(t, "the end of the run", func() bool {
		got, err := c.Run(t.Context(), run.ID)
		return err == nil && got.Status.Final()
	})
	files, err := bundle.Gather(t.Context(), c, "test")
	if err != nil {
		t.Fatal(err)
	}
	archived := unpack(t, files)
	for _, name := range []string{
		"versions.json", "doctor.json", "configuration.json", "connectors.json", "connections.json", "storage.json", "runs.json", "metrics.txt",
		"logs/" + run.ID + ".txt",
	} {
		content := archived[name]
		if content == "" || strings.Contains(content, "could_not_be_read") ||
			strings.HasPrefix(strings.TrimPrefix(content, "# "), "could not be read:") {
			t.Errorf("%s is %q", name, content)
		}
	}
	for name, content := range archived {
		for _, secret := range planted {
			if strings.Contains(content, secret) {
				t.Errorf("%s holds %q:\n%s", name, secret, content)
			}
		}
		at := slices.IndexFunc(files, func(f bundle.File) bool { return f.Name == name })
		if at < 0 || files[at].Bytes != len(content) || files[at].What == "" {
			t.Errorf("%s has %d bytes and was listed otherwise", name, len(content))
		}
	}
	if strings.Contains(archived["runs.json"], `"name": "`+owned.Person(os.Geteuid(), "").Name+`"`) {
		t.Error("the archive names who started a run")
	}
	if !strings.Contains(archived["runs.json"], "auth.expired") || !strings.Contains(archived["metrics.txt"], "plumbline_connections{") {
		t.Errorf("the archive says too little: %s", archived["runs.json"])
	}
}

// unpack writes the archive and reads it again.
func unpack(t *testing.T, files []bundle.File) map[string]string {
	t.Helper()
	var raw bytes.Buffer
	if err := bundle.Write(&raw, files); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(raw.Bytes()), int64(raw.Len()))
	if err != nil {
		t.Fatal(err)
	}
	content := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		content[f.Name] = string(text)
	}
	return content
}

func TestRedact(t *testing.T) {
	t.Parallel()
	for text, secret := range map[string]string{
		"Authorization: Bearer abcdefgh12345":                                  "abcdefgh12345",
		`{"api_key":"0123456789abcdef"}`:                                       "0123456789abcdef",
		"https://ann:hunter2@proxy.corp:3128/x":                                "hunter2",
		"AKIAABCDEFGHIJKLMNOP is used":                                         "AKIAABCDEFGHIJKLMNOP",
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0abc.c2ln":                         "eyJhbGci",
		"GET /x?access_token=abcd1234&page=2":                                  "abcd1234",
		"-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----": "MIIB",
		"client_secret = s3cr3t-value":                                         "s3cr3t-value",
	} {
		if got := bundle.Redact(text); strings.Contains(got, secret) || !strings.Contains(got, "••••") {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	for _, plain := range []string{
		"auth.expired: sign in again", "10 of 20 records", "sha256 0123456789abcdef0123456789abcdef", "a token is missing",
	} {
		if got := bundle.Redact(plain); got != plain {
			t.Errorf("%q becomes %q", plain, got)
		}
	}
}
