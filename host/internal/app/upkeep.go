package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/store"
)

const (
	spaceEvery  = 5 * time.Second  // how often the disk is looked at
	tendEvery   = 10 * time.Minute // how often the store is looked after, when nothing runs
	tendAnyway  = 6 * time.Hour    // after this long without a quiet moment, beside runs
	pruneEvery  = 24 * time.Hour   // how often a round of pruning begins
	progressLog = 10 * time.Second
)

// upkeep looks after the store: how much room there is, the value log, deletions
// that were left, pruning. What it does is slow and can wait, so it waits for a
// moment without runs, works in small steps and gives way when one begins.
//
//	looking at the disk ──quiet, 10 min since the last──▶ tending ──done, or a run began──▶ looking
type upkeep struct {
	app    *App
	cancel context.CancelFunc
	done   chan struct{} // closed when the goroutine has ended; nil = never begun
	tended time.Time     // only the goroutine looks

	mu          sync.Mutex
	paused      bool // as last told
	interrupted bool // runs that a crash left wait for room to be closed
}

// start begins to look after the store, until stop.
func (u *upkeep) start() {
	ctx, cancel := context.WithCancel(context.Background())
	u.cancel, u.done = cancel, make(chan struct{})
	u.tended = time.Now().Add(time.Minute - tendEvery) // once things have settled
	go u.run(ctx)                                      // ends in stop
}

// stop ends it and waits for the step in progress.
func (u *upkeep) stop() {
	if u.done == nil {
		return
	}
	u.cancel()
	<-u.done
}

func (u *upkeep) run(ctx context.Context) {
	defer close(u.done)
	ticker := time.NewTicker(spaceEvery)
	defer ticker.Stop()
	for {
		u.lookAtDisk()
		since := time.Since(u.tended)
		if since >= tendEvery && u.app.supervisor.Idle() || since >= tendAnyway {
			if err := u.tend(ctx, since >= tendAnyway); err != nil && ctx.Err() == nil {
				u.app.logger.Error("look after store", "err", err)
			}
			u.tended = time.Now()
		}
		if u.app.supervisor.Idle() {
			u.app.store.Rest()
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// lookAtDisk measures the disk, says when writing pauses or goes on, and then does
// what had to wait.
func (u *upkeep) lookAtDisk() {
	e := u.app
	have, err := e.store.CheckSpace()
	if err != nil {
		e.logger.Error("look at disk", "err", err)
	}
	u.mu.Lock()
	changed := have.Paused != u.paused
	u.paused = have.Paused
	u.mu.Unlock()
	if changed && have.Paused {
		e.logger.Warn("writing is paused: the disk is nearly full", "free_mib", have.Free>>20, "needed_mib", have.Resume>>20)
		e.events.Publish("host", "disk", "paused")
	}
	if have.Paused {
		return
	}
	if changed {
		e.logger.Info("writing goes on", "free_mib", have.Free>>20)
		e.events.Publish("host", "disk", "resumed")
		e.wakeScheduler()
	}
	if err := u.closeInterrupted(); err != nil {
		e.logger.Error("close interrupted runs", "err", err)
	}
}

// closeInterrupted ends the runs that a crash left. Without room on the disk it
// waits until there is.
func (u *upkeep) closeInterrupted() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.interrupted {
		return nil
	}
	ended, err := u.app.store.InterruptRuns(u.app.started.UTC())
	if problem := new(host.Problem); errors.As(err, &problem) && problem.Code == host.CodeDiskFull {
		u.app.logger.Warn("interrupted runs are closed once there is room on the disk")
		return nil
	}
	if err != nil {
		return fmt.Errorf("close interrupted runs: %w", err)
	}
	u.interrupted = false
	for _, run := range ended {
		u.app.logger.Warn("run was interrupted by the end of the host", "run", run.ID, "connection", run.Alias)
	}
	return nil
}

// room reports whether the store may grow; that it may not is said elsewhere.
func (u *upkeep) room() bool { return u.app.store.Writable() == nil }

// tend looks after the store once. Unless it is overdue it stops when a run
// begins; it goes on from there the next time.
func (u *upkeep) tend(ctx context.Context, overdue bool) error {
	e := u.app
	if !u.room() {
		return nil
	}
	if err := e.store.FinishDeletions(); err != nil {
		return err
	}
	if err := e.store.Maintain(ctx); err != nil {
		return err
	}
	if err := u.prune(ctx, overdue); err != nil {
		return err
	}
	return e.store.Tended(time.Now())
}

// within reports whether at lies less than span before now. A time after now was
// stored before the clock was set back, and says nothing.
func within(span time.Duration, at, now time.Time) bool {
	since := now.Sub(at)
	return since >= 0 && since < span
}

// prune runs a round of pruning, or goes on with one.
func (u *upkeep) prune(ctx context.Context, overdue bool) error {
	e := u.app
	retention := e.options.Config.Retention
	past, err := e.store.Maintenance()
	if err != nil {
		return err
	}
	if retention == (store.Retention{}) && !past.Pruning || !past.Pruning && past.PrunedAt != nil && within(pruneEvery, *past.PrunedAt, time.Now()) {
		return nil
	}
	for told := time.Now(); ; {
		ended, result, err := e.store.PruneStep(ctx, retention)
		if err != nil {
			return err
		}
		if ended && result.Deleted() {
			e.logger.Info("pruned", "versions", result.Versions, "changes", result.Changes, "runs", result.Runs, "logs", result.Logs)
			return e.store.Compact(ctx)
		}
		if ended {
			return nil
		}
		if time.Since(told) > progressLog {
			told = time.Now()
			e.logger.Info("pruning", "versions", result.Versions, "changes", result.Changes, "runs", result.Runs, "logs", result.Logs)
		}
		if !overdue && !e.supervisor.Idle() {
			return nil // goes on at the next quiet moment
		}
	}
}
