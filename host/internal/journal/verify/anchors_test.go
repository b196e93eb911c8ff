package verify_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal/anchor"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

// firstBad returns the first bad entry of a kind.
func firstBad(b *Bundle, kind string) (found host.BadEntry) {
	b.T.Helper()
	for _, bad := range OK(b.VerifyAll(b.T.Context(), nil))(b.T).Bad {
		if bad.Kind == kind {
			return bad
		}
	}
	b.T.Errorf("nothing bad of kind %s was found", kind)
	return found
}

// replace replaces the directory of the journal, which is closed meanwhile, by another.
func replace(b *Bundle, by string) {
	b.T.Helper()
	Must(b.T, b.Close())
	Must(b.T, os.RemoveAll(b.Dir))
	Must(b.T, os.CopyFS(b.Dir, os.DirFS(by)))
	b.Open()
}

// copied returns a copy of the closed journal.
func copied(b *Bundle) string {
	b.T.Helper()
	Must(b.T, b.Close())
	old := b.T.TempDir()
	Must(b.T, os.CopyFS(old, os.DirFS(b.Dir)))
	b.Open()
	return old
}

func TestAnOlderStoreIsNoticed(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Whole(Record("ann", "1"))
	old := copied(b)
	last := b.Whole(Record("ann", "2"))
	b.Clean()
	replace(b, old)
	bad := firstBad(b, "anchor")
	if bad.Alias != "" && bad.Alias != "prod" || bad.Run != last.ID || bad.Number != 2 || !strings.Contains(bad.Message, "ends at entry 1") {
		t.Errorf("the lost run is not named: %+v", bad)
	}
	// It stays bad when the store goes on from there.
	b.Whole(Record("ann", "3"))
	b.Whole(Record("ann", "4"))
	if bad := firstBad(b, "anchor"); bad.Run != last.ID {
		t.Errorf("after the store went on another run is named: %+v", bad)
	}
}

// An anchors file that was emptied, or shortened, together with an older store must
// not pass for one that agrees with it.
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
			b := Setup(t)
			for i := range 4 {
				b.Whole(Record("ann", fmt.Sprint(i)))
			}
			old := copied(b)
			b.Whole(Record("ann", "later"))
			b.Clean()
			Must(t, b.Close())
			path := anchor.Path(b.Dir)
			lines := bytes.SplitAfter(OK(os.ReadFile(path))(t), []byte("\n"))
			Must(t, os.WriteFile(path, test.spoil(lines), 0o600))
			b.Open()
			replace(b, old)
			if bad := firstBad(b, "anchor"); !strings.Contains(bad.Message, test.says) {
				t.Errorf("says %q, want %q", bad.Message, test.says)
			}
			// It stays noticed when the store goes on from there.
			b.Whole(Record("ann", "on"))
			firstBad(b, "anchor")
		})
	}
}

func TestADeletedConnectionStaysDeleted(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Whole(Record("ann", "1"))
	old := copied(b)
	Must(t, b.DeleteConnection(AsTester(), b.Conn.ID))
	b.Clean()
	replace(b, old)
	if bad := firstBad(b, "anchor"); !strings.Contains(bad.Message, "was deleted") {
		t.Errorf("the connection that is back is not named: %+v", bad)
	}
}

func TestAConnectionThatVanished(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	old := copied(b)
	c := OK(b.CreateConnection(AsTester(), host.Connection{Alias: "later"}, nil))(t)
	run := OK(b.BeginRun(host.Run{Connection: c.ID, Alias: c.Alias, Status: host.StatusRunning}))(t)
	b.End(run)
	b.Clean()
	replace(b, old)
	if bad := firstBad(b, "anchor"); bad.Alias != "later" || bad.Run != run.ID {
		t.Errorf("the connection that vanished is not named: %+v", bad)
	}
}

// TestEveryByteOfTheAnchors changes each byte of the file in turn.
func TestEveryByteOfTheAnchors(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Whole(Record("ann", "1"))
	b.Whole(Record("ann", "2"))
	b.Clean()
	path := anchor.Path(b.Dir)
	raw := OK(os.ReadFile(path))(t)
	for i := range raw {
		changed := bytes.Clone(raw)
		changed[i] ^= 1
		Must(t, os.WriteFile(path, changed, 0o600))
		row := uint64(bytes.Count(raw[:i], []byte("\n"))) + 1
		bad := firstBad(b, "anchor")
		if bad.File != path || bad.Number != row {
			t.Fatalf("byte %d in line %d: named %+v", i, row, bad)
		}
	}
	lines := bytes.SplitAfter(raw, []byte("\n"))
	for name, damage := range map[string][]byte{
		"lines swapped":  bytes.Join([][]byte{lines[0], lines[2], lines[1]}, nil),
		"a line removed": bytes.Join([][]byte{lines[0], lines[2]}, nil),
		"the first line": raw[bytes.IndexByte(raw, '\n')+1:],
		"all":            nil,
	} {
		Must(t, os.WriteFile(path, damage, 0o600))
		if firstBad(b, "anchor").File != path {
			t.Errorf("%s: not noticed", name)
		}
	}
	Must(t, os.WriteFile(path, raw, 0o600))
	b.Clean()
}

func TestAnchorsMissing(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Whole(Record("ann", "1"))
	Must(t, os.Remove(anchor.Path(b.Dir)))
	if bad := firstBad(b, "anchor"); !strings.Contains(bad.Message, "missing") {
		t.Errorf("a missing file is reported as %+v", bad)
	}
	b.Reopen()
	if bad := firstBad(b, "anchor"); !strings.Contains(bad.Message, "began anew") {
		t.Errorf("a file that began anew is reported as %+v", bad)
	}
}
