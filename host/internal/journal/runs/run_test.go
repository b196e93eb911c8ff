package runs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

func TestRuns(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	other := OK(b.CreateConnection(AsTester(), host.Connection{Alias: "other"}, nil))(t)
	var mine, all []string
	for i := range 7 {
		b.Clock.At = b.Clock.At.Add(time.Minute)
		run := host.Run{Connection: b.Conn.ID, Status: host.StatusQueued}
		if i%3 == 2 {
			run.Connection = other.ID
		}
		run = OK(b.BeginRun(run))(t)
		all = append([]string{run.ID}, all...)
		if run.Connection == b.Conn.ID {
			mine = append([]string{run.ID}, mine...)
			if run.Epoch != uint64(len(mine)) {
				t.Errorf("epoch %d of run %d", run.Epoch, len(mine))
			}
		}
	}
	for _, limit := range []int{1, 2, 3, 7, 0} {
		for connection, want := range map[string][]string{"": all, b.Conn.ID: mine, "none": nil} {
			var got []string
			q := journal.RunQuery{Connection: connection, Limit: limit}
			for page := 0; page == 0 || q.Before != ""; page++ {
				runs, next, err := b.Runs(q)
				Must(t, err)
				for _, run := range runs {
					got = append(got, run.ID)
				}
				q.Before = next
			}
			Same(t, fmt.Sprintf("runs of %q by %d", connection, limit), got, want)
		}
	}
	_, _, err := b.Runs(journal.RunQuery{Before: "*"})
	WantProblem(t, err, host.CodeInvalid, "cursor")
	_, err = b.Run("nope")
	WantProblem(t, err, host.CodeNotFound, "run")
	WantProblem(t, b.SaveRun(host.Run{ID: "nope"}), host.CodeNotFound, "run")
}

func TestSaveRunKeepsItsOrder(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	run := b.Begin()
	changed := run
	changed.Status, changed.Epoch, changed.Connection = host.StatusSucceeded, 99, "elsewhere"
	gaps := []host.Gap{{Scope: "x", Error: host.Problem{Code: "rate.limited"}}}
	changed.Steps = []host.Step{{Name: "users", Counts: host.Counts{Read: 3}, Gaps: gaps}}
	Must(t, b.SaveRun(changed))
	want := changed
	want.Epoch, want.Connection = run.Epoch, run.Connection
	got := OK(b.Run(run.ID))(t)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(host.Problem{})); diff != "" {
		t.Errorf("run differs (-want +got):\n%s", diff)
	}
}

func TestInterruptRuns(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	done := b.Begin()
	done.Status = host.StatusSucceeded
	Must(t, b.SaveRun(done))
	queued := OK(b.BeginRun(host.Run{Connection: b.Conn.ID, Status: host.StatusQueued}))(t)
	running := b.Begin()
	wait := b.Clock.At
	running.Steps = []host.Step{
		{Name: "a", Status: host.StatusSucceeded},
		{Name: "b", Status: host.StatusRunning, WaitUntil: &wait},
		{Name: "c", Status: host.StatusQueued},
	}
	Must(t, b.SaveRun(running))
	b.Reopen()

	last := b.Clock.At
	at := b.Clock.At.Add(time.Hour)
	runs := OK(b.InterruptRuns(at))(t)
	if len(runs) != 2 {
		t.Fatalf("%d runs were interrupted, want 2", len(runs))
	}
	for _, id := range []string{queued.ID, running.ID} {
		run := OK(b.Run(id))(t)
		if run.Status != host.StatusInterrupted || run.FinishedAt.After(last) || (run.Error == nil) == (id == queued.ID) {
			t.Errorf("interrupted run is %+v", run)
		}
	}
	var words []string
	for _, step := range OK(b.Run(running.ID))(t).Steps {
		words = append(words, fmt.Sprint(step.Name, " ", step.Status, " ", step.Error != nil, " ", step.WaitUntil != nil))
	}
	Same(t, "steps", words, []string{"a succeeded false false", "b interrupted true false", "c skipped false false"})
	Same(t, "finished run", OK(b.Run(done.ID))(t).Status, host.StatusSucceeded)
	Same(t, "a second time", len(OK(b.InterruptRuns(at))(t)), 0)
}

// A crash does not make a run longer or its counts smaller than what is stored.
func TestAnInterruptedRunSaysWhatItDid(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	run := b.Begin()
	begun := b.Clock.At
	run.StartedAt = &begun
	run.Steps = []host.Step{{Name: "users", Stream: Snapshot.Name, Status: host.StatusRunning, StartedAt: &begun}}
	Must(t, b.SaveRun(run))
	w := b.Stream(run, Snapshot)
	b.Clock.At = begun.Add(2 * time.Second)
	OK(w.Commit(Group(Docs(0, 300, "x", 0))))(t)
	Must(t, w.Close())
	b.Reopen()
	runs := OK(b.InterruptRuns(begun.Add(19 * time.Second)))(t)
	got := runs[0]
	if took := got.FinishedAt.Sub(begun).Round(time.Second); took != 2*time.Second {
		t.Errorf("it took %s, want 2s", took)
	}
	step := got.Steps[0]
	Same(t, "counts", step.Counts, host.Counts{Read: 300, Added: 300})
	if step.Error == nil || got.Error != nil || strings.Contains(step.Error.Message, "host") {
		t.Errorf("the error stands in the step: %+v, and in the run: %+v", step.Error, got.Error)
	}
}

