package prune_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

const day = 24 * time.Hour

// pruneAll runs rounds of pruning to their end.
func pruneAll(t *testing.T, s *journal.Journal, r journal.Retention) (result host.PruneResult, steps int) {
	t.Helper()
	for {
		ended, result, err := s.PruneStep(t.Context(), r)
		Must(t, err)
		if steps++; ended {
			return result, steps
		}
		if steps > 10_000 {
			t.Fatal("pruning does not end")
		}
	}
}

// past is a journal with a random history over 24 days, and the state of every stream after
// each of them.
type past struct {
	*Bundle
	begun   time.Time
	streams []string
	conns   []host.Connection
	moments []moment
}

type moment struct {
	conn   host.Connection
	stream string
	at     time.Time
	state  []string
}

func setupPast(t *testing.T, seed uint64) *past {
	t.Helper()
	p := &past{Bundle: Setup(t), streams: []string{"users", "groups"}}
	MakeSmall(p.Ledger)
	p.begun = p.Clock.At
	random := rand.New(rand.NewPCG(seed, 1))
	p.conns = []host.Connection{p.Conn, OK(p.CreateConnection(AsTester(), host.Connection{Alias: "other"}, nil))(t)}
	for d := range 24 {
		p.Clock.At = p.begun.Add(time.Duration(d) * day)
		for _, c := range p.conns {
			p.Conn = c
			run := p.Begin()
			for _, name := range p.streams {
				info := Snapshot
				info.Name = name
				if random.IntN(3) == 0 {
					continue
				}
				w := p.Stream(run, info)
				var list []host.Write
				for n := range 12 {
					next := Record(fmt.Sprint("r", n), fmt.Sprint(random.IntN(3)))
					if random.IntN(4) == 0 {
						next = host.Write{Key: next.Key, Removed: true} // it is removed, or stays away
					}
					list = append(list, next)
				}
				OK(w.Commit(Group(list)))(t)
				OK(w.Finish(Finish(host.OutcomeComplete)))(t)
			}
			Must(t, p.AppendLogs(run.ID, []host.Log{{Message: "one"}, {Message: "two"}}))
			run.Status = host.StatusSucceeded
			Must(t, p.SaveRun(run))
		}
		p.note(p.Clock.At.Add(time.Hour))
	}
	return p
}

// note notes the state of every stream.
func (p *past) note(at time.Time) {
	for _, c := range p.conns {
		for _, name := range p.streams {
			p.moments = append(p.moments, moment{c, name, at, p.stateAt(c, name, at)})
		}
	}
}

func (p *past) stateAt(c host.Connection, stream string, at time.Time) []string {
	p.T.Helper()
	p.Conn = c
	return p.State(journal.RecordQuery{Stream: stream, AsOf: at, Limit: 100})
}

// check compares every moment that must still be right, and checks that every other is
// refused. It returns how many were right and refused.
func (p *past) check(since time.Time, held func(moment) bool) (right, refused int) {
	p.T.Helper()
	for _, l := range p.moments {
		p.Conn = l.conn
		_, _, err := p.Records(p.T.Context(), journal.RecordQuery{Connection: l.conn.ID, Stream: l.stream, AsOf: l.at})
		if l.at.Before(since) && !held(l) {
			WantProblem(p.T, err, host.CodeHistoryPruned, "as_of")
			refused++
			continue
		}
		Must(p.T, err)
		Same(p.T, fmt.Sprintf("%s/%s as of %s", l.conn.Alias, l.stream, l.at), p.stateAt(l.conn, l.stream, l.at), l.state)
		right++
	}
	p.Verify()
	return right, refused
}

