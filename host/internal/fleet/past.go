package fleet

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/internal/diagnose"
	"github.com/plumbline-dev/plumbline/host/internal/insight"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

// known is what is known of the runs of a connection. Nobody changes it.
type known struct {
	facts   []insight.Fact // oldest first
	streams []string       // the names that the bits of Fact.Unread stand for
}

// past is the facts of a connection.
type past struct {
	mu         sync.Mutex
	read       bool   // once
	generation uint64 // supervisor.Generation when it was read
	known

	redo   int // how many of the facts are settled: a run behind them had not ended when it was read; -1 = all
	worked *diagnose.WorkedFacts
}

// forget drops the pasts of connections that are gone, and those of which a pruning deleted runs.
func (f *Fleet) forget(all []host.Connection) error {
	maintained, err := f.parts.Store.Maintenance()
	if err != nil {
		return fmt.Errorf("read maintenance: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	there := make(map[string]bool, len(all))
	for _, c := range all {
		there[c.ID] = true
	}
	for id := range f.pasts {
		if !there[id] {
			delete(f.pasts, id)
		}
	}
	if at := maintained.PrunedAt; maintained.Pruning || at != nil && !at.Equal(f.pruned) {
		for id, p := range f.pasts {
			if !f.whole(p) {
				delete(f.pasts, id)
			}
		}
		if at != nil && !maintained.Pruning {
			f.pruned = *at
		}
	}
	return nil
}

// whole reports whether the oldest run that a past knows is still stored: pruning begins with the oldest.
func (f *Fleet) whole(p *past) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.facts) == 0 {
		return true
	}
	_, err := f.parts.Store.Run(p.facts[0].Run)
	return err == nil
}

// know brings the pasts of members up to date, several at a time.
func (f *Fleet) know(ctx context.Context, members []member) error {
	behind := make(chan *member, len(members))
	for i := range members {
		m := &members[i]
		p := f.past(m.ID)
		if k, ok := f.current(p, m.ID); ok {
			m.known = k
			continue
		}
		behind <- m
	}
	close(behind)
	workers := min(len(behind), runtime.GOMAXPROCS(0))
	failures := make([]error, workers)
	var wait sync.WaitGroup
	for i := range workers {
		wait.Go(func() { // ends when every past is current, or with the first failure
			for m := range behind {
				if m.known, failures[i] = f.catchUp(ctx, f.past(m.ID), m.Connection); failures[i] != nil {
					return
				}
			}
		})
	}
	wait.Wait()
	return errors.Join(failures...)
}

func (f *Fleet) past(connection string) *past {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.pasts[connection]
	if p == nil {
		p = &past{redo: -1}
		f.pasts[connection] = p
	}
	return p
}

// current returns what a past knows if no run has ended since.
func (f *Fleet) current(p *past, connection string) (known, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known, p.read && p.generation == f.parts.Supervisor.Generation(connection)
}

// catchUp reads the runs of a connection that ended since.
func (f *Fleet) catchUp(ctx context.Context, p *past, c host.Connection) (known, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	generation := f.parts.Supervisor.Generation(c.ID)
	if p.read && p.generation == generation {
		return p.known, nil
	}
	facts := p.facts
	if p.redo >= 0 {
		facts = slices.Clip(facts[:p.redo])
	}
	runs, err := f.runsAfter(ctx, c.ID, facts)
	if err != nil {
		return known{}, err
	}
	edits := edits{fleet: f, connection: c.ID}
	redo := -1
	for i := range slices.Backward(runs) {
		run := &runs[i]
		if !run.Status.Final() {
			if redo < 0 {
				redo = len(facts)
			}
			continue
		}
		fact, err := p.factOf(ctx, run, &edits)
		if err != nil {
			return known{}, err
		}
		facts = append(facts, fact)
		if run.Status == host.StatusSucceeded && run.FinishedAt != nil {
			p.worked = diagnose.WorkedIn(run)
		}
	}
	p.facts, p.redo, p.read, p.generation = facts, redo, true, generation
	f.unkept.Add(int64(len(runs)))
	return p.known, nil
}

