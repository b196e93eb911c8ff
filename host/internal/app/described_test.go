package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/release"
	"github.com/plumbline-dev/plumbline/host/offer"
)

// withInterpreter returns the options of a host that finds the program that runs
// descriptions, and where that is.
func withInterpreter(t *testing.T, dir string) (boot.Options, string) {
	t.Helper()
	connectors := t.TempDir()
	raw, err := os.ReadFile(filepath.Join(programs, "described", "declarative"))
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(connectors, "declarative")
	put(t, program, string(raw))
	return options(t, dir, map[string]string{"connectors.dirs": connectors}), program
}

// put replaces a file, as an update of it does.
func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// another replaces a program by one that does the same.
func another(t *testing.T, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put(t, path, string(raw)+"x")
}

// acme returns a description, with text in the place of its first line.
func acme(t *testing.T, dir, first string) string {
	t.Helper()
	raw, err := os.ReadFile("../../../plugins/declarative/testdata/acme.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const language = "plumbline: 1\n"
	if !strings.Contains(string(raw), language) {
		t.Fatal("the example does not say which language it is in")
	}
	path := filepath.Join(dir, "acme.connector.yaml")
	put(t, path, strings.Replace(string(raw), language, first, 1))
	return path
}

// packDescription packs and signs a description as its author does.
func packDescription(t *testing.T, o boot.Options, key release.Key, file string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "acme.tar.gz")
	program := release.Input{Platform: release.Platform{OS: "any", Arch: "any"}, Path: file}
	_, err := boot.PackRelease(t.Context(), boot.PackRequest{Programs: []release.Input{program}, Out: out, Config: o.Config})
	if err == nil {
		_, err = release.Sign(t.Context(), out, key.Private, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAnInstalledDescriptionIsRunByWhatRanItWhenItWasAgreedTo(t *testing.T) {
	t.Parallel()
	o, interpreter := withInterpreter(t, dataDir(t))
	key := aKey(t)
	request := app.ReleaseRequest{Source: packDescription(t, o, key, acme(t, t.TempDir(), "plumbline: 1\n")), Signer: key.Signer}
	e := open(t, o)
	if _, err := install(t, e, request); err != nil {
		t.Fatal(err)
	}
	c, err := e.Connector(as(t), "acme")
	if err != nil || c.Trust != host.TrustSigned || c.Interpreter == "" ||
		!strings.HasSuffix(c.Path, "/connectors/acme/0.1.0/acme.connector.yaml") {
		t.Fatalf("it is at %s, %s, run by %q: %v", c.Path, c.Trust, c.Interpreter, err)
	}
	another(t, interpreter)
	if _, err := e.Connector(as(t), "acme"); codeOf(err) != host.CodeConnectorChanged || !strings.Contains(err.Error(), interpreter) {
		t.Errorf("run by another program: %v", err)
	}
	if _, err := install(t, e, request); err != nil {
		t.Errorf("agreed to again: %v", err)
	}
	again, err := e.Connector(as(t), "acme")
	if err != nil || again.Trust != host.TrustSigned || again.Interpreter == c.Interpreter {
		t.Errorf("it is %s, run by %q: %v", again.Trust, again.Interpreter, err)
	}
}

func TestTrustInADescriptionIsInWhatRunsItToo(t *testing.T) {
	t.Parallel()
	o, interpreter := withInterpreter(t, dataDir(t))
	acme(t, filepath.Dir(interpreter), "plumbline: 1\n")
	e := open(t, o)
	if c, err := e.TrustConnector(as(t), "acme", ""); err != nil || c.Trust != host.TrustTrusted {
		t.Fatalf("it is %s, %v", c.Trust, err)
	}
	another(t, interpreter)
	if c, err := e.Connector(as(t), "acme"); err != nil || c.Trust != host.TrustUnverified {
		t.Errorf("run by another program it is %s, %v", c.Trust, err)
	}
}

func TestWhatThisMachineLacksIsSaidBeforeAnythingIsInstalled(t *testing.T) {
	t.Parallel()
	scripts := t.TempDir()
	script := func(first string) string {
		path := filepath.Join(scripts, strings.NewReplacer("/", "-", " ", "-").Replace(first))
		put(t, path, first+"\nraise SystemExit('it was started')\n")
		return path
	}
	system, everywhere := release.Here(), release.Platform{OS: "any", Arch: "any"}
	python, newer := script("#!/usr/bin/env python3"), acme(t, t.TempDir(), "plumbline: 9\n")
	tests := map[string]struct {
		input    release.Input
		requires []offer.Requirement
		words    string
	}{
		"an older Python": {
			release.Input{Platform: system, Path: python}, []offer.Requirement{{Name: "python3", AtLeast: "99.1"}},
			"python3 99.1 or newer (there is 3.",
		},
		"a package is missing": {
			release.Input{Platform: system, Path: python},
			[]offer.Requirement{{Name: "python3", AtLeast: "3.1"}, {Name: "no-such-package"}}, "needs no-such-package (there is none)",
		},
		"no such Python": {
			release.Input{Platform: system, Path: script("#!/nowhere/python3")}, []offer.Requirement{{Name: "python3"}},
			"/nowhere/python3, which is not there",
		},
		"not Python": {
			release.Input{Platform: system, Path: script("#!/bin/sh")}, []offer.Requirement{{Name: "python3"}}, "run by /bin/sh",
		},
		"a newer description": {release.Input{Platform: everywhere, Path: newer}, nil, "connector-files 9 or newer (there is 1)"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := dataDir(t)
			o, _ := withInterpreter(t, dir)
			e := open(t, o)
			out := filepath.Join(t.TempDir(), "acme.tar.gz")
			if _, err := release.Pack(release.Contents{
				Connector: host.Connector{ID: "acme", Version: "0.1.0"}, Programs: []release.Input{test.input}, Requires: test.requires,
			}, out); err != nil {
				t.Fatal(err)
			}
			_, err := install(t, e, app.ReleaseRequest{Source: out, Confirm: "acme"})
			if codeOf(err) != host.CodeReleaseRequires || !strings.Contains(err.Error(), test.words) || host.AsProblem(err).Remedy == "" {
				t.Errorf("refused with %v; want %q in it", err, test.words)
			}
			if left := below(t, filepath.Join(dir, "connectors")); len(left) > 0 {
				t.Errorf("left on disk: %v", left)
			}
		})
	}
}
