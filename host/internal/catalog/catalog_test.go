package catalog_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/catalog"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/release"
)

// programs holds this test binary as the connector "fake".
var programs string

func TestMain(m *testing.M) { os.Exit(hosttest.Run(m, &programs, nil)) }

func fake(t *testing.T, p *hosttest.Parts) host.Connector {
	t.Helper()
	c, err := p.Catalog.Lookup(t.Context(), "fake")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTrustIsADecisionWithAnActor(t *testing.T) {
	t.Parallel()
	p := hosttest.OpenParts(t, programs)
	c := fake(t, p)
	if c.Trust != host.TrustUnverified {
		t.Errorf("at first it is %s", c.Trust)
	}
	if err := p.Catalog.Trust(t.Context(), c); hosttest.Problem(t, err).Code != host.CodeNoActor {
		t.Errorf("trusted without an actor: %v", err)
	}
	other := c
	other.SHA256 = strings.Repeat("0", 64)
	for _, trusted := range []host.Connector{other, c, c} { // the second time says nothing new
		if err := p.Catalog.Trust(hosttest.As(t), trusted); err != nil {
			t.Fatal(err)
		}
	}
	if got := fake(t, p).Trust; got != host.TrustTrusted {
		t.Errorf("it is %s", got)
	}
	if err := p.Catalog.Untrust(t.Context(), c.ID); hosttest.Problem(t, err).Code != host.CodeNoActor {
		t.Errorf("trust was withdrawn without an actor: %v", err)
	}
	if err := errors.Join(p.Catalog.Untrust(hosttest.As(t), c.ID), p.Catalog.Untrust(hosttest.As(t), c.ID)); err != nil {
		t.Fatal(err)
	}
	if got := fake(t, p).Trust; got != host.TrustUnverified {
		t.Errorf("without trust it is %s", got)
	}
	entries, _, err := p.Store.Audit(t.Context(), journal.AuditQuery{Collection: "trust"})
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, e := range entries {
		told = append(told, string(e.Action)+" "+e.Key+" by "+e.Actor.Name)
	}
	if want := []string{"deleted fake by anna", "changed fake by anna", "created fake by anna"}; !slices.Equal(told, want) {
		t.Errorf("the audit log says %q, want %q", told, want)
	}
}

func TestAProgramInDevelopmentGoesFirst(t *testing.T) {
	t.Parallel()
	p := hosttest.OpenParts(t, programs)
	place(t, p, "1.0.0")
	if c, err := p.Catalog.Lookup(t.Context(), "okta"); err == nil || !strings.Contains(c.Path, filepath.Join("okta", "1.0.0")) {
		t.Errorf("an installed script that is no connector: %+v, %v", c, err)
	}
	developed := host.Connector{ID: "fake", Version: "9.9.9", Path: filepath.Join(p.Dir, "development", "1", "fake")}
	if err := os.MkdirAll(filepath.Dir(developed.Path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(developed.Path, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	p.Catalog.SetDeveloped([]host.Connector{developed})
	if c := fake(t, p); c.Version != "9.9.9" || c.Trust != host.TrustDevelopment || !p.Catalog.IsDeveloped("fake") {
		t.Errorf("it is %s, %s", c.Version, c.Trust)
	}
	list, err := p.Catalog.List(t.Context())
	if err != nil || len(list) != 2 || list[0].Version != "9.9.9" || list[1].Problem == nil {
		t.Errorf("listed are %+v, %v", list, err)
	}
	p.Catalog.SetDeveloped(nil)
	if c := fake(t, p); c.Version == "9.9.9" || p.Catalog.IsDeveloped("fake") {
		t.Errorf("afterwards it is %s, %s", c.Version, c.Trust)
	}
}

func TestNotices(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		installation *host.Installation
		codes        string
	}{
		"nothing installed":       {nil, ""},
		"nothing happened":        {&host.Installation{Version: "1.0.0"}, ""},
		"rolled back by the host": {&host.Installation{RolledBack: &host.RolledBack{By: "host"}}, host.CodeReleaseRolledBack},
		"a person rolled it back": {&host.Installation{RolledBack: &host.RolledBack{By: "person"}}, ""},
		"an update waits":         {&host.Installation{Waiting: &host.WaitingUpdate{Version: "2.0.0"}}, host.CodeReleaseConsent},
		"both": {
			&host.Installation{RolledBack: &host.RolledBack{By: "host"}, Waiting: &host.WaitingUpdate{}},
			host.CodeReleaseRolledBack + " " + host.CodeReleaseConsent,
		},
	} {
		var codes []string
		for _, n := range catalog.Notices("okta", test.installation) {
			codes = append(codes, n.Code)
			if n.Message == "" || n.Remedy == "" {
				t.Errorf("%s: %+v says too little", name, n)
			}
		}
		if got := strings.Join(codes, " "); got != test.codes {
			t.Errorf("%s: the notices are %q, want %q", name, got, test.codes)
		}
	}
}

// The supervisor reports how runs end, and the catalog concludes that a version is broken.
func TestAVersionOnTrialGoesBackWhenItBreaks(t *testing.T) {
	t.Parallel()
	crash := &host.Problem{Code: host.CodeConnectorExited, Message: "it exited"}
	violation := &host.Problem{Code: host.CodeProtocol, Message: "it broke the protocol"}
	good := host.Run{Status: host.StatusSucceeded}
	type try func(run host.Run, broke *host.Problem, times int)
	tests := map[string]struct {
		play func(tried try)
		want string
	}{
		"one crash":             {func(tried try) { tried(host.Run{}, crash, 1) }, "2.0.0"},
		"two crashes":           {func(tried try) { tried(host.Run{}, crash, 2) }, "1.0.0"},
		"one protocol mistake":  {func(tried try) { tried(host.Run{}, violation, 1) }, "1.0.0"},
		"a refused credential":  {func(tried try) { tried(host.Run{Status: host.StatusFailed}, nil, 0) }, "2.0.0"},
		"crashes of the other":  {func(tried try) { tried(host.Run{ConnectorSHA256: "x"}, violation, 9) }, "2.0.0"},
		"good, then it crashes": {func(tried try) { tried(good, nil, 0); tried(host.Run{}, violation, 9) }, "2.0.0"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := hosttest.OpenParts(t, programs)
			place(t, p, "1.0.0")
			second := place(t, p, "2.0.0")
			from := p.Events.Last()
			test.play(func(run host.Run, broke *host.Problem, times int) {
				if run.Connector = "okta"; run.ConnectorSHA256 == "" {
					run.ConnectorSHA256 = second.Current.SHA256
				}
				p.Catalog.Tried(run, broke, times)
			})
			entry, _ := p.Inventory.Get("okta")
			if entry.Current.Version != test.want || (entry.RolledBack != nil) != (test.want == "1.0.0") {
				t.Errorf("current is %s, rolled back %+v; want %s", entry.Current.Version, entry.RolledBack, test.want)
			}
			kinds := p.Kinds(t, "connector", from)
			if told := slices.Contains(kinds, "rolled_back"); told != (test.want == "1.0.0") {
				t.Errorf("the events tell %v", kinds)
			}
			status := "ok"
			if test.want == "1.0.0" {
				status = "warn"
			}
			if f := p.Catalog.ExamineReleases(); f.Status != status {
				t.Errorf("the doctor finds %+v, want %s", f, status)
			}
		})
	}
}

// place installs a release without starting its program.
func place(t *testing.T, p *hosttest.Parts, version string) release.Entry {
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
	staged, err := p.Inventory.Stage(t.Context(), out, release.Options{Unsigned: true}, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	entry, err := p.Inventory.Activate(staged, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return entry
}
