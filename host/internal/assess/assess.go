package assess

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/internal/results"
	"github.com/plumbline-dev/plumbline/host/internal/rulebook"
	"github.com/plumbline-dev/plumbline/host/internal/task"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Parts are the open parts that Assessor works with.
type Parts struct {
	Rules    *rulebook.Rulebook // which tests there are, and what is decided about them
	Store    *journal.Journal
	Statuses *connections.Statuses
	People   *people.People
	Tasks    *task.Tasks
	Dir      string        // of the stored results
	Key      func() []byte // that their keys are derived from
	Now      func() time.Time
	Logger   *slog.Logger
	// Changed hears that results changed. It is a function because the log of events is a room of another floor. Nil = nobody listens.
	Changed func()
}

// Assessor is the use cases of tests. Its methods may be called from any goroutine while the parts are open.
type Assessor struct {
	parts  Parts
	stored func() *results.Store
	listed func(ctx context.Context, at time.Time) ([]list, error)

	blind func(variable string) bool // joins that are taken as never changed; nil outside tests

	turn chan struct{} // holds a token while a goroutine judges
	kick chan struct{} // wakes the follower

	// Of the goroutine that has the token.
	seen     seen
	by       *rules    // of the latest round
	judged   int       // records in the latest round
	recorded time.Time // when the history was last compared

	reading sync.Mutex
	rules   *rules // as they were read last; nil = not yet

	mu       sync.Mutex
	follows  bool
	settled  chan struct{} // closed when the follower has judged, and made anew
	progress verdict.Judging
}

// seen is what the joins of all sheets were last compared with.
type seen struct {
	changes uint64 // of the index of people
	day     string
	any     bool
}

// New returns the use cases over parts that are open.
func New(parts Parts) *Assessor {
	if parts.Logger == nil {
		parts.Logger = slog.New(slog.DiscardHandler)
	}
	if parts.Changed == nil {
		parts.Changed = func() {}
	}
	a := &Assessor{parts: parts, turn: make(chan struct{}, 1), kick: make(chan struct{}, 1), settled: make(chan struct{})}
	a.stored = sync.OnceValue(func() *results.Store { return results.Open(parts.Dir, parts.Key()) })
	a.listed = a.lists
	return a
}
