package journal_test

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
)

const day = 24 * time.Hour

// pruneAll runs rounds of pruning to their end.
func pruneAll(t *testing.T, s *journal.Journal, r journal.Retention) (result host.PruneResult, steps int) {
	t.Helper()
	for {
		ended, result, err := s.PruneStep(t.Context(), r)
		must(t, err)
		if steps++; ended {
			return result, steps
		}
		if steps > 10_000 {
			t.Fatal("pruning does not end")
		}
	}
}

// past is a store with a random history over 24 days, and what every stream looked
// like after each of them.
type past struct {
	*bundle
	begun   time.Time
	streams []string
	conns   []host.Connection
	looks   []look
}

type look struct {
	conn   host.Connection
	stream string
	at     time.Time
	state  []string
}

func setupPast(t *testing.T, seed uint64) *past {
	t.Helper()
	p := &past{bundle: setup(t), streams: []string{"users", "groups"}}
	p.MakeSmall()
	p.begun = p.clock.at
	random := rand.New(rand.NewPCG(seed, 1))
	p.conns = []host.Connection{p.conn, ok(p.CreateConnection(asTester(), host.Connection{Alias: "other"}, nil))(t)}
	for d := range 24 {
		p.clock.at = p.begun.Add(time.Duration(d) * day)
		for _, c := range p.conns {
			p.conn = c
			run := p.begin()
			for _, name := range p.streams {
				info := snapshot
				info.Name = name
				if random.IntN(3) == 0 {
					continue
				}
				w := p.stream(run, info)
				var list []host.Write
				for n := range 12 {
					next := record(fmt.Sprint("r", n), fmt.Sprint(random.IntN(3)))
					if random.IntN(4) == 0 {
						next = host.Write{Key: next.Key, Removed: true} // it is removed, or stays away
					}
					list = append(list, next)
				}
				ok(w.Commit(group(list)))(t)
				ok(w.Finish(complete()))(t)
			}
			must(t, p.AppendLogs(run.ID, []host.Log{{Message: "one"}, {Message: "two"}}))
			run.Status = host.StatusSucceeded
			must(t, p.SaveRun(run))
		}
		p.look(p.clock.at.Add(time.Hour))
	}
	return p
}

// look notes how everything is.
func (p *past) look(at time.Time) {
	for _, c := range p.conns {
		for _, name := range p.streams {
			p.looks = append(p.looks, look{c, name, at, p.stateAt(c, name, at)})
		}
	}
}

func (p *past) stateAt(c host.Connection, stream string, at time.Time) []string {
	p.t.Helper()
	p.conn = c
	return p.state(journal.RecordQuery{Stream: stream, AsOf: at, Limit: 100})
}

// check holds every look that must still be right against the store, and sees
// that every other is refused. It returns how many were right and refused.
func (p *past) check(s *journal.Journal, since time.Time, held func(look) bool) (right, refused int) {
	p.t.Helper()
	p.Journal = s
	for _, l := range p.looks {
		p.conn = l.conn
		_, _, err := p.Records(p.t.Context(), journal.RecordQuery{Connection: l.conn.ID, Stream: l.stream, AsOf: l.at})
		if l.at.Before(since) && !held(l) {
			wantProblem(p.t, err, host.CodeHistoryPruned, "as_of")
			refused++
			continue
		}
		must(p.t, err)
		same(p.t, fmt.Sprintf("%s/%s as of %s", l.conn.Alias, l.stream, l.at), p.stateAt(l.conn, l.stream, l.at), l.state)
		right++
	}
	for _, c := range p.conns {
		if err := s.Verify(p.t.Context(), c.ID); err != nil {
			p.t.Errorf("connection %s: %v", c.Alias, err)
		}
	}
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
			hold := ok(p.Hold(asTester(), host.Hold{
				Connection: p.conns[1].ID, Stream: "groups", From: p.begun.Add(5 * day), To: p.begun.Add(9 * day), Reason: "evidence of March",
			}))(t)
			whole := ok(p.Hold(asTester(), host.Hold{Connection: p.conns[0].ID, From: p.begun.Add(12 * day), To: p.begun.Add(12*day + 2*time.Hour), Reason: "audit"}))(t)
			held := func(l look) bool {
				in := func(h host.Hold) bool { return !l.at.Before(h.From) && !l.at.After(h.To) }
				return l.conn.ID == hold.Connection && l.stream == "groups" && in(hold) || l.conn.ID == whole.Connection && in(whole)
			}
			before := p.CountKeys()["v"]
			since := p.clock.at.Add(-9 * day)
			result, steps := pruneAll(t, p.Journal, journal.Retention{History: 9 * day})
			after := p.CountKeys()["v"]
			if result.Versions == 0 || result.Changes == 0 || before-after != result.Versions || steps < 5 {
				t.Errorf("result %+v in %d steps, versions went from %d to %d", result, steps, before, after)
			}
			right, refused := p.check(p.Journal, since, held)
			if right == 0 || refused == 0 {
				t.Errorf("%d looks are right and %d refused", right, refused)
			}
			// Released, the rest goes with the next round, and no more than that.
			must(t, p.Release(asTester(), hold.ID))
			must(t, p.Release(asTester(), whole.ID))
			pruneAll(t, p.Journal, journal.Retention{History: 9 * day})
			p.check(p.Journal, since, func(look) bool { return false })
			if n := p.CountKeys()["v"]; n >= after {
				t.Errorf("%d versions after the release, %d before", n, after)
			}
			// Reading goes on from there.
			p.conn = p.conns[0]
			w := p.stream(p.begin(), snapshot)
			ok(w.Commit(group(docs(0, 30, "later", 0))))(t)
			p.verify()
		})
	}
}

