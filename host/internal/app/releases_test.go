package app_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
	"github.com/plumbline-dev/plumbline/host/internal/release"
)

// packFake packs the scripted connector, under what the edit says of it, and signs it.
func packFake(t *testing.T, key release.Key, edit func(*host.Connector)) string {
	t.Helper()
	e := open(t, options(t, dataDir(t), nil))
	said, err := e.Connector(as(t), "fake")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(&said)
	}
	out := filepath.Join(t.TempDir(), "fake.tar.gz")
	_, err = release.Pack(release.Contents{
		Connector: said, Programs: []release.Input{{Platform: release.Here(), Path: filepath.Join(programs, "small", "fake")}},
		SBOM: []byte("{}"),
	}, out)
	if err == nil {
		_, err = release.Sign(t.Context(), out, key.Private, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func aKey(t *testing.T) release.Key {
	t.Helper()
	key, err := release.NewKey("")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// install agrees to what is offered and installs it.
func install(t *testing.T, e *boot.Host, request app.ReleaseRequest) (host.Task, error) {
	t.Helper()
	offer, err := e.OfferRelease(as(t), request)
	if err != nil {
		t.Fatal(err)
	}
	request.Consent = offer.Consent
	started, err := e.InstallRelease(as(t), request)
	if err != nil {
		t.Fatal(err)
	}
	for started.Status == "running" {
		if started, err = e.Task(as(t), started.ID, started.Version); err != nil {
			t.Fatal(err)
		}
	}
	if started.Error != nil {
		return started, started.Error
	}
	return started, nil
}

func codeOf(err error) string {
	var p *host.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

// below lists the files in a directory.
func below(t *testing.T, dir string) []string {
	t.Helper()
	list := []string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			list = append(list, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return list
}

func TestAProgramThatIsNotWhatItsManifestSaysIsNotInstalled(t *testing.T) {
	t.Parallel()
	lies := map[string]struct {
		edit  func(*host.Connector)
		words string
	}{
		"id":      {func(c *host.Connector) { c.ID = "okta" }, `it calls itself "fake"`},
		"version": {func(c *host.Connector) { c.Version = "9.0.0" }, "its program says it is version 1.0.0"},
		"host":    {func(c *host.Connector) { c.Network = []host.NetworkHost{} }, "asks for more than its manifest: host fake.example.com"},
	}
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, dir := aKey(t), dataDir(t)
			path := packFake(t, key, lie.edit)
			e := open(t, options(t, dir, nil))
			if _, err := install(t, e, app.ReleaseRequest{Source: path, Signer: key.Signer}); err == nil ||
				!strings.Contains(err.Error(), lie.words) {
				t.Errorf("refused with %v; want %q in it", err, lie.words)
			}
			if left := below(t, filepath.Join(dir, "connectors")); len(left) > 0 {
				t.Errorf("left on disk: %v", left)
			}
		})
	}
}

func TestWhatNobodyAgreedToIsNotInstalled(t *testing.T) {
	t.Parallel()
	key, dir := aKey(t), dataDir(t)
	path := packFake(t, key, nil)
	e := open(t, options(t, dir, nil))
	offer, err := e.OfferRelease(as(t), app.ReleaseRequest{Source: path, Signer: key.Signer})
	if err != nil {
		t.Fatal(err)
	}
	if offer.Signer != key.Signer || len(offer.Confirm) > 0 || len(offer.New.Permissions) != 2 || offer.Current.Trust != host.TrustUnverified {
		t.Errorf("the offer is %+v", offer)
	}
	tests := map[string]struct {
		request app.ReleaseRequest
		code    string
	}{
		"nothing said": {app.ReleaseRequest{Source: path, Signer: key.Signer}, host.CodeReleaseConsent},
		"to another release": {
			app.ReleaseRequest{Source: path, Signer: key.Signer, Consent: strings.Repeat("0", 64)}, host.CodeReleaseConsent,
		},
		"not to the signer":      {app.ReleaseRequest{Source: path, Consent: offer.Consent}, host.CodeReleaseSigner},
		"with another id typed":  {app.ReleaseRequest{Source: path, Consent: offer.Consent, Confirm: "okta"}, host.CodeReleaseSigner},
		"update of nothing":      {app.ReleaseRequest{Source: path, Signer: key.Signer, Consent: offer.Consent, Update: true}, host.CodeNotFound},
		"signer that is none":    {app.ReleaseRequest{Source: path, Signer: "nonsense"}, host.CodeInvalid},
		"a path from nowhere":    {app.ReleaseRequest{Source: "./x.tar.gz"}, host.CodeInvalid},
		"somebody else's signer": {app.ReleaseRequest{Source: path, Signer: aKey(t).Signer, Consent: offer.Consent}, host.CodeReleaseSigner},
	}
	for name, test := range tests {
		task, err := e.InstallRelease(as(t), test.request)
		for err == nil && task.Status == "running" {
			task, err = e.Task(as(t), task.ID, task.Version)
		}
		if err != nil || task.Error == nil || task.Error.Code != test.code {
			t.Errorf("%s: %v, %+v; want %s", name, err, task.Error, test.code)
		}
	}
	if left := below(t, filepath.Join(dir, "connectors")); len(left) > 0 {
		t.Errorf("left on disk: %v", left)
	}
	// A person at a terminal types the id.
	if _, err := install(t, e, app.ReleaseRequest{Source: path, Confirm: "fake"}); err != nil {
		t.Errorf("with the id typed: %v", err)
	}
}

func TestAnInstalledProgramThatWasChangedIsNotStarted(t *testing.T) {
	t.Parallel()
	key, dir := aKey(t), dataDir(t)
	path := packFake(t, key, nil)
	o := options(t, dir, nil)
	e := open(t, o)
	if _, err := install(t, e, app.ReleaseRequest{Source: path, Signer: key.Signer}); err != nil {
		t.Fatal(err)
	}
	connector, err := e.Connector(as(t), "fake")
	if err != nil || connector.Trust != host.TrustSigned || !strings.HasPrefix(connector.Path, dir) {
		t.Fatalf("installed at %s, %s: %v", connector.Path, connector.Trust, err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(connector.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(connector.Path), os.WriteFile(connector.Path, append(raw, 0), 0o500)); err != nil {
		t.Fatal(err)
	}
	e = open(t, o)
	if _, err := e.Connector(as(t), "fake"); codeOf(err) != host.CodeConnectorChanged {
		t.Errorf("it is used: %v", err)
	}
	findings, err := e.Doctor(as(t))
	if err != nil || !slices.ContainsFunc(findings, func(f host.Finding) bool { return f.ID == "connector.fake" && f.Status == "fail" }) {
		t.Errorf("the doctor finds nothing: %v", err)
	}
}

func addFake(t *testing.T, e *boot.Host, alias string) host.ConnectionStatus {
	t.Helper()
	c, err := e.AddConnection(as(t), connections.NewConnection{Connector: "fake", Alias: alias})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Who agreed to a release is in the audit log, also after it is removed.
func TestConsentIsADocument(t *testing.T) {
	t.Parallel()
	key := aKey(t)
	e := setup(t)
	if _, err := install(t, e, app.ReleaseRequest{Source: packFake(t, key, nil), Signer: key.Signer}); err != nil {
		t.Fatal(err)
	}
	if err := e.RemoveConnector(as(t), "fake"); err != nil {
		t.Fatal(err)
	}
	if got, want := decisions(t, e, "consent"), []string{"created fake by anna", "deleted fake by anna"}; !slices.Equal(got, want) {
		t.Errorf("the audit log says %q, want %q", got, want)
	}
	entries, _, err := e.Audit(as(t), lookup.AuditQuery{Collection: "consent"})
	if err != nil {
		t.Fatal(err)
	}
	var consent host.Consent
	if err := json.Unmarshal(entries[1].Document, &consent); err != nil {
		t.Fatal(err)
	}
	if consent.Signer != key.Signer || consent.Version != "1.0.0" || len(consent.SHA256) != 64 ||
		!slices.Contains(consent.Asks, "host fake.example.com") {
		t.Errorf("anna agreed to %+v", consent)
	}
}

func TestAnUpdateThatAsksForMoreWaits(t *testing.T) {
	t.Parallel()
	key, dir := aKey(t), dataDir(t)
	e := open(t, options(t, dir, nil))
	if _, err := install(t, e, app.ReleaseRequest{Source: packFake(t, key, nil), Signer: key.Signer}); err != nil {
		t.Fatal(err)
	}
	c := addFake(t, e, "corp")
	grown := packFake(t, key, func(c *host.Connector) {
		c.Version, c.Files = "2.0.0", []host.FileAccess{{Path: "/etc/fake", Purpose: "Its list"}}
	})
	started, err := e.InstallRelease(as(t), app.ReleaseRequest{Source: grown, Update: true})
	for err == nil && started.Status == "running" {
		started, err = e.Task(as(t), started.ID, started.Version)
	}
	if err != nil || started.Error != nil {
		t.Fatal(err, started.Error)
	}
	list := host.FileAccess{Path: "/etc/fake", Purpose: "Its list"}
	want := host.Asks{Permissions: []host.Permission{}, Network: []host.NetworkHost{}, Files: []host.FileAccess{list}}
	if w := started.Installation.Waiting; w == nil || w.Version != "2.0.0" || !cmp.Equal(w.New, want) ||
		started.Installation.Version != "1.0.0" {
		t.Errorf("the task says %+v", started.Installation)
	}
	status, err := e.Connection(as(t), c.ID)
	if err != nil || len(status.Notices) != 1 || status.Notices[0].Code != host.CodeReleaseConsent {
		t.Errorf("the connection says %+v, %v", status.Notices, err)
	}
}