func TestLogs(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	run, other := b.Begin(), b.Begin()
	Must(t, b.AppendLogs(run.ID, []host.Log{{Message: "one", Number: 77}, {Message: "two"}}))
	Must(t, b.AppendLogs(other.ID, []host.Log{{Message: "other"}}))
	Must(t, b.AppendLogs(run.ID, nil))
	b.Reopen()
	var many []host.Log
	for i := range 9000 { // more than a transaction
		many = append(many, host.Log{Message: fmt.Sprint("line ", i+3), At: b.Clock.At, Level: "info", Step: "users"})
	}
	Must(t, b.AppendLogs(run.ID, many))
	lines := OK(b.Logs(journal.LogQuery{Run: run.ID, Limit: 20000}))(t).Lines
	if len(lines) != 9002 {
		t.Fatalf("%d lines, want 9002", len(lines))
	}
	for i, line := range lines {
		if line.Number != i+1 {
			t.Fatalf("line %d has number %d", i, line.Number)
		}
	}
	Same(t, "first", lines[0], host.Log{Number: 1, Message: "one"})
	Same(t, "last", lines[9001], host.Log{Number: 9002, Message: "line 9002", At: b.Clock.At, Level: "info", Step: "users"})
	page := OK(b.Logs(journal.LogQuery{Run: run.ID, From: 5, Limit: 2}))(t).Lines
	Same(t, "page", []int{len(page), page[0].Number, page[1].Number}, []int{2, 6, 7})
	Same(t, "end", len(OK(b.Logs(journal.LogQuery{Run: run.ID, From: 9002}))(t).Lines), 0)
	WantProblem(t, b.AppendLogs("nope", many[:1]), host.CodeNotFound, "run")
	_, err := b.Logs(journal.LogQuery{Run: "nope"})
	WantProblem(t, err, host.CodeNotFound, "run")
}

func TestLinesSentAgainAreStoredOnce(t *testing.T) {
	t.Parallel()
	s := Setup(t)
	c, err := s.CreateConnection(AsTester(), host.Connection{Alias: "corp", Connector: "fake"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.BeginRun(host.Run{Connection: c.ID, Status: host.StatusRunning})
	if err != nil {
		t.Fatal(err)
	}
	lines := []host.Log{{Number: 1, Message: "a"}, {Number: 2, Message: "b"}, {Number: 3, Message: "c"}}
	for _, sent := range [][]host.Log{lines[:2], lines, lines[2:], {{Message: "unnumbered"}}} {
		if err := s.AppendLogs(run.ID, sent); err != nil {
			t.Fatal(err)
		}
	}
	page, err := s.Logs(journal.LogQuery{Run: run.ID})
	logs := page.Lines
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for i, line := range logs {
		text += line.Message + " "
		if line.Number != i+1 {
			t.Errorf("line %d has number %d", i+1, line.Number)
		}
	}
	if text != "a b c unnumbered " {
		t.Errorf("the log is %q", text)
	}
}

func TestALogIsReadFromBothEnds(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	run := b.Begin()
	var lines []host.Log
	for i := range 100 {
		level := []string{"debug", "info", "warn", "error"}[i%4]
		lines = append(lines, host.Log{Level: level, Step: []string{"users", "groups"}[i%2], Message: fmt.Sprintf("Line %d", i+1)})
	}
	Must(t, b.AppendLogs(run.ID, lines))
	numbers := func(q journal.LogQuery) (all []int) {
		q.Run, q.Limit = run.ID, 7
		for {
			page := OK(b.Logs(q))(t)
			if page.Total != 100 {
				t.Errorf("%+v: %d lines", q, page.Total)
			}
			for _, line := range page.Lines {
				all = append(all, line.Number)
			}
			if q.From == 0 && page.Matches < len(page.Lines) {
				t.Errorf("%+v: %d lines match, and %d are on the first page", q, page.Matches, len(page.Lines))
			}
			if !page.More {
				return all
			}
			q.From = all[len(all)-1]
		}
	}
	for name, test := range map[string]struct {
		q    journal.LogQuery
		pass func(number int) bool
	}{
		"all":    {journal.LogQuery{}, func(int) bool { return true }},
		"level":  {journal.LogQuery{Level: "warn"}, func(n int) bool { return (n-1)%4 >= 2 }},
		"step":   {journal.LogQuery{Step: "groups"}, func(n int) bool { return n%2 == 0 }},
		"text":   {journal.LogQuery{Text: "LINE 9"}, func(n int) bool { return n == 9 || n >= 90 && n < 100 }},
		"nobody": {journal.LogQuery{Text: "none"}, func(int) bool { return false }},
	} {
		var want []int
		for n := 1; n <= 100; n++ {
			if test.pass(n) {
				want = append(want, n)
			}
		}
		Same(t, name, numbers(test.q), want)
		matches := OK(b.Logs(journal.LogQuery{Run: run.ID, Level: test.q.Level, Step: test.q.Step, Text: test.q.Text, Limit: 2}))(t).Matches
		Same(t, name+" counted", matches, len(want))
		slices.Reverse(want)
		test.q.Newest = true
		Same(t, name+" from the end", numbers(test.q), want)
	}
}
