package app

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/store"
)

// Progress says how far a long work is.
type Progress = store.Progress

// tasksKept is how many ended tasks are remembered.
const tasksKept = 20

// tasks are the long works under way, one of each kind, and those that have ended
// lately. They live in memory: what they made is on disk.
//
//	running --> done | failed | cancelled
type tasks struct {
	events *event.Log
	wait   sync.WaitGroup

	mu     sync.Mutex
	closed bool
	states []*taskState // oldest first
}

type taskState struct {
	task    host.Task
	cancel  context.CancelFunc
	changed chan struct{} // closed at the next change
	told    time.Time
}

// start runs work as a task of this kind. Work fills in the result.
func (t *tasks) start(ctx context.Context, kind string, work func(context.Context, func(store.Progress)) (func(*host.Task), error)) (host.Task, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.states {
		if s.task.Status == "running" && s.task.Kind == kind {
			return host.Task{}, &host.Problem{Code: host.CodeBusy, Message: "a " + kind + " is under way already", Remedy: "Wait for it, or cancel it.", Fault: host.FaultCustomer, Retry: host.RetryAfter}
		}
	}
	if t.closed {
		return host.Task{}, &host.Problem{Code: host.CodeBusy, Message: "Plumbline is stopping", Fault: host.FaultHost, Retry: host.RetryAfter}
	}
	// The task outlives the request that started it.
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &taskState{cancel: cancel, changed: make(chan struct{}), task: host.Task{ID: ulid.Make().String(), Version: 1, Kind: kind, Status: "running", StartedAt: time.Now().UTC()}}
	t.states = append(t.states, s)
	if ended := slices.IndexFunc(t.states, func(s *taskState) bool { return s.task.Status != "running" }); len(t.states) > tasksKept && ended >= 0 {
		t.states = slices.Delete(t.states, ended, ended+1)
	}
	t.wait.Add(1)
	go t.run(ctx, s, work) // ends when the work does, or soon after cancel
	return s.task, nil
}

func (t *tasks) run(ctx context.Context, s *taskState, work func(context.Context, func(store.Progress)) (func(*host.Task), error)) {
	defer t.wait.Done()
	defer s.cancel()
	fill, err := work(ctx, func(p store.Progress) { t.progress(s, p) })
	t.update(s, func(task *host.Task) {
		at := time.Now().UTC()
		task.FinishedAt, task.Status = &at, "done"
		switch {
		case err != nil && ctx.Err() != nil && errors.Is(err, context.Canceled):
			task.Status = "cancelled"
		case err != nil:
			task.Status, task.Error = "failed", host.AsProblem(err)
		default:
			fill(task)
		}
	})
}

// progress tells how far a task is, a few times a second.
func (t *tasks) progress(s *taskState, p store.Progress) {
	t.mu.Lock()
	due := s.task.Phase != p.Phase || time.Since(s.told) > 250*time.Millisecond
	if due {
		s.told = time.Now()
	}
	t.mu.Unlock()
	if due {
		t.update(s, func(task *host.Task) { task.Phase, task.Done, task.Total = p.Phase, p.Done, p.Total })
	}
}

func (t *tasks) update(s *taskState, edit func(*host.Task)) {
	t.mu.Lock()
	edit(&s.task)
	s.task.Version++
	close(s.changed)
	s.changed = make(chan struct{})
	id := s.task.ID
	t.mu.Unlock()
	t.events.Publish("task", id, "changed")
}

// latest returns the latest task of a kind that has ended well.
func (t *tasks) latest(kind string) (host.Task, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range slices.Backward(t.states) {
		if s.task.Kind == kind && s.task.Status == "done" {
			return s.task, true
		}
	}
	return host.Task{}, false
}

func (t *tasks) stop() {
	t.mu.Lock()
	t.closed = true
	for _, s := range t.states {
		s.cancel()
	}
	t.mu.Unlock()
	t.wait.Wait()
}

func (t *tasks) find(id string) (*taskState, error) {
	for _, s := range t.states {
		if s.task.ID == id {
			return s, nil
		}
	}
	return nil, host.NotFound("task", id, "Only the latest tasks are remembered.")
}

// Task returns a task once it is past version, has ended, or ctx ends.
func (a *App) Task(ctx context.Context, id string, version int) (host.Task, error) {
	for {
		a.tasks.mu.Lock()
		s, err := a.tasks.find(id)
		if err != nil {
			a.tasks.mu.Unlock()
			return host.Task{}, err
		}
		task, changed := s.task, s.changed
		a.tasks.mu.Unlock()
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

// CancelTask asks a task to stop. What it was making is removed.
func (a *App) CancelTask(id string) (host.Task, error) {
	a.tasks.mu.Lock()
	defer a.tasks.mu.Unlock()
	s, err := a.tasks.find(id)
	if err != nil {
		return host.Task{}, err
	}
	s.cancel()
	return s.task, nil
}
