package timeline

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/internal/rulebook"
	"github.com/plumbline-dev/plumbline/host/internal/task"
)

// ruling is a test as it is now, with the exclusions that counted at some moment.
type ruling struct {
	rulebook.Rule
	excluded []excluded
}

// Parts are the open parts that Timeline works with.
type Parts struct {
	Rules    *rulebook.Rulebook // which tests there are, and what is decided about them
	Store    *journal.Journal
	Statuses *connections.Statuses
	People   *people.People
	Tasks    *task.Tasks // for what takes long
	Now      func() time.Time
	Location *time.Location // of schedules, whose days a period has; nil = UTC
}

// Timeline is the use cases of periods. Its methods may be called from any goroutine while the parts are open.
type Timeline struct {
	parts Parts
	kept  keptHeld
}

// New returns the use cases over parts that are open.
func New(parts Parts) *Timeline { return &Timeline{parts: parts} }

// rules returns the tests as they are now, by id, with the exclusions that were made before a moment; the zero time is now.
func (a *Timeline) rules(ctx context.Context, until time.Time) ([]ruling, error) {
	if now := a.parts.Now(); until.IsZero() || until.After(now) {
		until = now
	}
	tests, err := a.parts.Rules.Rules(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	made, err := a.parts.Rules.PastExclusions(until)
	if err != nil {
		return nil, err
	}
	all := make([]ruling, 0, len(tests))
	for _, test := range tests {
		r := ruling{Rule: test}
		for _, e := range made[test.Program.Test.ID] {
			one := excluded{item: monitor.ItemID(e.Connection, e.Stream, e.Key), exclusion: e.Exclusion}
			if e.Withdrawn != nil {
				one.withdrawn = &e.Withdrawn.At
			}
			r.excluded = append(r.excluded, one)
		}
		all = append(all, r)
	}
	return all, nil
}

// rule returns the test with an id.
func (a *Timeline) rule(ctx context.Context, id string, until time.Time) (ruling, error) {
	all, err := a.rules(ctx, until)
	if err != nil {
		return ruling{}, err
	}
	at, found := slices.BinarySearchFunc(all, id, func(r ruling, id string) int { return strings.Compare(r.Program.Test.ID, id) })
	if !found {
		return ruling{}, host.NotFound("test", id, "`plumbline test list` names every test.")
	}
	return all[at], nil
}
