package timeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/internal/task"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Rule is a test as it is judged: with the parameters that a company set, and the items that it excluded at some time.
type Rule struct {
	Program    *monitor.Program
	Parameters map[string]any
	Excluded   []Excluded
}

// Parts are the open parts that Timeline works with.
type Parts struct {
	// Rules returns the tests as they are judged, with what was excluded at some moment up to one. It is a function because tests are
	// made of the library and of what people decide.
	Rules    func(ctx context.Context, until time.Time) ([]Rule, error)
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

// Library returns the rules of a library, with nothing set and nothing excluded. It compiles the tests when they are first asked for.
func Library(tests func() ([]verdict.Test, error)) func(context.Context, time.Time) ([]Rule, error) {
	compiled := sync.OnceValues(func() ([]Rule, error) {
		all, err := tests()
		if err != nil {
			return nil, err
		}
		rules := make([]Rule, 0, len(all))
		for _, test := range all {
			p, err := monitor.Compile(test)
			if err != nil {
				return nil, fmt.Errorf("compile test %s: %w", test.ID, err)
			}
			rules = append(rules, Rule{Program: p})
		}
		return rules, nil
	})
	return func(context.Context, time.Time) ([]Rule, error) { return compiled() }
}

// rules returns the tests, by id.
func (a *Timeline) rules(ctx context.Context, until time.Time) ([]Rule, error) {
	if now := a.parts.Now(); until.IsZero() || until.After(now) {
		until = now
	}
	all, err := a.parts.Rules(ctx, until)
	if err != nil {
		return nil, err
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Rule) int { return strings.Compare(a.Program.Test.ID, b.Program.Test.ID) })
	return all, nil
}

// rule returns the test with an id.
func (a *Timeline) rule(ctx context.Context, id string, until time.Time) (Rule, error) {
	all, err := a.rules(ctx, until)
	if err != nil {
		return Rule{}, err
	}
	at, found := slices.BinarySearchFunc(all, id, func(r Rule, id string) int { return strings.Compare(r.Program.Test.ID, id) })
	if !found {
		return Rule{}, host.NotFound("test", id, "`plumbline test list` names every test.")
	}
	return all[at], nil
}