// TestPruneAfterCrash stops after every step, as a crash between two transactions
// would, and goes on in a copy.
func TestPruneAfterCrash(t *testing.T) {
	t.Parallel()
	p := setupPast(t, 9)
	original, since := p.Journal, p.clock.at.Add(-9*day)
	retention := journal.Retention{History: 9 * day, Runs: 6 * day, Logs: 3 * day}
	for step := 1; ; step++ {
		ended, _, err := original.PruneStep(t.Context(), retention)
		must(t, err)
		if step%7 == 1 || ended {
			dir := filepath.Join(t.TempDir(), "store")
			must(t, os.CopyFS(dir, os.DirFS(p.dir)))
			o := options(dir)
			o.Now = p.clock.now
			s := ok(journal.Open(o))(t)
			s.MakeSmall()
			p.check(s, since, func(look) bool { return false })
			pruneAll(t, s, retention)
			p.check(s, since, func(look) bool { return false })
			if m := ok(s.Maintenance())(t); m.Pruning || m.HistorySince == nil || !m.HistorySince.Equal(since) {
				t.Errorf("maintenance after step %d is %+v", step, m)
			}
			must(t, s.Close())
		}
		if ended {
			break
		}
	}
	p.Journal = original
}

func TestPruneRunsAndLogs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.MakeSmall()
	var ids []string
	for i := range 90 {
		run := b.begin()
		if i == 10 {
			ok(b.stream(run, snapshot).Commit(group(docs(0, 1, "x", 0))))(t)
		}
		must(t, b.AppendLogs(run.ID, slices.Repeat([]host.Log{{Message: "line"}}, 30)))
		run.Status = host.StatusSucceeded
		must(t, b.SaveRun(run))
		ids = append(ids, run.ID)
		b.clock.at = b.clock.at.Add(day)
	}
	open := b.begin() // not ended, and old by then
	b.clock.at = b.clock.at.Add(10 * day)
	result, _ := pruneAll(t, b.Journal, journal.Retention{Runs: 20 * day, Logs: 60 * day})
	runs, _, err := b.Runs(journal.RunQuery{Connection: b.conn.ID, Limit: 1000})
	must(t, err)
	// 50 stay in any case, and the one that records refer to.
	if len(runs) != 51 || result.Runs != 40 || runs[50].ID != ids[10] {
		t.Errorf("%d runs are left, result %+v", len(runs), result)
	}
	for id, want := range map[string]int{ids[10]: 0, ids[89]: 30, ids[60]: 30} {
		if lines := ok(b.Logs(id, 0, 0))(t); len(lines) != want {
			t.Errorf("run %s has %d lines, want %d", id, len(lines), want)
		}
	}
	if _, err := b.Run(open.ID); err != nil {
		t.Errorf("a run that has not ended is gone: %v", err)
	}
	_, err = b.Run(ids[0])
	wantProblem(t, err, host.CodeNotFound, "")
	keys := b.CountKeys()
	if keys["r"] != keys["p"] || keys["r"] != keys["q"] {
		t.Errorf("runs %d, their indexes %d and %d", keys["r"], keys["p"], keys["q"])
	}
	if history := ok(b.Maintenance())(t); history.HistorySince != nil {
		t.Errorf("history is kept since %v, though for ever was asked for", history.HistorySince)
	}
	b.verify()
}

