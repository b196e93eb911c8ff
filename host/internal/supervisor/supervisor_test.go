package supervisor_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
)

func TestAConnectionHasOneRunAtATime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	script, file := b.blocking("a")
	c := b.connection(t, "fake", "corp", script)
	first := b.start(t, c, supervisor.Options{Trigger: host.TriggerManual})
	_, err := b.supervisor.Start(c, supervisor.Options{Trigger: host.TriggerSchedule})
	if p := problem(t, err); p.Code != host.CodeBusy || !strings.Contains(p.Message, first.ID) || !strings.Contains(p.Remedy, first.ID) {
		t.Errorf("the second start was told %q, %q (%s); want busy with run %s", p.Message, p.Remedy, p.Code, first.ID)
	}
	if other := b.sync(t, b.connection(t, "fake", "other", `{}`)); other.Status != host.StatusSucceeded {
		t.Errorf("another connection meanwhile: %s", told(other))
	}
	unblock(t, file)
	if run := b.ended(t, first.ID); run.Status != host.StatusSucceeded {
		t.Errorf("the first run: %s", told(run))
	}
	if _, ok := b.supervisor.Active(c.ID); ok {
		t.Error("the connection has an active run after its end")
	}
	if again := b.sync(t, c); again.Epoch != first.Epoch+1 {
		t.Errorf("the next run has epoch %d after %d", again.Epoch, first.Epoch)
	}
}

func TestAConnectionIsFreeBeforeAnybodyHearsOfTheEnd(t *testing.T) {
	t.Parallel()
	var c host.Connection
	again := make(chan error, 1)
	b := setup(t, func(b *bundle, config *supervisor.Config) {
		config.Scheduler = scheduler.New(scheduler.Config{
			Dues: func() (map[string]time.Time, error) { return nil, nil },
			SetDue: func(string, time.Time) error {
				_, err := b.supervisor.Start(c, supervisor.Options{Trigger: host.TriggerRetry})
				select {
				case again <- err:
				default:
				}
				return nil
			},
		})
	})
	c = b.connection(t, "fake", "corp", `{"streams":[{"name":"users","error":"upstream.5xx"}]}`)
	b.start(t, c, supervisor.Options{Trigger: host.TriggerSchedule})
	if err := <-again; err != nil {
		t.Errorf("a start at the end of the run before: %v", err)
	}
	b.supervisor.Stop()
}

func TestRunsWaitForASlotInOrder(t *testing.T) {
	t.Parallel()
	b := setup(t, func(_ *bundle, config *supervisor.Config) { config.MaxRuns = 2 })
	runs, files := make([]host.Run, 5), make([]string, 5)
	for i := range runs {
		var script string
		script, files[i] = b.blocking(fmt.Sprint(i))
		runs[i] = b.start(t, b.connection(t, "fake", fmt.Sprintf("c%d", i), script), supervisor.Options{Trigger: host.TriggerManual})
		if runs[i].Status != host.StatusQueued || runs[i].StartedAt != nil {
			t.Fatalf("started as %+v", runs[i])
		}
	}
	for i := range runs {
		b.reading(t, runs[i].ID, 200)
		if i > 0 {
			unblock(t, files[i-1]) // the run before has kept its slot until now
			b.ended(t, runs[i-1].ID)
		}
		running := 0
		for j := i; j < len(runs); j++ {
			run, ok := b.supervisor.Run(runs[j].ID)
			if !ok {
				t.Fatalf("run %d has ended", j)
			}
			if run.Status == host.StatusRunning {
				running++
			}
			if j > i+1 && run.Status != host.StatusQueued {
				t.Errorf("with run %d in front, run %d is %s", i, j, run.Status)
			}
		}
		if running > 2 {
			t.Errorf("%d runs at one moment, want at most 2", running)
		}
	}
	unblock(t, files[4])
	b.ended(t, runs[4].ID)
}

