package task

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

// Progress says how far a task is.
type Progress = journal.Progress

// kept is how many tasks the table holds.
const kept = 20

// Work is what a task does. It calls report as it goes and returns the function that
// enters its result into the task.
type Work func(ctx context.Context, report func(Progress)) (enter func(*host.Task), err error)

// Tasks are the tasks under way, one of each kind, and those that have ended lately. They
// are not stored; their results are.
//
//	running --> done | failed | cancelled
type Tasks struct {
	events *event.Log
	wait   sync.WaitGroup

	mu     sync.Mutex
	closed bool
	states []*state // oldest first
}

type state struct {
	task    host.Task
	cancel  context.CancelFunc
	changed chan struct{} // closed at the next change
	shown   time.Time     // when progress was last published
}

// New returns an empty table. Each change of a task is an event of the topic task.
func New(events *event.Log) *Tasks { return &Tasks{events: events} }

// Start runs work as a task of this kind, one at a time of each kind.
func (t *Tasks) Start(ctx context.Context, kind string, work Work) (host.Task, error) {
	return t.StartAs(ctx, NewID(), kind, work)
}

// NewID returns the id of a task that StartAs starts.
func NewID() string { return ulid.Make().String() }

// StartAs is Start for work that needs to know the id of its task.
func (t *Tasks) StartAs(ctx context.Context, id, kind string, work Work) (host.Task, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.states {
		if s.task.Status == "running" && s.task.Kind == kind {
			return host.Task{}, &host.Problem{
				Code: host.CodeBusy, Message: "a task of the kind " + kind + " is under way already", Remedy: "Wait for it, or cancel it.",
				Fault: host.FaultCustomer, Retry: host.RetryAfter,
			}
		}
	}
	if t.closed {
		return host.Task{}, &host.Problem{Code: host.CodeBusy, Message: "Plumbline is stopping", Fault: host.FaultHost, Retry: host.RetryAfter}
	}
	// The task outlives the request that started it.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &state{cancel: cancel, changed: make(chan struct{}), task: host.Task{
		ID: id, Version: 1, Kind: kind, Status: "running", StartedAt: time.Now().UTC(),
	}}
	t.states = append(t.states, s)
	ended := slices.IndexFunc(t.states, func(s *state) bool { return s.task.Status != "running" })
	if len(t.states) > kept && ended >= 0 {
		t.states = slices.Delete(t.states, ended, ended+1)
	}
	t.wait.Add(1)
	go t.run(ctx, s, work) // ends when the work does, or soon after cancel
	return s.task, nil
}

func (t *Tasks) run(ctx context.Context, s *state, work Work) {
	defer t.wait.Done()
	defer s.cancel()
	enter, err := work(ctx, func(p Progress) { t.progress(s, p) })
	t.update(s, func(task *host.Task) {
		at := time.Now().UTC()
		task.FinishedAt, task.Status = &at, "done"
		switch {
		case err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled):
			task.Status = "cancelled"
		case err != nil:
			task.Status, task.Error = "failed", host.AsProblem(err)
		default:
			enter(task)
		}
	})
}

// progress publishes how far a task is, a few times a second.
func (t *Tasks) progress(s *state, p Progress) {
	t.mu.Lock()
	due := s.task.Phase != p.Phase || time.Since(s.shown) > 250*time.Millisecond
	if due {
		s.shown = time.Now()
	}
	t.mu.Unlock()
	if due {
		t.update(s, func(task *host.Task) { task.Phase, task.Done, task.Total = p.Phase, p.Done, p.Total })
	}
}

func (t *Tasks) update(s *state, edit func(*host.Task)) {
	t.mu.Lock()
	edit(&s.task)
	s.task.Version++
	close(s.changed)
	s.changed = make(chan struct{})
	id := s.task.ID
	t.mu.Unlock()
	t.events.Publish("task", id, "changed")
}

// Latest returns the latest task of a kind that has ended well.
func (t *Tasks) Latest(kind string) (host.Task, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range slices.Backward(t.states) {
		if s.task.Kind == kind && s.task.Status == "done" {
			return s.task, true
		}
	}
	return host.Task{}, false
}

// List returns the tasks of a kind, or all when kind is empty, newest first.
func (t *Tasks) List(kind string) []host.Task {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := []host.Task{}
	for _, s := range slices.Backward(t.states) {
		if kind == "" || s.task.Kind == kind {
			list = append(list, s.task)
		}
	}
	return list
}

// Stop cancels every task and waits for all of them. No task starts afterwards.
func (t *Tasks) Stop() {
	t.mu.Lock()
	t.closed = true
	for _, s := range t.states {
		s.cancel()
	}
	t.mu.Unlock()
	t.wait.Wait()
}

func (t *Tasks) findLocked(id string) (*state, error) {
	for _, s := range t.states {
		if s.task.ID == id {
			return s, nil
		}
	}
	return nil, host.NotFound("task", id, "Only the latest tasks are kept.")
}

// Get returns a task once it is past version, has ended, or ctx ends.
func (t *Tasks) Get(ctx context.Context, id string, version int) (host.Task, error) {
	for {
		t.mu.Lock()
		s, err := t.findLocked(id)
		if err != nil {
			t.mu.Unlock()
			return host.Task{}, err
		}
		task, changed := s.task, s.changed
		t.mu.Unlock()
		if task.Version > version || task.Status != "running" {
			return task, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return task, nil
		}
	}
}

// Cancel asks a task to stop.
func (t *Tasks) Cancel(id string) (host.Task, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, err := t.findLocked(id)
	if err != nil {
		return host.Task{}, err
	}
	s.cancel()
	return s.task, nil
}
