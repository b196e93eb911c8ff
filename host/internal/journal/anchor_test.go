package journal_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

// end saves a run as succeeded, which anchors its connection's chain.
func (b *bundle) end(run host.Run) {
	b.t.Helper()
	run.Status = host.StatusSucceeded
	must(b.t, b.SaveRun(run))
}

// whole is a run from its beginning to its end.
func (b *bundle) whole(records ...host.Write) host.Run {
	b.t.Helper()
	run := b.begin()
	w := b.stream(run, snapshot)
	ok(w.Commit(group(records)))(b.t)
	ok(w.Finish(complete()))(b.t)
	b.end(run)
	return run
}

func (b *bundle) bad(kind string) (found host.BadEntry) {
	b.t.Helper()
	for _, bad := range ok(b.VerifyAll(b.t.Context(), nil))(b.t).Bad {
		if bad.Kind == kind {
			return bad
		}
	}
	b.t.Errorf("nothing bad of kind %s was found", kind)
	return found
}

// replaced puts another directory in the place of the store, which is closed
// meanwhile.
func (b *bundle) replaced(by string) {
	b.t.Helper()
	must(b.t, b.Close())
	must(b.t, os.RemoveAll(b.dir))
	must(b.t, os.CopyFS(b.dir, os.DirFS(by)))
	b.open()
}

// copied returns a copy of the store as it is on disk when it is closed.
func (b *bundle) copied() string {
	b.t.Helper()
	must(b.t, b.Close())
	old := b.t.TempDir()
	must(b.t, os.CopyFS(old, os.DirFS(b.dir)))
	b.open()
	return old
}

func TestAnOlderStoreIsNoticed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.whole(record("ann", "1"))
	old := b.copied()
	last := b.whole(record("ann", "2"))
	b.clean()
	b.replaced(old)
	bad := b.bad("anchor")
	if bad.Alias != "" && bad.Alias != "prod" || bad.Run != last.ID || bad.Number != 2 || !strings.Contains(bad.Message, "ends at entry 1") {
		t.Errorf("the lost run is not named: %+v", bad)
	}
	// It stays bad when the store goes on from there.
	b.whole(record("ann", "3"))
	b.whole(record("ann", "4"))
	if bad := b.bad("anchor"); bad.Run != last.ID {
		t.Errorf("after the store went on another run is named: %+v", bad)
	}
}

// An anchors file that was emptied, or shortened, together with an older store must
// not look like one that agrees with it.
func TestAnchorsThatWereTakenAwayAreNoticed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil func(lines [][]byte) []byte
		says  string
	}{
		"emptied":        {func([][]byte) []byte { return nil }, "was missing and began anew"},
		"its first line": {func(lines [][]byte) []byte { return lines[0] }, "or its end, was missing"},
		"one line less":  {func(lines [][]byte) []byte { return bytes.Join(lines[:2], nil) }, "or its end, was missing"},
		"without its first": {func(lines [][]byte) []byte { return bytes.Join(lines[1:], nil) },
			"does not begin with its first line"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			for i := range 4 {
				b.whole(record("ann", fmt.Sprint(i)))
			}
			old := b.copied()
			b.whole(record("ann", "later"))
			b.clean()
			must(t, b.Close())
			path := journal.AnchorsFile(b.dir)
			lines := bytes.SplitAfter(ok(os.ReadFile(path))(t), []byte("\n"))
			must(t, os.WriteFile(path, test.spoil(lines), 0o600))
			b.open()
			b.replaced(old)
			if bad := b.bad("anchor"); !strings.Contains(bad.Message, test.says) {
				t.Errorf("says %q, want %q", bad.Message, test.says)
			}
			// It stays noticed when the store goes on from there.
			b.whole(record("ann", "on"))
			b.bad("anchor")
			// Until a person who knows why lets the file begin anew.
			ok(b.RenewAnchors())(t)
			b.clean()
		})
	}
}

func TestADeletedConnectionStaysDeleted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.whole(record("ann", "1"))
	old := b.copied()
	must(t, b.DeleteConnection(asTester(), b.conn.ID))
	b.clean()
	b.replaced(old)
	if bad := b.bad("anchor"); !strings.Contains(bad.Message, "was deleted") {
		t.Errorf("the connection that is back is not named: %+v", bad)
	}
}