func TestHold(t *testing.T) {
	t.Parallel()
	p := setupPast(t, 3)
	good := host.Hold{Connection: p.conns[0].ID, From: p.begun, To: p.begun.Add(day), Reason: "audit"}
	for name, test := range map[string]struct {
		edit        func(*host.Hold)
		code, field string
	}{
		"no reason":        {func(h *host.Hold) { h.Reason = " " }, host.CodeInvalid, "reason"},
		"ends before":      {func(h *host.Hold) { h.To = h.From.Add(-1) }, host.CodeInvalid, "to"},
		"no beginning":     {func(h *host.Hold) { h.From = time.Time{} }, host.CodeInvalid, "from"},
		"nobody's history": {func(h *host.Hold) { h.Connection = "nobody" }, host.CodeNotFound, ""},
	} {
		bad := good
		test.edit(&bad)
		_, err := p.Hold(asTester(), bad)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantProblem(t, err, test.code, test.field)
		})
	}
	first := ok(p.Hold(asTester(), good))(t)
	pruneAll(t, p.Journal, journal.Retention{History: 9 * day})
	_, err := p.Hold(asTester(), host.Hold{Connection: p.conns[0].ID, From: p.begun.Add(3 * day), To: p.clock.at, Reason: "too late"})
	problem := wantProblem(t, err, host.CodeHistoryPruned, "from")
	if !strings.Contains(problem.Message, "history is kept since 2026-03-15") {
		t.Errorf("message %q does not say since when", problem.Message)
	}
	p.clock.at = p.clock.at.Add(time.Second)
	again := ok(p.Hold(asTester(), good))(t) // it is still there, because it is held
	if all := ok(p.Holds())(t); len(all) != 2 || all[0].ID != first.ID || all[1].ID != again.ID {
		t.Errorf("holds are %+v", all)
	}
	p.reopen()
	if all := ok(p.Holds())(t); len(all) != 2 {
		t.Errorf("%d holds after a restart, want 2", len(all))
	}
	must(t, p.Release(asTester(), first.ID))
	wantProblem(t, p.Release(asTester(), first.ID), host.CodeNotFound, "hold")
}

// A hold that is made once a round has begun is kept whole or refused, never
// promised and then broken.
func TestHoldMadeMeanwhile(t *testing.T) {
	t.Parallel()
	p := setupPast(t, 5)
	_, _, err := p.PruneStep(t.Context(), journal.Retention{History: 9 * day})
	must(t, err)
	c, since := p.conns[0], p.clock.at.Add(-9*day)
	_, err = p.Hold(asTester(), host.Hold{Connection: c.ID, From: since.Add(-1), To: p.clock.at, Reason: "a moment too late"})
	wantProblem(t, err, host.CodeHistoryPruned, "from")
	ok(p.Hold(asTester(), host.Hold{Connection: c.ID, From: since, To: since.Add(day), Reason: "just in time"}))(t)
	pruneAll(t, p.Journal, journal.Retention{History: 9 * day})
	p.clock.at = p.clock.at.Add(10 * day) // out of the window, but for the hold
	pruneAll(t, p.Journal, journal.Retention{History: 9 * day})
	p.check(p.Journal, since.Add(10*day), func(l look) bool {
		return l.conn.ID == c.ID && !l.at.Before(since) && !l.at.After(since.Add(day))
	})
}

func TestFeedAfterPruning(t *testing.T) {
	t.Parallel()
	p := setupPast(t, 7)
	all, end := follow(t, p.Journal, "", 100)
	pruneAll(t, p.Journal, journal.Retention{History: 9 * day})
	left, same := follow(t, p.Journal, "", 100)
	if len(left) == 0 || len(left) >= len(all) || same != end {
		t.Fatalf("%d of %d changes are left, the end is %s and was %s", len(left), len(all), same, end)
	}
	if n := p.CountKeys(); n["f"] != n["l"] {
		t.Errorf("%d entries of the feed for %d of the change log", n["f"], n["l"])
	}
	_, _, err := p.Feed(t.Context(), all[0].Position, 0)
	problem := wantProblem(t, err, host.CodeHistoryPruned, "after")
	if !strings.Contains(problem.Message, "2026-03-15") || problem.Remedy == "" {
		t.Errorf("problem does not say since when and what to do: %+v", problem)
	}
	// From the last pruned change on nothing is missing.
	last := all[len(all)-len(left)-1]
	if rest, _ := follow(t, p.Journal, last.Position, 100); len(rest) != len(left) {
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
	if ended, _, err := setup(t).PruneStep(t.Context(), journal.Retention{}); err != nil || !ended {
		t.Errorf("nothing to prune, and yet %v, %v", ended, err)
	}
}
