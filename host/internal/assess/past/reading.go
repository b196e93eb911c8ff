package past

import (
	"context"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Reads is what runs read of a list up to a moment.
type Reads struct {
	Whole *host.Run // the latest run that read all of it; nil = none
	Last  *host.Run // the latest run that read it at all; nil = none
	Gaps  []string  // what Last could not read, in words
}

// Find reads the runs of a connection that had ended by a moment, the newest first, until they tell no more of its streams.
func Find(ctx context.Context, store *journal.Journal, connection string, streams []string, at time.Time) (map[string]*Reads, error) {
	all := map[string]*Reads{}
	for _, name := range streams {
		all[name] = &Reads{}
	}
	runs := journal.RunQuery{Connection: connection, Until: at, Limit: 200}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		page, next, err := store.Runs(runs)
		if err != nil {
			return nil, fmt.Errorf("read the runs of %s: %w", connection, err)
		}
		for i := range page {
			take(all, &page[i], at)
		}
		if next == "" || known(all) {
			return all, nil
		}
		runs.Before = next
	}
}

// known reports whether older runs tell nothing more of the streams.
func known(all map[string]*Reads) bool {
	for _, r := range all {
		if r.Whole == nil {
			return false
		}
	}
	return true
}

// take notes what a run read; runs come newest first.
func take(all map[string]*Reads, run *host.Run, at time.Time) {
	if !run.Status.Final() || run.FinishedAt == nil || run.FinishedAt.After(at) {
		return
	}
	for _, step := range run.Steps {
		r := all[step.Stream]
		if r == nil || step.Stream == "" || step.Status == host.StatusSkipped {
			continue
		}
		whole := step.Status == host.StatusSucceeded && len(step.Gaps) == 0 && step.Held == 0
		if whole && r.Whole == nil {
			r.Whole = run
		}
		if r.Last == nil {
			r.Last, r.Gaps = run, gapsOf(step, whole)
		}
	}
}

// gapsOf says in words what a step could not read.
func gapsOf(step host.Step, whole bool) (gaps []string) {
	for _, g := range step.Gaps {
		gaps = append(gaps, g.Scope+": "+g.Error.Message)
	}
	switch {
	case whole || len(gaps) > 0:
	case step.Held > 0:
		gaps = []string{fmt.Sprintf("%d removals wait for a person to confirm them.", step.Held)}
	case step.Error != nil:
		gaps = []string{"The latest run failed: " + step.Error.Message}
	default:
		gaps = []string{"The latest run read it in part."}
	}
	return gaps
}

// Reading says how far a stream could be relied on at the moment. It leaves out whether the list was too old.
func (r *Reads) Reading(now verdict.Reading) verdict.Reading {
	then := verdict.Reading{Connection: now.Connection, Alias: now.Alias, Stream: now.Stream, Kind: now.Kind, Gaps: r.Gaps}
	if r.Last != nil {
		then.Run = r.Last.ID
	}
	if r.Whole == nil {
		if then.Gaps = []string{"It was never read by then."}; r.Last != nil {
			then.Gaps = []string{"It was not read to its end by then."}
		}
		return then
	}
	read := r.Whole.FinishedAt.UTC()
	then.AsOf, then.Complete = &read, r.Whole.ID == r.Last.ID
	return then
}