// runsAfter returns the runs behind the last of the facts, newest first.
func (f *Fleet) runsAfter(ctx context.Context, connection string, facts []insight.Fact) (after []host.Run, err error) {
	latest := ""
	if len(facts) > 0 {
		latest = facts[len(facts)-1].Run
	}
	query := journal.RunQuery{Connection: connection, Limit: 10}
	if latest == "" {
		query.Limit = 500
	}
	for {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("read runs: %w", err)
		}
		runs, next, err := f.parts.Store.Runs(query)
		if err != nil {
			return nil, fmt.Errorf("read runs: %w", err)
		}
		for i := range runs {
			if runs[i].ID == latest {
				return after, nil
			}
			// An outcome that could not be stored yet is known to the supervisor alone.
			if run, ok := f.parts.Supervisor.Run(runs[i].ID); ok && run.Status.Final() {
				runs[i] = run
			}
			after = append(after, runs[i])
		}
		if next == "" {
			return after, nil
		}
		query.Before, query.Limit = next, 500
	}
}

// factOf returns the fact of a finished run.
func (p *past) factOf(ctx context.Context, run *host.Run, edits *edits) (insight.Fact, error) {
	if !insight.NeedsCause(run) {
		return insight.FactOf(run, ""), nil
	}
	facts := diagnose.Facts{Connection: run.Connection, Alias: run.Alias, Run: run, Worked: p.worked}
	if program, ok := diagnose.OtherProgram(run, p.worked); ok {
		facts.Changes = append(facts.Changes, program)
	}
	since := time.Time{}
	if p.worked != nil {
		since = p.worked.At
	}
	changes, err := edits.between(ctx, since, run.QueuedAt)
	if err != nil {
		return insight.Fact{}, err
	}
	facts.Changes = append(facts.Changes, changes...)
	cause, _ := diagnose.First(facts)
	fact := insight.FactOf(run, orUnknown(cause))
	for i := range run.Steps {
		if s := &run.Steps[i]; s.Stream != "" && (s.Status != host.StatusSucceeded || len(s.Gaps) > 0) {
			fact.Unread |= p.bit(s.Stream)
		}
	}
	return fact, nil
}

func orUnknown(cause diagnosis.CauseID) diagnosis.CauseID {
	if cause == "" {
		return diagnosis.CauseUnknown
	}
	return cause
}

// bit returns the bit of a stream, 0 when there are more streams than bits.
func (p *past) bit(stream string) uint64 {
	i := slices.Index(p.streams, stream)
	if i < 0 {
		i = len(p.streams)
		p.streams = append(p.streams, stream)
	}
	if i >= insight.MostStreams {
		return 0
	}
	return 1 << i
}

// edits are the edits of a connection, read when they are first asked for.
type edits struct {
	fleet      *Fleet
	connection string
	read       bool
	all        []diagnose.Since // newest first
}

// mostEdits bounds how many entries of the audit log are read: as many as an explanation reads.
const mostEdits = 100

// between returns the edits after one moment and up to another.
func (e *edits) between(ctx context.Context, since, until time.Time) (some []diagnose.Since, err error) {
	if !e.read {
		query := journal.AuditQuery{Collection: "connection", Key: e.connection, Limit: mostEdits}
		entries, _, err := e.fleet.parts.Store.Audit(ctx, query)
		if err != nil {
			return nil, fmt.Errorf("read edits: %w", err)
		}
		for _, entry := range entries {
			e.all = append(e.all, diagnose.Edited(entry)...)
		}
		e.read = true
	}
	for _, one := range e.all {
		if !one.At.Before(since) && !one.At.After(until) {
			some = append(some, one)
		}
	}
	return some, nil
}
