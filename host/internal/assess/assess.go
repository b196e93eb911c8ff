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

// Parts are the open parts that Tests works with.
type Parts struct {
	Library  []verdict.Test // the tests that the product brings
	Store    *journal.Journal
	Statuses *connections.Statuses
	People   *people.People
	Now      func() time.Time
}

// Tests is the use cases of tests. Its methods may be called from any goroutine while the parts are open.
type Tests struct {
	parts    Parts
	programs []*monitor.Program // by id

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
}

// New returns the use cases over parts that are open. A test of the library with a mistake is an error.
func New(parts Parts) (*Tests, error) {
	t := &Tests{parts: parts}
	for _, test := range parts.Library {
		p, err := monitor.Compile(test)
		if err != nil {
			return nil, fmt.Errorf("compile test %s: %w", test.ID, host.AsProblem(err))
		}
		t.programs = append(t.programs, p)
	}
	slices.SortFunc(t.programs, func(a, b *monitor.Program) int { return strings.Compare(a.Test.ID, b.Test.ID) })
	return t, nil
}

// All returns every test with what it finds now.
func (t *Tests) All(ctx context.Context) ([]Judged, error) {
	e, err := t.current(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]Judged, 0, len(t.programs))
	for _, p := range t.programs {
		all = append(all, e.judged[p.Test.ID])
	}
	return all, nil
}

// Test returns one test with what it finds now.
func (t *Tests) Test(ctx context.Context, id string) (Judged, error) {
	if !slices.ContainsFunc(t.programs, func(p *monitor.Program) bool { return p.Test.ID == id }) {
		return Judged{}, host.NotFound("test", id, "`plumbline test list` names every test.")
	}
	e, err := t.current(ctx)
	if err != nil {
		return Judged{}, err
	}
	return e.judged[id], nil
}

// keptFor is how long an evaluation is answered from when nothing was committed since: what is old gets older.
const keptFor = time.Minute

// current returns the evaluation of now. A call that needs one while it is made waits for it.
func (t *Tests) current(ctx context.Context) (*evaluation, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	position, err := t.parts.Store.FeedEnd()
	if err != nil {
		return nil, fmt.Errorf("read the position: %w", err)
	}
	now := t.parts.Now()
	if e := t.latest; e != nil && e.position == position && now.Sub(e.at).Abs() < keptFor {
		return e, nil
	}
	judged, err := t.evaluate(ctx, t.programs, now)
	if err != nil {
		return nil, err
	}
	for id, j := range judged {
		j.Result.Position = position
		judged[id] = j
	}
	t.latest = &evaluation{position: position, at: now, judged: judged}
	return t.latest, nil
}