func TestAConnectionThatVanished(t *testing.T) {
	t.Parallel()
	b := setup(t)
	old := b.copied()
	c := ok(b.CreateConnection(asTester(), host.Connection{Alias: "later"}, nil))(t)
	run := ok(b.BeginRun(host.Run{Connection: c.ID, Alias: c.Alias, Status: host.StatusRunning}))(t)
	b.end(run)
	b.clean()
	b.replaced(old)
	if bad := b.bad("anchor"); bad.Alias != "later" || bad.Run != run.ID {
		t.Errorf("the connection that vanished is not named: %+v", bad)
	}
}

// TestEveryByteOfTheAnchors changes each byte of the file in turn.
func TestEveryByteOfTheAnchors(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.whole(record("ann", "1"))
	b.whole(record("ann", "2"))
	b.clean()
	path := journal.AnchorsFile(b.dir)
	raw := ok(os.ReadFile(path))(t)
	for i := range raw {
		changed := bytes.Clone(raw)
		changed[i] ^= 1
		must(t, os.WriteFile(path, changed, 0o600))
		row := uint64(bytes.Count(raw[:i], []byte("\n"))) + 1
		bad := b.bad("anchor")
		if bad.File != path || bad.Number != row {
			t.Fatalf("byte %d in line %d: named %+v", i, row, bad)
		}
	}
	for name, damage := range map[string][]byte{
		"lines swapped":  bytes.Join([][]byte{bytes.Split(raw, []byte("\n"))[0], bytes.Split(raw, []byte("\n"))[2], bytes.Split(raw, []byte("\n"))[1], nil}, []byte("\n")),
		"a line removed": bytes.Join([][]byte{bytes.Split(raw, []byte("\n"))[0], bytes.Split(raw, []byte("\n"))[2], nil}, []byte("\n")),
		"the first line": raw[bytes.IndexByte(raw, '\n')+1:],
		"all":            nil,
	} {
		must(t, os.WriteFile(path, damage, 0o600))
		if b.bad("anchor").File != path {
			t.Errorf("%s: not noticed", name)
		}
	}
	must(t, os.WriteFile(path, raw, 0o600))
	b.clean()
}

func TestAnchorsAfterACrash(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.whole(record("ann", "1"))
	path := journal.AnchorsFile(b.dir)
	raw := ok(os.ReadFile(path))(t)
	must(t, b.Close())
	must(t, os.WriteFile(path, append(bytes.Clone(raw), `{"n":4,"at":"2026`...), 0o600))
	b.open()
	b.clean()
	b.whole(record("ann", "2"))
	b.clean()
	if got := ok(os.ReadFile(path))(t); !bytes.HasPrefix(got, raw) || bytes.Count(got, []byte("\n")) != 4 {
		t.Errorf("after the crash the file is %s", got)
	}
}

func TestAnchorsMissing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.whole(record("ann", "1"))
	must(t, os.Remove(journal.AnchorsFile(b.dir)))
	if bad := b.bad("anchor"); !strings.Contains(bad.Message, "missing") {
		t.Errorf("a missing file is told as %+v", bad)
	}
	b.reopen()
	if bad := b.bad("anchor"); !strings.Contains(bad.Message, "began anew") {
		t.Errorf("a file that began anew is told as %+v", bad)
	}
	b.whole(record("ann", "2"))
	old := ok(b.RenewAnchors())(t)
	if _, err := os.Stat(old); err != nil {
		t.Errorf("the old file is not kept: %v", err)
	}
	b.clean()
	b.reopen()
	b.clean()
}

// TestAnchorsStaySmall lets the file be thinned out, over days.
func TestAnchorsStaySmall(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.KeepAnchors(20)
	other := ok(b.CreateConnection(asTester(), host.Connection{Alias: "quiet"}, nil))(t)
	run := ok(b.BeginRun(host.Run{Connection: other.ID, Alias: "quiet", Status: host.StatusRunning}))(t)
	b.end(run)
	for i := range 100 {
		b.clock.at = b.clock.at.Add(time.Hour)
		b.whole(record("ann", fmt.Sprint(i)))
	}
	raw := ok(os.ReadFile(journal.AnchorsFile(b.dir)))(t)
	if n := bytes.Count(raw, []byte("\n")); n > 22 || n < 6 {
		t.Errorf("the file has %d lines", n)
	}
	if !bytes.Contains(raw, []byte(`"alias":"quiet"`)) {
		t.Error("the latest line of a connection is gone")
	}
	b.clean()
	b.reopen()
	b.whole(record("ann", "end"))
	b.clean()
}
