package journal_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
	"github.com/plumbline-dev/plumbline/host/internal/journal/prune"
)

// The child is this test binary again, with a directory to work in and the
// number of the transaction after which it kills itself.
const (
	crashDir = "PLUMBLINE_TEST_CRASH_DIR"
	crashAt  = "PLUMBLINE_TEST_CRASH_AT"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		if err := crashChild(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// crashChild plays the story and dies by SIGKILL after the given transaction. It
// prints a dot after each.
func crashChild(dir string) error {
	at, err := strconv.Atoi(os.Getenv(crashAt))
	if err != nil {
		return err
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	l, err := ledger.Open(Options(dir))
	if err != nil {
		return err
	}
	commits := 0
	l.OnCommit = func() {
		fmt.Print(".")
		if commits++; commits == at {
			_ = self.Kill()
			select {} // until the kill arrives
		}
	}
	return errors.Join(story(l), l.Close())
}

// story writes groups of several parts, changes, sweeps, compacts digests, merges
// small deltas of one and deletes a connection. Played again after a crash anywhere, it has
// the same end.
func story(l *ledger.Ledger) error {
	MakeSmall(l)
	s := journal.Over(l)
	kept, err := ensure(s, "kept")
	if err != nil {
		return err
	}
	lists := [][]host.Write{
		Docs(0, 150, "first", 3),
		append(Docs(0, 50, "first", 3), Docs(50, 130, "second", 3)...),
		Docs(60, 90, "second", 3),
	}
	for i, list := range lists {
		if i == 2 {
			if err := trickle(l, kept, append(Docs(60, 60, "second", 3), Docs(120, 30, "third", 3)...), ""); err != nil {
				return err
			}
		}
		if err := read(s, kept, fmt.Sprint("list ", i), list); err != nil {
			return err
		}
	}
	doomed, err := ensure(s, "doomed")
	if err != nil {
		return err
	}
	if err := read(s, doomed, "only", Docs(0, 100, "x", 3)); err != nil {
		return err
	}
	return s.DeleteConnection(AsTester(), doomed.ID)
}

func ensure(s *journal.Journal, alias string) (host.Connection, error) {
	c, err := s.Connection(alias)
	if err == nil {
		return c, nil
	}
	return s.CreateConnection(AsTester(), host.Connection{Alias: alias}, map[string][]byte{"token": []byte("sealed")})
}

// read runs one list to the end, in two groups, and confirms every removal. A
// read that goes on from a crash is followed by a whole one, as it would be.
func read(s *journal.Journal, c host.Connection, label string, list []host.Write) error {
	for agreed := ""; ; {
		run, err := s.BeginRun(host.Run{Connection: c.ID, Status: host.StatusRunning, ConnectorVersion: label})
		if err != nil {
			return err
		}
		if err := s.AppendLogs(run.ID, []host.Log{{Message: "begin"}}); err != nil {
			return err
		}
		w, err := s.OpenStream(c.ID, Snapshot, run.ID, run.Epoch)
		if err != nil {
			return err
		}
		resumed, err := goOn(s, c, w, label, list)
		if err != nil {
			return err
		}
		outcome, err := w.Finish(confirmed(agreed))
		if err != nil {
			return err
		}
		run.Status = host.StatusSucceeded
		if err := s.SaveRun(run); err != nil {
			return err
		}
		if outcome.Held > 0 {
			agreed = w.Held().ID
		} else if !resumed {
			return nil
		}
	}
}

// confirmed ends a complete read; a person agreed to the held removal with this id.
func confirmed(id string) journal.Finish {
	return journal.Finish{Outcome: host.OutcomeComplete, Sweep: journal.Sweep{Limits: host.DefaultRemovalLimits, Confirmed: id}}
}

// trickle reads a list in small groups that change little, and has no cursor to go
// on at. It reads the list again with the removals confirmed that were held.
func trickle(l *ledger.Ledger, c host.Connection, list []host.Write, agreed string) error {
	s := journal.Over(l)
	run, err := s.BeginRun(host.Run{Connection: c.ID, Status: host.StatusRunning, ConnectorVersion: "trickle"})
	if err != nil {
		return err
	}
	w, err := s.OpenStream(c.ID, Snapshot, run.ID, run.Epoch)
	if err != nil {
		return err
	}
	if err := w.Restart("asked"); err != nil {
		return err
	}
	l.Limits.CompactEntries, l.Limits.CompactDeltas = 1<<30, 1<<30 // deltas are merged, and the digest never written anew
	defer MakeSmall(l)
	for records := range slices.Chunk(list, 3) {
		if _, err := w.Commit(Group(records)); err != nil {
			return err
		}
	}
	outcome, err := w.Finish(confirmed(agreed))
	if err != nil {
		return err
	}
	run.Status = host.StatusSucceeded
	if err := s.SaveRun(run); err != nil || outcome.Held == 0 {
		return err
	}
	return trickle(l, c, list, w.Held().ID)
}

// goOn commits the list's two halves, or what a cursor of the same list says is
// missing; what the cursor says is there must be there.
func goOn(s *journal.Journal, c host.Connection, w *journal.StreamWriter, label string, list []host.Write) (resumed bool, err error) {
	half := len(list) / 2
	parts := []host.Group{
		{Writes: list[:half], Checkpoint: host.Checkpoint{Cursor: []byte(label + " half"), Sequence: 1}},
		{Writes: list[half:], Checkpoint: host.Checkpoint{Cursor: []byte(label + " end"), Sequence: 2}},
	}
	state := w.Start()
	switch string(state.Cursor) {
	case label + " half":
		err, parts = present(s, c, list[:half]), parts[1:]
	case label + " end":
		err, parts = present(s, c, list), nil
	case "":
	default: // of a list that this story is not at
		state.Resume, err = false, w.Restart("asked")
	}
	for _, group := range parts {
		if err == nil {
			_, err = w.Commit(group)
		}
	}
	return state.Resume, err
}

func present(s *journal.Journal, c host.Connection, list []host.Write) error {
	records, _, err := s.Records(context.Background(), journal.RecordQuery{Connection: c.ID, Limit: 1000})
	if err != nil {
		return err
	}
	stored := map[string]string{}
	for _, r := range records {
		stored[r.Key] = string(r.Data)
	}
	for _, r := range list {
		if stored[r.Key] != string(r.Doc) {
			return fmt.Errorf("the cursor is ahead of the records: %s is %q", r.Key, stored[r.Key])
		}
	}
	return nil
}

// storyEnds checks that the store is as the whole story leaves it.
func storyEnds(t *testing.T, l *ledger.Ledger) {
	t.Helper()
	s := journal.Over(l)
	kept := OK(s.Connection("kept"))(t)
	records, _, err := s.Records(t.Context(), journal.RecordQuery{Connection: kept.ID, Limit: 1000})
	Must(t, err)
	var got, want []string
	for _, r := range records {
		got = append(got, r.Key+string(r.Data))
	}
	for _, r := range Docs(60, 90, "second", 3) {
		want = append(want, r.Key+string(r.Doc))
	}
	Same(t, "records at the end", got, want)
	agrees(t, l)
}

// agrees checks every invariant that must hold between any two transactions.
func agrees(t *testing.T, l *ledger.Ledger) {
	t.Helper()
	s := journal.Over(l)
	Verify(t, s)
	keys := CountKeys(l)
	if keys["x"] != 0 {
		t.Error("a deletion is left unfinished")
	}
	if _, err := s.Connection("doomed"); err != nil {
		// Gone means gone: all that is left belongs to the other connection.
		for prefix, most := range map[string]int{"c": 1, "a": 1, "e": 1, "k": 1, "s": 1} {
			if keys[prefix] > most {
				t.Errorf("%d keys under %s, want at most %d", keys[prefix], prefix, most)
			}
		}
		if keys["r"] != keys["p"] || keys["r"] != keys["q"] || keys["o"] > keys["r"] {
			t.Errorf("runs %d, their indexes %d and %d, logs %d", keys["r"], keys["p"], keys["q"], keys["o"])
		}
	}
}

// child starts the story in a process of its own.
func child(ctx context.Context, dir string, at int) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), crashDir+"="+dir, crashAt+"="+strconv.Itoa(at))
	return cmd
}