// TestPruneKeepsTheWindowRight prunes random histories, with a hold, and asks for
// every day before and after: in the window and in the hold all is as it was, and
// what is neither is refused.
func TestPruneKeepsTheWindowRight(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			p := setupPast(t, seed)
			hold := OK(p.Hold(AsTester(), host.Hold{
				Connection: p.conns[1].ID, Stream: "groups", From: p.begun.Add(5 * day), To: p.begun.Add(9 * day), Reason: "evidence of March",
			}))(t)
			whole := OK(p.Hold(AsTester(), host.Hold{
				Connection: p.conns[0].ID, From: p.begun.Add(12 * day), To: p.begun.Add(12*day + 2*time.Hour), Reason: "audit",
			}))(t)
			held := func(l moment) bool {
				in := func(h host.Hold) bool { return !l.at.Before(h.From) && !l.at.After(h.To) }
				return l.conn.ID == hold.Connection && l.stream == "groups" && in(hold) || l.conn.ID == whole.Connection && in(whole)
			}
			before := CountKeys(p.Ledger)["v"]
			since := p.Clock.At.Add(-9 * day)
			result, steps := pruneAll(t, p.Journal, journal.Retention{History: 9 * day})
			after := CountKeys(p.Ledger)["v"]
			if result.Versions == 0 || result.Changes == 0 || before-after != result.Versions || steps < 5 {
				t.Errorf("result %+v in %d steps, versions went from %d to %d", result, steps, before, after)
			}
			right, refused := p.check(since, held)
			if right == 0 || refused == 0 {
				t.Errorf("%d moments are right and %d refused", right, refused)
			}
			// Released, the rest is deleted by the next pass, and no more than that.
			Must(t, p.Release(AsTester(), hold.ID))
			Must(t, p.Release(AsTester(), whole.ID))
			pruneAll(t, p.Journal, journal.Retention{History: 9 * day})
			p.check(since, func(moment) bool { return false })
			if n := CountKeys(p.Ledger)["v"]; n >= after {
				t.Errorf("%d versions after the release, %d before", n, after)
			}
			// Reading goes on from there.
			p.Conn = p.conns[0]
			w := p.Stream(p.Begin(), Snapshot)
			OK(w.Commit(Group(Docs(0, 30, "later", 0))))(t)
			p.Verify()
		})
	}
}

// TestPruneAfterCrash stops after every step, as a crash between two transactions
// would, and goes on in a copy.
func TestPruneAfterCrash(t *testing.T) {
	t.Parallel()
	p := setupPast(t, 9)
	original, since := p.Bundle, p.Clock.At.Add(-9*day)
	retention := journal.Retention{History: 9 * day, Runs: 6 * day, Logs: 3 * day}
	for step := 1; ; step++ {
		ended, _, err := original.PruneStep(t.Context(), retention)
		Must(t, err)
		if step%7 == 1 || ended {
			dir := filepath.Join(t.TempDir(), "store")
			Must(t, os.CopyFS(dir, os.DirFS(p.Dir)))
			p.Bundle = NewBundle(t, dir)
			p.Clock, p.Conn = original.Clock, original.Conn
			p.Open()
			MakeSmall(p.Ledger)
			p.check(since, func(moment) bool { return false })
			pruneAll(t, p.Journal, retention)
			p.check(since, func(moment) bool { return false })
			if m := OK(p.Maintenance())(t); m.Pruning || m.HistorySince == nil || !m.HistorySince.Equal(since) {
				t.Errorf("maintenance after step %d is %+v", step, m)
			}
			Must(t, p.Close())
			p.Bundle = original
		}
		if ended {
			break
		}
	}
}

