package assess

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/internal/rulebook"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Parts are the open parts that Assessor works with.
type Parts struct {
	Rules    *rulebook.Rulebook // which tests there are, and what is decided about them
	Store    *journal.Journal
	Statuses *connections.Statuses
	People   *people.People
	Now      func() time.Time
}

// Assessor is the use cases of tests. Its methods may be called from any goroutine while the parts are open.
type Assessor struct {
	parts Parts

	mu     sync.Mutex
	latest *evaluation // nil = none
}

// evaluation is what all tests found at one moment.
type evaluation struct {
	position string // of the journal
	at       time.Time
	judged   map[string]Judged // by id of the test
}

// Judged is a test with what it found.
type Judged struct {
	verdict.Test
	verdict.Decided
	Result   verdict.Result `json:"result"`
	Findings []verdict.Item `json:"findings" doc:"The items that do not pass and are in scope: fails first, then unknown, then excluded"`
	Left     int            `json:"findings_left,omitempty" doc:"How many more findings there are than are listed"`
	AsOf     *time.Time     `json:"as_of,omitempty" doc:"As of when the oldest list that it reads is; absent = one was never read"`
}

// New returns the use cases over parts that are open.
func New(parts Parts) *Assessor { return &Assessor{parts: parts} }

// Tests returns every test with what it finds now.
func (a *Assessor) Tests(ctx context.Context) ([]Judged, error) {
	e, err := a.current(ctx)
	if err != nil {
		return nil, err
	}
	return slices.SortedFunc(maps.Values(e.judged), func(x, y Judged) int { return strings.Compare(x.ID, y.ID) }), nil
}

// Test returns one test with what it finds now.
func (a *Assessor) Test(ctx context.Context, id string) (Judged, error) {
	all, err := a.Tests(ctx)
	if err != nil {
		return Judged{}, err
	}
	at, found := slices.BinarySearchFunc(all, id, func(j Judged, id string) int { return strings.Compare(j.ID, id) })
	if !found {
		return Judged{}, host.NotFound("test", id, "`plumbline test list` names every test.")
	}
	return all[at], nil
}

// keptFor is how long an evaluation is answered from when nothing was committed since: what is old gets older.
const keptFor = time.Minute

// current returns the evaluation of now. A call that needs one while it is made waits for it.
func (a *Assessor) current(ctx context.Context) (*evaluation, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	position, err := a.parts.Store.FeedEnd()
	if err != nil {
		return nil, fmt.Errorf("read the position: %w", err)
	}
	now := a.parts.Now()
	if e := a.latest; e != nil && e.position == position && now.Sub(e.at).Abs() < keptFor {
		return e, nil
	}
	rules, err := a.parts.Rules.Rules(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	judged, err := a.evaluate(ctx, rules, now)
	if err != nil {
		return nil, err
	}
	for id, j := range judged {
		j.Result.Position = position
		judged[id] = j
	}
	a.latest = &evaluation{position: position, at: now, judged: judged}
	return a.latest, nil
}
