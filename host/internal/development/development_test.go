package development_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/development"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
)

// programs holds this test binary as the connector "fake".
var programs string

func TestMain(m *testing.M) { os.Exit(hosttest.Run(m, &programs, nil)) }

func setup(t *testing.T, lease time.Duration) (*hosttest.Parts, *development.Developments) {
	t.Helper()
	p := hosttest.OpenParts(t, programs)
	d, err := development.Open(development.Config{
		Dir: filepath.Join(p.Dir, "development"), Lease: lease, Catalog: p.Catalog, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return p, d
}

func theFake() string { return filepath.Join(programs, "fake") }

func begin(t *testing.T, d *development.Developments) host.Development {
	t.Helper()
	started, err := d.Start(t.Context(), development.Request{Program: theFake(), Source: "/home/ann/fake"})
	if err != nil {
		t.Fatal(err)
	}
	return started
}

func trustOf(t *testing.T, p *hosttest.Parts) host.Trust {
	t.Helper()
	c, err := p.Catalog.Lookup(t.Context(), "fake")
	if err != nil {
		t.Fatal(err)
	}
	return c.Trust
}

// copies returns how many copies of programs there are.
func copies(t *testing.T, p *hosttest.Parts) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(p.Dir, "development", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(found)
}

func TestADevelopmentEndsWithItsLease(t *testing.T) {
	t.Parallel()
	const lease = time.Second // a busy machine renews late
	p, d := setup(t, lease)
	begun := begin(t, d)
	hosttest.Await(t, "the lease to run out", func() bool { return trustOf(t, p) != host.TrustDevelopment })
	if _, err := d.Renew(begun.ID); hosttest.Problem(t, err).Code != host.CodeNotFound {
		t.Errorf("renewed afterwards: %v", err)
	}
	hosttest.Await(t, "the copy to be deleted", func() bool { return copies(t, p) == 0 })
	// While it is renewed, it stays.
	begun = begin(t, d)
	tick := time.NewTicker(lease / 50)
	defer tick.Stop()
	for since := time.Now(); time.Since(since) < 2*lease; <-tick.C {
		if _, err := d.Renew(begun.ID); err != nil {
			t.Fatal(err)
		}
	}
	if got := trustOf(t, p); got != host.TrustDevelopment {
		t.Errorf("renewed, and yet %s", got)
	}
	hosttest.Await(t, "the renewed lease to run out", func() bool { return trustOf(t, p) != host.TrustDevelopment })
}

func TestAReloadThatIsNoConnectorChangesNothing(t *testing.T) {
	t.Parallel()
	p, d := setup(t, time.Minute)
	begun := begin(t, d)
	before, err := p.Catalog.Lookup(t.Context(), "fake")
	if err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("#!/bin/sh\necho hello\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, request := range map[string]development.Request{
		"no connector":         {Program: broken, Source: "/home/ann/broken"},
		"not there":            {Program: filepath.Join(t.TempDir(), "gone")},
		"a directory":          {Program: t.TempDir()},
		"no path":              {Program: "fake"},
		"no file of a process": {Program: broken, Attach: true},
		"too large for a file": {Program: theFake(), Attach: true},
	} {
		_, err := d.Reload(t.Context(), begun.ID, request)
		problem := hosttest.Problem(t, err)
		// The author knows the file that is named, not its copy.
		text := problem.Message + problem.Remedy
		if name == "no connector" && (!strings.Contains(text, "/home/ann/broken") || strings.Contains(text, "development")) {
			t.Errorf("%s is said as %q, %q", name, problem.Message, problem.Remedy)
		}
		after, err := p.Catalog.Lookup(t.Context(), "fake")
		if err != nil || after.SHA256 != before.SHA256 || after.Trust != host.TrustDevelopment {
			t.Errorf("%s changed it: %s, %v", name, after.Trust, err)
		}
	}
	for i := range 3 {
		good, err := d.Reload(t.Context(), begun.ID, development.Request{Program: theFake()})
		if err != nil || good.Reloads != i+1 {
			t.Errorf("a good one: %+v, %v", good, err)
		}
	}
	if got := copies(t, p); got != 2 { // the one that runs, and the one before it
		t.Errorf("%d copies are kept", got)
	}
}

func TestAConnectorHasOneDevelopmentAtATime(t *testing.T) {
	t.Parallel()
	p, d := setup(t, time.Minute)
	begun := begin(t, d)
	if _, err := d.Start(t.Context(), development.Request{Program: theFake()}); hosttest.Problem(t, err).Code != host.CodeBusy {
		t.Errorf("a second one: %v", err)
	}
	if list := d.List(); len(list) != 1 || list[0].ID != begun.ID || list[0].Source != "/home/ann/fake" {
		t.Errorf("listed are %+v", list)
	}
	if n := d.Notices("fake"); len(n) != 1 || n[0].Message != begun.Message || len(d.Notices("other")) > 0 {
		t.Errorf("the notices are %+v", n)
	}
	if err := d.End(begun.ID); err != nil {
		t.Fatal(err)
	}
	if got := trustOf(t, p); got == host.TrustDevelopment || copies(t, p) > 0 || len(d.List()) > 0 {
		t.Errorf("ended it is %s, with %d copies", got, copies(t, p))
	}
	if err := d.End(begun.ID); hosttest.Problem(t, err).Code != host.CodeNotFound {
		t.Errorf("ended twice: %v", err)
	}
}

func TestNothingBeginsWhileTheHostStops(t *testing.T) {
	t.Parallel()
	p, d := setup(t, time.Minute)
	begin(t, d)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Start(t.Context(), development.Request{Program: theFake()}); hosttest.Problem(t, err).Code != host.CodeInterrupted {
		t.Errorf("started after the end: %v", err)
	}
	if got := trustOf(t, p); got == host.TrustDevelopment || copies(t, p) > 0 {
		t.Errorf("after the end it is %s, with %d copies", got, copies(t, p))
	}
}