func TestPruneRunsAndLogs(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	MakeSmall(b.Ledger)
	var ids []string
	for i := range 90 {
		run := b.Begin()
		if i == 10 {
			OK(b.Stream(run, Snapshot).Commit(Group(Docs(0, 1, "x", 0))))(t)
		}
		Must(t, b.AppendLogs(run.ID, slices.Repeat([]host.Log{{Message: "line"}}, 30)))
		run.Status = host.StatusSucceeded
		Must(t, b.SaveRun(run))
		ids = append(ids, run.ID)
		b.Clock.At = b.Clock.At.Add(day)
	}
	open := b.Begin() // not ended, and old by then
	b.Clock.At = b.Clock.At.Add(10 * day)
	result, _ := pruneAll(t, b.Journal, journal.Retention{Runs: 20 * day, Logs: 60 * day})
	runs, _, err := b.Runs(journal.RunQuery{Connection: b.Conn.ID, Limit: 1000})
	Must(t, err)
	// 50 stay in any case, and the one that records refer to.
	if len(runs) != 51 || result.Runs != 40 || runs[50].ID != ids[10] {
		t.Errorf("%d runs are left, result %+v", len(runs), result)
	}
	for id, want := range map[string]int{ids[10]: 0, ids[89]: 30, ids[60]: 30} {
		if lines := OK(b.Logs(journal.LogQuery{Run: id}))(t).Lines; len(lines) != want {
			t.Errorf("run %s has %d lines, want %d", id, len(lines), want)
		}
	}
	if _, err := b.Run(open.ID); err != nil {
		t.Errorf("a run that has not ended is gone: %v", err)
	}
	_, err = b.Run(ids[0])
	WantProblem(t, err, host.CodeNotFound, "")
	keys := CountKeys(b.Ledger)
	if keys["r"] != keys["p"] || keys["r"] != keys["q"] {
		t.Errorf("runs %d, their indexes %d and %d", keys["r"], keys["p"], keys["q"])
	}
	if history := OK(b.Maintenance())(t); history.HistorySince != nil {
		t.Errorf("history is kept since %v, though for ever was asked for", history.HistorySince)
	}
	b.Verify()
}

func TestHold(t *testing.T) {
	t.Parallel()
	p := setupPast(t, 3)
	good := host.Hold{Connection: p.conns[0].ID, From: p.begun, To: p.begun.Add(day), Reason: "audit"}
	for name, test := range map[string]struct {
		edit        func(*host.Hold)
		code, field string
	}{
		"no reason":          {func(h *host.Hold) { h.Reason = " " }, host.CodeInvalid, "reason"},
		"ends before":        {func(h *host.Hold) { h.To = h.From.Add(-1) }, host.CodeInvalid, "to"},
		"no beginning":       {func(h *host.Hold) { h.From = time.Time{} }, host.CodeInvalid, "from"},
		"no such connection": {func(h *host.Hold) { h.Connection = "none" }, host.CodeNotFound, ""},
	} {
		bad := good
		test.edit(&bad)
		_, err := p.Hold(AsTester(), bad)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			WantProblem(t, err, test.code, test.field)
		})
	}
	first := OK(p.Hold(AsTester(), good))(t)
	pruneAll(t, p.Journal, journal.Retention{History: 9 * day})
	_, err := p.Hold(AsTester(), host.Hold{Connection: p.conns[0].ID, From: p.begun.Add(3 * day), To: p.Clock.At, Reason: "too late"})
	problem := WantProblem(t, err, host.CodeHistoryPruned, "from")
	if !strings.Contains(problem.Message, "history is kept since 2026-03-15") {
		t.Errorf("message %q does not say since when", problem.Message)
	}
	p.Clock.At = p.Clock.At.Add(time.Second)
	again := OK(p.Hold(AsTester(), good))(t) // it is still there, because it is held
	if all := OK(p.Holds())(t); len(all) != 2 || all[0].ID != first.ID || all[1].ID != again.ID {
		t.Errorf("holds are %+v", all)
	}
	p.Reopen()
	if all := OK(p.Holds())(t); len(all) != 2 {
		t.Errorf("%d holds after a restart, want 2", len(all))
	}
	Must(t, p.Release(AsTester(), first.ID))
	WantProblem(t, p.Release(AsTester(), first.ID), host.CodeNotFound, "hold")
}

