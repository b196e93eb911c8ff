package install_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/install"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/internal/task"
)

// pack packs a script as a release of okta, which asks for a host, and signs it. A script
// is no connector, so a release of it is refused when its program is tried.
func pack(t *testing.T, version, asks string, key release.Key) string {
	t.Helper()
	dir := t.TempDir()
	script := filepath.Join(dir, "okta")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n# "+version+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "okta.tar.gz")
	_, err := release.Pack(release.Contents{
		Connector: host.Connector{ID: "okta", Version: version, Network: []host.NetworkHost{{Host: asks, Port: 443}}}, SBOM: []byte("{}"),
		Programs: []release.Input{{Platform: release.Platform{OS: "any", Arch: "any"}, Path: script}},
	}, out)
	if err == nil && len(key.Private) > 0 {
		_, err = release.Sign(t.Context(), out, key.Private, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func newKey(t *testing.T) release.Key {
	t.Helper()
	key, err := release.NewKey("")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// with returns an installer beside the releases that are installed without being tried.
func with(t *testing.T, installed ...string) (*hosttest.Parts, *install.Installer) {
	t.Helper()
	p := hosttest.OpenParts(t, "")
	for _, source := range installed {
		staged, err := p.Inventory.Stage(t.Context(), source, release.Options{Unsigned: true}, func(int64, int64) {})
		if err == nil {
			_, err = p.Inventory.Activate(staged, time.Now())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return p, install.New(install.Config{
		Version: "dev", Inventory: p.Inventory, Catalog: p.Catalog, Launcher: p.Launcher, Store: p.Store, Logger: slog.New(slog.DiscardHandler),
	})
}

func TestWhatAReleaseNeedsBeforeItIsTried(t *testing.T) {
	t.Parallel()
	const (
		tried = host.CodeNotAConnector // it was permitted
		waits = ""
		agree = "agree" // stands for the consent of the offer
	)
	key, other, none := newKey(t), newKey(t), release.Key{}
	first := pack(t, "1.0.0", "okta.example", key)
	for name, test := range map[string]struct {
		installed []string
		source    string
		request   install.ReleaseRequest
		confirm   string // codes of the reasons to type the id
		code      string
	}{
		"the first, from a named signer": {nil, first, install.ReleaseRequest{Signer: key.Signer, Consent: agree}, "", tried},
		"without consent":                {nil, first, install.ReleaseRequest{Signer: key.Signer}, "", host.CodeReleaseConsent},
		"with consent to another": {
			nil, first,
			install.ReleaseRequest{Signer: key.Signer, Consent: "x"}, "", host.CodeReleaseConsent,
		},
		"from a signer that is new here": {
			nil, first,
			install.ReleaseRequest{Consent: agree}, host.CodeReleaseSigner, host.CodeReleaseSigner,
		},
		"likewise, with the id typed": {
			nil, first,
			install.ReleaseRequest{Consent: agree, Confirm: "okta"}, host.CodeReleaseSigner, tried,
		},
		"without a signature": {
			nil, pack(t, "1.0.0", "a.example", none),
			install.ReleaseRequest{Consent: agree}, host.CodeReleaseUnsigned, host.CodeReleaseUnsigned,
		},
		"an update of nothing": {nil, first, install.ReleaseRequest{Signer: key.Signer, Update: true}, "", host.CodeNotFound},
		"an update": {
			[]string{first}, pack(t, "1.1.0", "okta.example", key),
			install.ReleaseRequest{Update: true}, "", tried,
		},
		"an update that asks for more": {
			[]string{first}, pack(t, "1.1.0", "b.example", key),
			install.ReleaseRequest{Update: true}, "", waits,
		},
		"likewise, with consent": {
			[]string{first}, pack(t, "1.1.0", "b.example", key),
			install.ReleaseRequest{Update: true, Consent: agree}, "", tried,
		},
		"an update by another signer": {
			[]string{first}, pack(t, "1.1.0", "okta.example", other),
			install.ReleaseRequest{Update: true}, host.CodeReleaseSigner, host.CodeReleaseSigner,
		},
		"an update that lost its signer": {
			[]string{first}, pack(t, "1.1.0", "okta.example", none),
			install.ReleaseRequest{Update: true}, host.CodeReleaseUnsigned, host.CodeReleaseUnsigned,
		},
		"an older version": {
			[]string{first}, pack(t, "0.9.0", "okta.example", key),
			install.ReleaseRequest{Consent: agree}, host.CodeReleaseOlder, host.CodeReleaseOlder,
		},
		"an older version, the id typed": {
			[]string{first}, pack(t, "0.9.0", "okta.example", key),
			install.ReleaseRequest{Consent: agree, Confirm: "okta"}, host.CodeReleaseOlder, tried,
		},
		"an older one by another, untyped": {
			[]string{first}, pack(t, "0.9.0", "okta.example", other),
			install.ReleaseRequest{Consent: agree}, host.CodeReleaseSigner + " " + host.CodeReleaseOlder, host.CodeReleaseSigner,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, installer := with(t, test.installed...)
			request := test.request
			request.Source = test.source
			offer, err := installer.Offer(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			var reasons []string
			for _, c := range offer.Confirm {
				reasons = append(reasons, c.Code)
			}
			if got := strings.Join(reasons, " "); got != test.confirm {
				t.Errorf("the id has to be typed because of %q, want %q", got, test.confirm)
			}
			if request.Consent == agree {
				request.Consent = offer.Consent
			}
			_, entry, err := installer.Install(hosttest.As(t), request, func(task.Progress) {})
			if err == nil && (test.code != waits || entry.Waiting == nil) {
				t.Errorf("it is installed: %+v", entry)
			}
			if err != nil && host.AsProblem(err).Code != test.code {
				t.Errorf("refused with %v, want %q", err, test.code)
			}
			if left, err := filepath.Glob(filepath.Join(p.Inventory.Dir(), ".staging-*")); err != nil || len(left) > 0 {
				t.Errorf("left on disk: %v, %v", left, err)
			}
		})
	}
}

func TestAVersionThatBrokeIsNotAnUpdate(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	second := pack(t, "2.0.0", "okta.example", key)
	p, installer := with(t, pack(t, "1.0.0", "okta.example", key), second)
	if _, err := p.Inventory.RollBack("okta", host.RolledBack{By: "host", Reason: "it crashed"}); err != nil {
		t.Fatal(err)
	}
	_, _, err := installer.Install(hosttest.As(t), install.ReleaseRequest{Source: second, Update: true}, func(task.Progress) {})
	if hosttest.Problem(t, err).Code != host.CodeReleaseRolledBack {
		t.Errorf("it is installed again: %v", err)
	}
	if err := installer.RollBack("okta"); hosttest.Problem(t, err).Code != host.CodeConflict {
		t.Errorf("there is a version before the first: %v", err)
	}
}

func TestAConnectorInUseStays(t *testing.T) {
	t.Parallel()
	p, installer := with(t, pack(t, "1.0.0", "okta.example", newKey(t)))
	c := p.Connect(t, host.Connection{Alias: "corp", Connector: "okta", Settings: []byte("{}")}, nil)
	err := installer.Remove(hosttest.As(t), "okta")
	if p := hosttest.Problem(t, err); p.Code != host.CodeConflict || !strings.Contains(p.Message, "corp") {
		t.Errorf("it is removed: %v", err)
	}
	if err := p.Store.DeleteConnection(hosttest.As(t), c.ID); err != nil {
		t.Fatal(err)
	}
	if err := installer.Remove(hosttest.As(t), "okta"); err != nil {
		t.Error(err)
	}
	if err := installer.Remove(hosttest.As(t), "okta"); hosttest.Problem(t, err).Code != host.CodeNotFound {
		t.Errorf("it is removed twice: %v", err)
	}
}
