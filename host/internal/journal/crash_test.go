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
	s, err := journal.Open(options(dir))
	if err != nil {
		return err
	}
	commits := 0
	s.OnCommit(func() {
		fmt.Print(".")
		if commits++; commits == at {
			_ = self.Kill()
			select {} // until the kill arrives
		}
	})
	return errors.Join(story(s), s.Close())
}

// story writes groups of several parts, changes, sweeps, compacts digests, puts
// small pieces of one together and deletes a connection. Played again after a crash anywhere, it comes to the
// same end.
func story(s *journal.Journal) error {
	s.MakeSmall()
	kept, err := ensure(s, "kept")
	if err != nil {
		return err
	}
	lists := [][]host.Write{
		docs(0, 150, "first", 3),
		append(docs(0, 50, "first", 3), docs(50, 130, "second", 3)...),
		docs(60, 90, "second", 3),
	}
	for i, list := range lists {
		if i == 2 {
			if err := trickle(s, kept, append(docs(60, 60, "second", 3), docs(120, 30, "third", 3)...), ""); err != nil {
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
	if err := read(s, doomed, "only", docs(0, 100, "x", 3)); err != nil {
		return err
	}
	return s.DeleteConnection(asTester(), doomed.ID)
}

func ensure(s *journal.Journal, alias string) (host.Connection, error) {
	c, err := s.Connection(alias)
	if err == nil {
		return c, nil
	}
	return s.CreateConnection(asTester(), host.Connection{Alias: alias}, map[string][]byte{"token": []byte("sealed")})
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
		w, err := s.OpenStream(c.ID, snapshot, run.ID, run.Epoch)
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
func trickle(s *journal.Journal, c host.Connection, list []host.Write, agreed string) error {
	run, err := s.BeginRun(host.Run{Connection: c.ID, Status: host.StatusRunning, ConnectorVersion: "trickle"})
	if err != nil {
		return err
	}
	w, err := s.OpenStream(c.ID, snapshot, run.ID, run.Epoch)
	if err != nil {
		return err
	}
	if err := w.Restart("asked"); err != nil {
		return err
	}
	s.KeepDigest()
	defer s.MakeSmall()
	for records := range slices.Chunk(list, 3) {
		if _, err := w.Commit(group(records)); err != nil {
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
	return trickle(s, c, list, w.Held().ID)
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
func storyEnds(t *testing.T, s *journal.Journal) {
	t.Helper()
	kept := ok(s.Connection("kept"))(t)
	records, _, err := s.Records(t.Context(), journal.RecordQuery{Connection: kept.ID, Limit: 1000})
	must(t, err)
	var got, want []string
	for _, r := range records {
		got = append(got, r.Key+string(r.Data))
	}
	for _, r := range docs(60, 90, "second", 3) {
		want = append(want, r.Key+string(r.Doc))
	}
	same(t, "records at the end", got, want)
	agrees(t, s)
}

// agrees checks every invariant that must hold between any two transactions.
func agrees(t *testing.T, s *journal.Journal) {
	t.Helper()
	for _, c := range ok(s.Connections())(t) {
		if err := s.Verify(t.Context(), c.ID); err != nil {
			t.Errorf("connection %s: %v", c.Alias, err)
		}
	}
	keys := s.CountKeys()
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
	must(t, err)
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
		must(t, err)
		must(t, cmd.Start())
		_, err = bufio.NewReaderSize(pipe, 16).Discard(after)
		must(t, err)
		must(t, cmd.Process.Kill())
		_ = cmd.Wait() // killed, or just at its end
		playAgain(t, dir, fmt.Sprintf("killed some time after transaction %d", after))
	}
}

func playAgain(t *testing.T, dir, what string) {
	t.Helper()
	s, err := journal.Open(options(dir))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	agrees(t, s)
	if err := story(s); err != nil {
		t.Errorf("%s: play again: %v", what, err)
	}
	storyEnds(t, s)
	must(t, s.Close())
	if t.Failed() {
		t.Fatalf("%s", what)
	}
}

// TestAnEmptyLogIsNoDamage opens what a process left that was killed between making
// a log and giving it its size, or between that and its first byte.
func TestAnEmptyLogIsNoDamage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := b.stream(b.begin(), snapshot)
	ok(w.Commit(group(docs(0, 10, "here", 0))))(t)
	must(t, b.Close())
	for name, size := range map[string]int64{"00091.mem": 0, "00092.mem": 0, "00095.mem": 1 << 20, "000093.vlog": 0, "000096.vlog": 1 << 20} {
		must(t, errors.Join(os.WriteFile(filepath.Join(b.dir, name), nil, 0o600), os.Truncate(filepath.Join(b.dir, name), size)))
	}
	for range 2 {
		b.open()
		b.verify()
		if n := len(b.records(journal.RecordQuery{Limit: 100})); n != 10 {
			t.Errorf("%d records are there, want 10", n)
		}
		must(t, b.Close())
	}
	b.open() // setup closes it
}
