package app_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
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
		Connector: said, Programs: []release.Input{{Platform: release.Here(), Path: filepath.Join(programs, "small", "fake")}}, SBOM: []byte("{}"),
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
			if _, err := install(t, e, app.ReleaseRequest{Source: path, Signer: key.Signer}); err == nil || !strings.Contains(err.Error(), lie.words) {
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
		"nothing said":           {app.ReleaseRequest{Source: path, Signer: key.Signer}, host.CodeReleaseConsent},
		"to another release":     {app.ReleaseRequest{Source: path, Signer: key.Signer, Consent: strings.Repeat("0", 64)}, host.CodeReleaseConsent},
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

func TestTrustIsForThisProgramAndStaysInItsRuns(t *testing.T) {
	t.Parallel()
	o := options(t, dataDir(t), nil)
	e := open(t, o)
	c := addFake(t, e, "corp")
	before := sync(t, e, c.ID)
	if _, err := e.TrustConnector(as(t), "fake", strings.Repeat("0", 64)); codeOf(err) != host.CodeInvalid {
		t.Errorf("another program was trusted: %v", err)
	}
	trusted, err := e.TrustConnector(as(t), "fake", before.ConnectorSHA256)
	if err != nil || trusted.Trust != host.TrustTrusted {
		t.Fatalf("it is %s, %v", trusted.Trust, err)
	}
	after := sync(t, e, c.ID)
	if before.ConnectorTrust != host.TrustUnverified || after.ConnectorTrust != host.TrustTrusted || before.ConnectorVersion != "1.0.0" {
		t.Errorf("the runs say %s, then %s", before.ConnectorTrust, after.ConnectorTrust)
	}
	if first, err := e.Run(before.ID); err != nil || first.ConnectorTrust != host.TrustUnverified {
		t.Errorf("the first run says %s now, %v", first.ConnectorTrust, err)
	}
	untrusted, err := e.UntrustConnector(as(t), "fake")
	if err != nil || untrusted.Trust != host.TrustUnverified {
		t.Errorf("it is %s, %v", untrusted.Trust, err)
	}
}

func addFake(t *testing.T, e *boot.Host, alias string) host.ConnectionStatus {
	t.Helper()
	c, err := e.AddConnection(as(t), app.NewConnection{Connector: "fake", Alias: alias})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A broken version is told by how its runs end; the supervisor tells.
func TestAVersionOnTrialGoesBackWhenItBreaks(t *testing.T) {
	t.Parallel()
	crash := &host.Problem{Code: host.CodeConnectorExited, Message: "it exited"}
	violation := &host.Problem{Code: host.CodeProtocol, Message: "it broke the protocol"}
	good := host.Run{Status: host.StatusSucceeded}
	tests := map[string]struct {
		play func(tried func(run host.Run, broke *host.Problem, times int))
		want string
	}{
		"one crash":             {func(tried func(host.Run, *host.Problem, int)) { tried(host.Run{}, crash, 1) }, "2.0.0"},
		"two crashes":           {func(tried func(host.Run, *host.Problem, int)) { tried(host.Run{}, crash, 2) }, "1.0.0"},
		"one protocol mistake":  {func(tried func(host.Run, *host.Problem, int)) { tried(host.Run{}, violation, 1) }, "1.0.0"},
		"a refused credential":  {func(tried func(host.Run, *host.Problem, int)) { tried(host.Run{Status: host.StatusFailed}, nil, 0) }, "2.0.0"},
		"crashes of the other":  {func(tried func(host.Run, *host.Problem, int)) { tried(host.Run{ConnectorSHA256: "x"}, violation, 9) }, "2.0.0"},
		"good, then it crashes": {func(tried func(host.Run, *host.Problem, int)) { tried(good, nil, 0); tried(host.Run{}, violation, 9) }, "2.0.0"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := open(t, options(t, dataDir(t), nil))
			shelve(t, e, "1.0.0")
			second := shelve(t, e, "2.0.0")
			from := e.LastEvent()
			test.play(func(run host.Run, broke *host.Problem, times int) {
				if run.Connector = "okta"; run.ConnectorSHA256 == "" {
					run.ConnectorSHA256 = second.Current.SHA256
				}
				e.Tried(run, broke, times)
			})
			entry, _ := e.Inventory().Get("okta")
			if entry.Current.Version != test.want || (entry.RolledBack != nil) != (test.want == "1.0.0") {
				t.Errorf("current is %s, rolled back %+v; want %s", entry.Current.Version, entry.RolledBack, test.want)
			}
			var kinds []string
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			events, _, _ := e.Events(ctx, from, 0)
			for _, event := range events {
				if event.Topic == "connector" {
					kinds = append(kinds, event.Kind)
				}
			}
			if told := slices.Contains(kinds, "rolled_back"); told != (test.want == "1.0.0") {
				t.Errorf("the events tell %v", kinds)
			}
		})
	}
}

// shelve puts a release on the inventory without starting its program.
func shelve(t *testing.T, e *boot.Host, version string) release.Entry {
	t.Helper()
	dir := t.TempDir()
	script := filepath.Join(dir, "okta")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n# "+version+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "okta.tar.gz")
	if _, err := release.Pack(release.Contents{
		Connector: host.Connector{ID: "okta", Version: version}, SBOM: []byte("{}"),
		Programs: []release.Input{{Platform: release.Platform{OS: "any", Arch: "any"}, Path: script}},
	}, out); err != nil {
		t.Fatal(err)
	}
	staged, err := e.Inventory().Stage(t.Context(), out, release.Options{Unsigned: true}, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	entry, err := e.Inventory().Activate(staged, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return entry
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
	want := host.Asks{Permissions: []host.Permission{}, Network: []host.NetworkHost{}, Files: []host.FileAccess{{Path: "/etc/fake", Purpose: "Its list"}}}
	if w := started.Installation.Waiting; w == nil || w.Version != "2.0.0" || !cmp.Equal(w.New, want) || started.Installation.Version != "1.0.0" {
		t.Errorf("the task says %+v", started.Installation)
	}
	status, err := e.Connection(as(t), c.ID)
	if err != nil || len(status.Notices) != 1 || status.Notices[0].Code != host.CodeReleaseConsent {
		t.Errorf("the connection says %+v, %v", status.Notices, err)
	}
}
