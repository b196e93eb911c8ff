package task_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/task"
)

// ended follows a task to its end.
func ended(t *testing.T, tasks *task.Tasks, started host.Task) host.Task {
	t.Helper()
	for started.Status == "running" {
		next, err := tasks.Get(t.Context(), started.ID, started.Version)
		if err != nil || next.Version <= started.Version {
			t.Fatalf("after version %d came %d, %v", started.Version, next.Version, err)
		}
		started = next
	}
	return started
}

func TestATaskTellsHowItEnded(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err          error
		cancel       bool
		status, code string
	}{
		"well":                 {nil, false, "done", ""},
		"with a problem":       {host.Invalid("file", nil, "is bad"), false, "failed", host.CodeInvalid},
		"cancelled":            {nil, true, "cancelled", ""},
		"failed while stopped": {errors.New("the disk is gone"), true, "failed", host.CodeInternal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tasks := task.New(event.New(10))
			t.Cleanup(tasks.Stop)
			started, err := tasks.Start(t.Context(), "verify", func(ctx context.Context, report func(task.Progress)) (func(*host.Task), error) {
				report(task.Progress{Phase: "reading", Done: 1, Total: 2})
				if test.cancel {
					<-ctx.Done()
					if test.err == nil {
						return nil, ctx.Err()
					}
				}
				return func(t *host.Task) { t.Connector = "fake" }, test.err
			})
			if err != nil {
				t.Fatal(err)
			}
			if test.cancel {
				if _, err := tasks.Cancel(started.ID); err != nil {
					t.Fatal(err)
				}
			}
			last := ended(t, tasks, started)
			code := ""
			if last.Error != nil {
				code = last.Error.Code
			}
			if last.Status != test.status || code != test.code || last.Phase != "reading" || last.FinishedAt == nil {
				t.Errorf("it ended as %+v with %q, want %s with %q", last, code, test.status, test.code)
			}
			if done := last.Status == "done"; (last.Connector == "fake") != done {
				t.Errorf("its result is %q", last.Connector)
			}
			if latest, ok := tasks.Latest("verify"); ok != (last.Status == "done") || ok && latest.ID != last.ID {
				t.Errorf("the latest that ended well is %+v, %v", latest, ok)
			}
		})
	}
}

func TestOneTaskOfAKindRunsAtATime(t *testing.T) {
	t.Parallel()
	tasks := task.New(event.New(10))
	wait := func(ctx context.Context, _ func(task.Progress)) (func(*host.Task), error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	first, err := tasks.Start(t.Context(), "backup", wait)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tasks.Start(t.Context(), "backup", wait); hosttest.Problem(t, err).Code != host.CodeBusy {
		t.Errorf("a second backup: %v", err)
	}
	if _, err := tasks.Start(t.Context(), "verify", wait); err != nil {
		t.Errorf("another kind: %v", err)
	}
	tasks.Stop()
	if last := ended(t, tasks, first); last.Status != "cancelled" {
		t.Errorf("stopped it is %s", last.Status)
	}
	if _, err := tasks.Start(t.Context(), "backup", wait); hosttest.Problem(t, err).Code != host.CodeBusy {
		t.Errorf("after the end: %v", err)
	}
}

func TestTheLatestTasksAreRemembered(t *testing.T) {
	t.Parallel()
	tasks := task.New(event.New(10))
	t.Cleanup(tasks.Stop)
	var ids []string
	for i := range 25 {
		started, err := tasks.Start(t.Context(), fmt.Sprint("kind", i),
			func(context.Context, func(task.Progress)) (func(*host.Task), error) { return func(*host.Task) {}, nil })
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, ended(t, tasks, started).ID)
	}
	if _, err := tasks.Get(t.Context(), ids[0], 0); hosttest.Problem(t, err).Code != host.CodeNotFound {
		t.Errorf("the first of 25: %v", err)
	}
	if last, err := tasks.Get(t.Context(), ids[24], 0); err != nil || last.Status != "done" {
		t.Errorf("the last of 25 is %s, %v", last.Status, err)
	}
	if _, err := tasks.Cancel("none"); hosttest.Problem(t, err).Code != host.CodeNotFound {
		t.Errorf("cancelled what there is not: %v", err)
	}
}
