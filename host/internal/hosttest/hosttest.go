// Package hosttest sets up what tests of the host's packages share: a host on a fresh
// data directory, its lower packages without a host, and the scripted connector.
package hosttest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// Run runs tests with the test binary as the connector "fake" in the directory that it
// stores in programs. More adds other programs. Run returns the exit code.
func Run(m *testing.M, programs *string, more func(dir string) error) (code int) {
	if sdktest.IsFake() {
		sdktest.FakeMain()
	}
	dir, err := os.MkdirTemp("", "pl")
	if err == nil {
		*programs = dir
		err = copySelf(filepath.Join(dir, "fake"))
	}
	if err == nil && more != nil {
		err = more(dir)
	}
	if err != nil {
		_, _ = os.Stderr.WriteString("prepare programs: " + err.Error() + "\n")
		return 1
	}
	code = m.Run()
	if err := os.RemoveAll(dir); err != nil {
		_, _ = os.Stderr.WriteString("remove programs: " + err.Error() + "\n")
		return 1
	}
	return code
}

func copySelf(to string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	return os.WriteFile(to, raw, 0o700)
}

// Dir returns a directory with a short path: a socket's must fit 104 bytes.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// Options returns what opens a host on dir; flags are keys of the configuration.
func Options(t testing.TB, dir string, flags map[string]string) boot.Options {
	t.Helper()
	all := map[string]string{"secrets.key": "file", "store.min_free_mib": "64"}
	for key, value := range flags {
		all[key] = value
	}
	config, err := boot.LoadConfig(boot.Sources{DataDir: dir, File: os.DevNull, Flags: all})
	if err != nil {
		t.Fatal(err)
	}
	return boot.Options{Config: config, Program: "agent", Version: "test"}
}

// Open opens a host until the test ends.
func Open(t testing.TB, o boot.Options) *boot.Host {
	t.Helper()
	h, err := boot.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// As returns a context in which the person anna acts.
func As(t testing.TB) context.Context {
	t.Helper()
	return host.WithActor(t.Context(), host.Actor{Kind: host.ActorPerson, ID: "1000", Name: "anna", Auth: host.AuthSocket})
}

// Await waits until a condition holds.
func Await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); !holds(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// Problem returns the problem that an error is.
func Problem(t testing.TB, err error) *host.Problem {
	t.Helper()
	var p *host.Problem
	if !errors.As(err, &p) {
		t.Fatalf("%v is no problem", err)
	}
	return p
}

// Fields writes the fields of a problem in one line.
func Fields(p *host.Problem) string {
	var names []string
	for _, f := range p.Fields {
		names = append(names, f.Field)
	}
	return strings.Join(names, " ")
}
