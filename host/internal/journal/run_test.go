package journal_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

func TestRuns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := ok(b.CreateConnection(asTester(), host.Connection{Alias: "other"}, nil))(t)
	var mine, all []string
	for i := range 7 {
		b.clock.at = b.clock.at.Add(time.Minute)
		run := host.Run{Connection: b.conn.ID, Status: host.StatusQueued}
		if i%3 == 2 {
			run.Connection = other.ID
		}
		run = ok(b.BeginRun(run))(t)
		all = append([]string{run.ID}, all...)
		if run.Connection == b.conn.ID {
			mine = append([]string{run.ID}, mine...)
			if run.Epoch != uint64(len(mine)) {
				t.Errorf("epoch %d of run %d", run.Epoch, len(mine))
			}
		}
	}
	for _, limit := range []int{1, 2, 3, 7, 0} {
		for connection, want := range map[string][]string{"": all, b.conn.ID: mine, "nobody": nil} {
			var got []string
			q := journal.RunQuery{Connection: connection, Limit: limit}
			for page := 0; page == 0 || q.Before != ""; page++ {
				runs, next, err := b.Runs(q)
				must(t, err)
				for _, run := range runs {
					got = append(got, run.ID)
				}
				q.Before = next
			}
			same(t, fmt.Sprintf("runs of %q by %d", connection, limit), got, want)
		}
	}
	_, _, err := b.Runs(journal.RunQuery{Before: "*"})
	wantProblem(t, err, host.CodeInvalid, "cursor")
	_, err = b.Run("nope")
	wantProblem(t, err, host.CodeNotFound, "run")
	wantProblem(t, b.SaveRun(host.Run{ID: "nope"}), host.CodeNotFound, "run")
}

func TestSaveRunKeepsItsPlace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	run := b.begin()
	changed := run
	changed.Status, changed.Epoch, changed.Connection = host.StatusSucceeded, 99, "elsewhere"
	changed.Steps = []host.Step{{Name: "users", Counts: host.Counts{Read: 3}, Gaps: []host.Gap{{Scope: "x", Error: host.Problem{Code: "rate.limited"}}}}}
	must(t, b.SaveRun(changed))
	want := changed
	want.Epoch, want.Connection = run.Epoch, run.Connection
	got := ok(b.Run(run.ID))(t)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(host.Problem{})); diff != "" {
		t.Errorf("run differs (-want +got):\n%s", diff)
	}
}

func TestInterruptRuns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.begin()
	done.Status = host.StatusSucceeded
	must(t, b.SaveRun(done))
	queued := ok(b.BeginRun(host.Run{Connection: b.conn.ID, Status: host.StatusQueued}))(t)
	running := b.begin()
	wait := b.clock.at
	running.Steps = []host.Step{
		{Name: "a", Status: host.StatusSucceeded},
		{Name: "b", Status: host.StatusRunning, WaitUntil: &wait},
		{Name: "c", Status: host.StatusQueued},
	}
	must(t, b.SaveRun(running))
	b.reopen()

	last := b.clock.at
	at := b.clock.at.Add(time.Hour)
	runs := ok(b.InterruptRuns(at))(t)
	if len(runs) != 2 {
		t.Fatalf("%d runs were interrupted, want 2", len(runs))
	}
	for _, id := range []string{queued.ID, running.ID} {
		run := ok(b.Run(id))(t)
		if run.Status != host.StatusInterrupted || run.FinishedAt.After(last) || (run.Error == nil) == (id == queued.ID) {
			t.Errorf("interrupted run is %+v", run)
		}
	}
	var words []string
	for _, step := range ok(b.Run(running.ID))(t).Steps {
		words = append(words, fmt.Sprint(step.Name, " ", step.Status, " ", step.Error != nil, " ", step.WaitUntil != nil))
	}
	same(t, "steps", words, []string{"a succeeded false false", "b interrupted true false", "c skipped false false"})
	same(t, "finished run", ok(b.Run(done.ID))(t).Status, host.StatusSucceeded)
	same(t, "a second time", len(ok(b.InterruptRuns(at))(t)), 0)
}

// A crash does not make a run longer or its counts smaller than what is stored.
func TestAnInterruptedRunSaysWhatItDid(t *testing.T) {
	t.Parallel()
	b := setup(t)
	run := b.begin()
	begun := b.clock.at
	run.StartedAt = &begun
	run.Steps = []host.Step{{Name: "users", Stream: snapshot.Name, Status: host.StatusRunning, StartedAt: &begun}}
	must(t, b.SaveRun(run))
	w := b.stream(run, snapshot)
	b.clock.at = begun.Add(2 * time.Second)
	ok(w.Commit(group(docs(0, 300, "x", 0))))(t)
	must(t, w.Close())
	b.reopen()
	runs := ok(b.InterruptRuns(begun.Add(19 * time.Second)))(t)
	got := runs[0]
	if took := got.FinishedAt.Sub(begun).Round(time.Second); took != 2*time.Second {
		t.Errorf("it took %s, want 2s", took)
	}
	step := got.Steps[0]
	same(t, "counts", step.Counts, host.Counts{Read: 300, Added: 300})
	if step.Error == nil || got.Error != nil || strings.Contains(step.Error.Message, "host") {
		t.Errorf("the error stands in the step: %+v, and in the run: %+v", step.Error, got.Error)
	}
}

func TestLogs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	run, other := b.begin(), b.begin()
	must(t, b.AppendLogs(run.ID, []host.Log{{Message: "one", Number: 77}, {Message: "two"}}))
	must(t, b.AppendLogs(other.ID, []host.Log{{Message: "other"}}))
	must(t, b.AppendLogs(run.ID, nil))
	b.reopen()
	var many []host.Log
	for i := range 9000 { // more than a transaction
		many = append(many, host.Log{Message: fmt.Sprint("line ", i+3), At: b.clock.at, Level: "info", Step: "users"})
	}
	must(t, b.AppendLogs(run.ID, many))
	lines := ok(b.Logs(run.ID, 0, 20000))(t)
	if len(lines) != 9002 {
		t.Fatalf("%d lines, want 9002", len(lines))
	}
	for i, line := range lines {
		if line.Number != i+1 {
			t.Fatalf("line %d has number %d", i, line.Number)
		}
	}
	same(t, "first", lines[0], host.Log{Number: 1, Message: "one"})
	same(t, "last", lines[9001], host.Log{Number: 9002, Message: "line 9002", At: b.clock.at, Level: "info", Step: "users"})
	page := ok(b.Logs(run.ID, 5, 2))(t)
	same(t, "page", []int{len(page), page[0].Number, page[1].Number}, []int{2, 6, 7})
	same(t, "end", len(ok(b.Logs(run.ID, 9002, 0))(t)), 0)
	wantProblem(t, b.AppendLogs("nope", many[:1]), host.CodeNotFound, "run")
	_, err := b.Logs("nope", 0, 0)
	wantProblem(t, err, host.CodeNotFound, "run")
}
