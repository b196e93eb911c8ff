package assess

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
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Parts are the open parts that Assessor works with.
type Parts struct {
	Library  func() ([]verdict.Test, error) // the tests that the product brings
	Store    *journal.Journal
	Statuses *connections.Statuses
	People   *people.People
	Now      func() time.Time
}

// Assessor is the use cases of tests. Its methods may be called from any goroutine while the parts are open.
type Assessor struct {
	parts    Parts
	programs func() ([]*monitor.Program, error) // by id; compiled when they are first needed

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
	Result   verdict.Result `json:"result"`
	Findings []verdict.Item `json:"findings" doc:"The items that do not pass and are in scope: fails first, then unknown, then excluded"`
	Left     int            `json:"findings_left,omitempty" doc:"How many more findings there are than are listed"`
	AsOf     *time.Time     `json:"as_of,omitempty" doc:"As of when the oldest list that it reads is; absent = one was never read"`
}

// New returns the use cases over parts that are open.
func New(parts Parts) *Assessor {
	return &Assessor{parts: parts, programs: sync.OnceValues(func() ([]*monitor.Program, error) { return compile(parts.Library) })}
}

// compile compiles the tests of a library, by id.
func compile(library func() ([]verdict.Test, error)) (programs []*monitor.Program, err error) {
	tests, err := library()
	if err != nil {
		return nil, err
	}
	for _, test := range tests {
		p, err := monitor.Compile(test)
		if err != nil {
			return nil, fmt.Errorf("compile test %s: %w", test.ID, err)
		}
		programs = append(programs, p)
	}
	slices.SortFunc(programs, func(a, b *monitor.Program) int { return strings.Compare(a.Test.ID, b.Test.ID) })
	return programs, nil
}

// Tests returns every test with what it finds now.
func (a *Assessor) Tests(ctx context.Context) ([]Judged, error) {
	programs, err := a.programs()
	if err != nil {
		return nil, err
	}
	e, err := a.current(ctx, programs)
	if err != nil {
		return nil, err
	}
	all := make([]Judged, 0, len(programs))
	for _, p := range programs {
		all = append(all, e.judged[p.Test.ID])
	}
	return all, nil
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
func (a *Assessor) current(ctx context.Context, programs []*monitor.Program) (*evaluation, error) {
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
	judged, err := a.evaluate(ctx, programs, now)
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