func TestCancelWhileQueued(t *testing.T) {
	t.Parallel()
	b := setup(t, func(_ *bundle, config *supervisor.Config) { config.MaxRuns = 1 })
	script, file := b.blocking("a")
	first := b.start(t, b.connection(t, "fake", "first", script), supervisor.Options{Trigger: host.TriggerManual})
	b.reading(t, first.ID, 200)
	second := b.start(t, b.connection(t, "fake", "second", `{}`), supervisor.Options{Trigger: host.TriggerManual})
	if _, ok := b.supervisor.Cancel(second.ID); !ok {
		t.Fatal("the queued run is not known")
	}
	run := b.ended(t, second.ID)
	if want := "cancelled (cancelled) start:skipped"; told(run) != want || run.StartedAt != nil {
		t.Errorf("got %s, started %v; want %s", told(run), run.StartedAt, want)
	}
	unblock(t, file)
	b.ended(t, first.ID)
	if _, ok := b.supervisor.Cancel(second.ID); ok {
		t.Error("a run that has ended was cancelled again")
	}
}

func TestCancelWhileRunningKeepsWhatWasRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	script, file := b.blocking("a")
	c := b.connection(t, "fake", "corp", script)
	first := b.start(t, c, supervisor.Options{Trigger: host.TriggerManual})
	b.reading(t, first.ID, 200)
	begun := time.Now()
	if run, ok := b.supervisor.Cancel(first.ID); !ok || run.ID != first.ID {
		t.Fatal("the run is not known")
	}
	run := b.ended(t, first.ID)
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("the run took %s to end", took)
	}
	want := "cancelled start:succeeded connect:succeeded users:cancelled=cancelled groups:skipped devices:skipped findings:skipped"
	if told(run) != want {
		t.Errorf("got  %s\nwant %s", told(run), want)
	}
	unblock(t, file)
	next := b.sync(t, c)
	users := step(next, "users")
	if next.Status != host.StatusSucceeded || users.Read != 100 || users.Added != 100 || !users.Resumed {
		t.Errorf("the next run: %s, read %d, added %d, resumed %v; want the last 100 records, resumed", told(next), users.Read, users.Added,
			users.Resumed)
	}
	if n := b.records(t, c); n != 300 {
		t.Errorf("%d records, want 300", n)
	}
}

func TestCancelEndsAConnectorThatDoesNotListen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.connection(t, "fake", "corp", `{"streams":[{"name":"users","records":200,"page":100,"fail_at":100,"hang":true}]}`)
	first := b.start(t, c, supervisor.Options{Trigger: host.TriggerManual})
	b.reading(t, first.ID, 100)
	begun := time.Now()
	b.supervisor.Cancel(first.ID)
	run := b.ended(t, first.ID)
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("the run took %s to end", took)
	}
	if run.Status != host.StatusCancelled || step(run, "users").Status != host.StatusCancelled {
		t.Errorf("got %s", told(run))
	}
}

func TestARunEndsAtItsDeadline(t *testing.T) {
	t.Parallel()
	b := setup(t, func(_ *bundle, config *supervisor.Config) { config.Deadline = 4 * time.Second })
	script, _ := b.blocking("a")
	run := b.sync(t, b.connection(t, "fake", "corp", script))
	want := "failed start:succeeded connect:succeeded users:failed=limit.deadline groups:skipped devices:skipped findings:skipped"
	if told(run) != want {
		t.Fatalf("got  %s\nwant %s", told(run), want)
	}
	if p := step(run, "users").Error; !strings.Contains(p.Remedy, "sync.deadline") || !strings.Contains(p.Message, "4s") {
		t.Errorf("the person is told %q, %q", p.Message, p.Remedy)
	}
}

func TestStopInterruptsEveryRunAndWaits(t *testing.T) {
	t.Parallel()
	b := setup(t, func(_ *bundle, config *supervisor.Config) { config.MaxRuns = 1 })
	script, _ := b.blocking("a")
	c := b.connection(t, "fake", "running", script)
	running := b.start(t, c, supervisor.Options{Trigger: host.TriggerManual})
	queued := b.start(t, b.connection(t, "fake", "queued", `{}`), supervisor.Options{Trigger: host.TriggerManual})
	b.reading(t, running.ID, 200)
	b.supervisor.Stop()
	for id, want := range map[string]string{
		running.ID: "interrupted start:succeeded connect:succeeded users:interrupted=interrupted groups:skipped devices:skipped findings:skipped",
		queued.ID:  "interrupted (interrupted) start:skipped",
	} {
		run, err := b.store.Run(id)
		if err != nil {
			t.Fatal(err)
		}
		if told(run) != want {
			t.Errorf("after Stop: %s\nwant %s", told(run), want)
		}
	}
	if _, err := b.supervisor.Start(c, supervisor.Options{}); problem(t, err).Code != host.CodeInterrupted {
		t.Errorf("a start after Stop: %v", err)
	}
}