// TestKilledAfterEveryTransaction kills the story after its first transaction,
// its second, and so on; each time the store must agree with itself and the
// story, played again, must come to the same end.
func TestKilledAfterEveryTransaction(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out, err := child(t.Context(), dir, 0).Output()
	Must(t, err)
	transactions := bytes.Count(out, []byte("."))
	if transactions < 40 {
		t.Fatalf("the story has only %d transactions", transactions)
	}
	step := 1
	if testing.Short() {
		step = 7
	}
	for at := 1; at < transactions; at += step {
		dir := t.TempDir()
		out, err := child(t.Context(), dir, at).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Exited() || len(out) != at {
			t.Fatalf("child was to die after %d transactions: %v, %s", at, err, out)
		}
		playAgain(t, dir, fmt.Sprintf("killed after transaction %d", at))
	}
}

// TestKilledAnywhere kills the story from outside, at moments of no choice.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	for after := 1; after < 60; after += 6 {
		dir := t.TempDir()
		cmd := child(t.Context(), dir, 0)
		pipe, err := cmd.StdoutPipe()
		Must(t, err)
		Must(t, cmd.Start())
		_, err = bufio.NewReaderSize(pipe, 16).Discard(after)
		Must(t, err)
		Must(t, cmd.Process.Kill())
		_ = cmd.Wait() // killed, or just at its end
		playAgain(t, dir, fmt.Sprintf("killed some time after transaction %d", after))
	}
}

func playAgain(t *testing.T, dir, what string) {
	t.Helper()
	l, err := prune.Open(Options(dir))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	agrees(t, l)
	if err := story(l); err != nil {
		t.Errorf("%s: play again: %v", what, err)
	}
	storyEnds(t, l)
	Must(t, l.Close())
	if t.Failed() {
		t.Fatalf("%s", what)
	}
}

// TestAnEmptyLogIsNoDamage opens what a process left that was killed between making
// a log and giving it its size, or between that and its first byte.
func TestAnEmptyLogIsNoDamage(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	w := b.Stream(b.Begin(), Snapshot)
	OK(w.Commit(Group(Docs(0, 10, "here", 0))))(t)
	Must(t, b.Close())
	for name, size := range map[string]int64{"00091.mem": 0, "00092.mem": 0, "00095.mem": 1 << 20, "000093.vlog": 0, "000096.vlog": 1 << 20} {
		Must(t, errors.Join(os.WriteFile(filepath.Join(b.Dir, name), nil, 0o600), os.Truncate(filepath.Join(b.Dir, name), size)))
	}
	for range 2 {
		b.Open()
		b.Verify()
		if n := len(b.Page(journal.RecordQuery{Limit: 100})); n != 10 {
			t.Errorf("%d records are there, want 10", n)
		}
		Must(t, b.Close())
	}
	b.Open() // setup closes it
}
