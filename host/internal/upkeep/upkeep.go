package upkeep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/export"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
)

const (
	spaceEvery     = 5 * time.Second  // how often the disk is measured
	maintainEvery  = 10 * time.Minute // how often the store is maintained while no run is under way
	maintainAnyway = 6 * time.Hour    // after this long, also while runs are under way
	pruneEvery     = 24 * time.Hour   // how often pruning begins
	progressLog    = 10 * time.Second // how often its progress is logged
)

// Config is what the upkeep works with.
type Config struct {
	Store      *journal.Journal
	Supervisor *supervisor.Supervisor
	Scheduler  *scheduler.Scheduler // nil = the host runs no schedule
	Events     *event.Log
	Logger     *slog.Logger
	Retention  journal.Retention
	Exports    export.Files
	Started    time.Time // of the host; a run that ended by then was interrupted
}

// Upkeep maintains the store. Create it with New.
type Upkeep struct {
	config Config
	cancel context.CancelFunc
	done   chan struct{} // closed when the goroutine has ended; nil = not started

	maintained time.Time // the last time; only the goroutine reads it

	mu          sync.Mutex
	paused      bool // as last published
	interrupted bool // runs that a crash left wait for room to be closed
}

// New returns an upkeep that does nothing until Start.
func New(config Config) *Upkeep { return &Upkeep{config: config, interrupted: true} }

// Start begins to maintain the store, until Stop.
func (u *Upkeep) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	u.cancel, u.done = cancel, make(chan struct{})
	u.maintained = time.Now().Add(time.Minute - maintainEvery) // one minute after the start
	go u.run(ctx)                                              // ends in Stop
}

// Stop ends it and waits for the step in progress.
func (u *Upkeep) Stop() {
	if u.done == nil {
		return
	}
	u.cancel()
	<-u.done
}

func (u *Upkeep) run(ctx context.Context) {
	defer close(u.done)
	ticker := time.NewTicker(spaceEvery)
	defer ticker.Stop()
	for {
		u.CheckDisk()
		since := time.Since(u.maintained)
		if since >= maintainEvery && u.config.Supervisor.Idle() || since >= maintainAnyway {
			if err := u.Maintain(ctx, since >= maintainAnyway); err != nil && ctx.Err() == nil {
				u.config.Logger.Error("maintain store", "err", err)
			}
			u.maintained = time.Now()
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// CheckDisk measures the disk and publishes when writing pauses or resumes. With room it
// ends the runs that a crash left, if that has not been done.
func (u *Upkeep) CheckDisk() {
	have, err := u.config.Store.CheckSpace()
	if err != nil {
		u.config.Logger.Error("measure disk", "err", err)
	}
	u.mu.Lock()
	changed := have.Paused != u.paused
	u.paused = have.Paused
	u.mu.Unlock()
	if changed && have.Paused {
		u.config.Logger.Warn("writing is paused: the disk is nearly full", "free_mib", have.Free>>20, "needed_mib", have.Resume>>20)
		u.config.Events.Publish("host", "disk", "paused")
	}
	if have.Paused {
		return
	}
	if changed {
		u.config.Logger.Info("writing goes on", "free_mib", have.Free>>20)
		u.config.Events.Publish("host", "disk", "resumed")
		if u.config.Scheduler != nil {
			u.config.Scheduler.Wake()
		}
	}
	if err := u.CloseInterrupted(); err != nil {
		u.config.Logger.Error("close interrupted runs", "err", err)
	}
}

// CloseInterrupted ends the runs that a crash left. Without room on the disk it does
// nothing; CheckDisk calls it again.
func (u *Upkeep) CloseInterrupted() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.interrupted {
		return nil
	}
	ended, err := u.config.Store.InterruptRuns(u.config.Started.UTC())
	if problem := new(host.Problem); errors.As(err, &problem) && problem.Code == host.CodeDiskFull {
		u.config.Logger.Warn("interrupted runs are closed once there is room on the disk")
		return nil
	}
	if err != nil {
		return fmt.Errorf("close interrupted runs: %w", err)
	}
	u.interrupted = false
	for _, run := range ended {
		u.config.Logger.Warn("run was interrupted by the end of the host", "run", run.ID, "connection", run.Alias)
	}
	return nil
}

// writable reports whether the store may grow. CheckDisk publishes when it may not.
func (u *Upkeep) writable() bool { return u.config.Store.Room() == nil }

// Maintain maintains the store once. Unless it is overdue it stops when a run begins, and
// goes on from there the next time.
func (u *Upkeep) Maintain(ctx context.Context, overdue bool) error {
	if _, err := u.config.Exports.Sweep(time.Now()); err != nil {
		u.config.Logger.Error("delete old exports", "err", err)
	}
	if !u.writable() {
		return nil
	}
	if err := u.config.Store.FinishDeletions(); err != nil {
		return err
	}
	if err := u.config.Store.Maintain(ctx); err != nil {
		return err
	}
	if err := u.prune(ctx, overdue); err != nil {
		return err
	}
	return u.config.Store.Tended(time.Now())
}

// within reports whether at lies less than span before now. A time after now does not: the
// clock was set back since it was stored.
func within(span time.Duration, at, now time.Time) bool {
	since := now.Sub(at)
	return since >= 0 && since < span
}

// prune starts to prune, or goes on.
func (u *Upkeep) prune(ctx context.Context, overdue bool) error {
	retention := u.config.Retention
	past, err := u.config.Store.Maintenance()
	if err != nil {
		return err
	}
	done := retention == (journal.Retention{}) || past.PrunedAt != nil && within(pruneEvery, *past.PrunedAt, time.Now())
	if done && !past.Pruning {
		return nil
	}
	for logged := time.Now(); ; {
		ended, result, err := u.config.Store.PruneStep(ctx, retention)
		if err != nil {
			return err
		}
		if ended && result.Deleted() {
			u.config.Logger.Info("pruned",
				"versions", result.Versions, "changes", result.Changes, "runs", result.Runs, "logs", result.Logs)
			return u.config.Store.Compact(ctx)
		}
		if ended {
			return nil
		}
		if time.Since(logged) > progressLog {
			logged = time.Now()
			u.config.Logger.Info("pruning",
				"versions", result.Versions, "changes", result.Changes, "runs", result.Runs, "logs", result.Logs)
		}
		if !overdue && !u.config.Supervisor.Idle() {
			return nil // goes on at the next quiet moment
		}
	}
}