// A hold that is made once a pass has begun is kept whole or refused, never
// promised and then broken.
func TestHoldMadeMeanwhile(t *testing.T) {
	t.Parallel()
	p := setupPast(t, 5)
	_, _, err := p.PruneStep(t.Context(), journal.Retention{History: 9 * day})
	Must(t, err)
	c, since := p.conns[0], p.Clock.At.Add(-9*day)
	_, err = p.Hold(AsTester(), host.Hold{Connection: c.ID, From: since.Add(-1), To: p.Clock.At, Reason: "a moment too late"})
	WantProblem(t, err, host.CodeHistoryPruned, "from")
	OK(p.Hold(AsTester(), host.Hold{Connection: c.ID, From: since, To: since.Add(day), Reason: "just in time"}))(t)
	pruneAll(t, p.Journal, journal.Retention{History: 9 * day})
	p.Clock.At = p.Clock.At.Add(10 * day) // out of the window, but for the hold
	pruneAll(t, p.Journal, journal.Retention{History: 9 * day})
	p.check(since.Add(10*day), func(l moment) bool {
		return l.conn.ID == c.ID && !l.at.Before(since) && !l.at.After(since.Add(day))
	})
}

// changes returns all changes behind a position of the feed, and its end.
func changes(p *past, after string) ([]host.FeedChange, string) {
	p.T.Helper()
	all, end, err := p.Feed(p.T.Context(), after, 100_000)
	Must(p.T, err)
	return all, end
}

func TestFeedAfterPruning(t *testing.T) {
	t.Parallel()
	p := setupPast(t, 7)
	all, end := changes(p, "")
	pruneAll(t, p.Journal, journal.Retention{History: 9 * day})
	left, same := changes(p, "")
	if len(left) == 0 || len(left) >= len(all) || same != end {
		t.Fatalf("%d of %d changes are left, the end is %s and was %s", len(left), len(all), same, end)
	}
	if n := CountKeys(p.Ledger); n["f"] != n["l"] {
		t.Errorf("%d entries of the feed for %d of the change log", n["f"], n["l"])
	}
	_, _, err := p.Feed(t.Context(), all[0].Position, 0)
	problem := WantProblem(t, err, host.CodeHistoryPruned, "after")
	if !strings.Contains(problem.Message, "2026-03-15") || problem.Remedy == "" {
		t.Errorf("problem does not say since when and what to do: %+v", problem)
	}
	// From the last pruned change on nothing is missing.
	last := all[len(all)-len(left)-1]
	if rest, _ := changes(p, last.Position); len(rest) != len(left) {
		t.Errorf("%d changes follow the last pruned one, want %d", len(rest), len(left))
	}
}

func TestPruneStops(t *testing.T) {
	t.Parallel()
	p := setupPast(t, 2)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := p.PruneStep(ctx, journal.Retention{History: day}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want cancelled", err)
	}
	if ended, result, err := p.PruneStep(t.Context(), journal.Retention{History: day}); err != nil || ended || result.Versions == 0 {
		t.Errorf("did not go on: %v, %+v, %v", ended, result, err)
	}
	if ended, _, err := Setup(t).PruneStep(t.Context(), journal.Retention{}); err != nil || !ended {
		t.Errorf("nothing to prune, and yet %v, %v", ended, err)
	}
}

// TestPruneOneLongHistory gives up more versions of one record than go into a
// step, each with its document in a pack of its own.
func TestPruneOneLongHistory(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	const versions = 30
	for i := range versions {
		b.Clock.At = b.Clock.At.Add(day)
		b.Sync(Incremental, host.OutcomeComplete, Docs(1, 1, fmt.Sprint(i), 40_000)...)
	}
	b.Clock.At = b.Clock.At.Add(100 * day)
	result, steps := pruneAll(t, b.Journal, journal.Retention{History: day})
	if result.Versions != versions-1 || steps < 4 {
		t.Errorf("%d versions pruned in %d steps, want %d in several", result.Versions, steps, versions-1)
	}
	if n := CountKeys(b.Ledger)["w"]; n != 1 {
		t.Errorf("%d packs are left, want 1", n)
	}
	if found := b.Page(journal.RecordQuery{}); len(found) != 1 || !strings.Contains(string(found[0].Data), fmt.Sprint(versions-1)) {
		t.Errorf("left are %d records", len(found))
	}
	b.Clean()
}
