package app

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/projection"
)

// lists keeps the projection up to date behind the runs. An answer never waits
// for it to be right, only to be fast: a list that is asked for before its
// projection is current brings it up to date itself.
type lists struct {
	projection *projection.Projection
	stop       context.CancelFunc // nil when nothing is kept up in the background
	done       chan struct{}
}

// When projections are brought up to date: after a start once things are quiet;
// after a run when no other is under way, but not later than the patience.
const (
	listsRest     = 5 * time.Second
	listsPatience = 10 * time.Minute
	listsGlance   = 500 * time.Millisecond
)

func (a *App) openLists(dir string) {
	a.lists = &lists{projection: projection.Open(projection.Options{
		Dir: filepath.Join(dir, "lists"), Key: a.master.StoreKey(), Feed: a.feed(), Logger: a.logger,
	})}
	if !a.options.Unattended {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	a.lists.stop, a.lists.done = stop, make(chan struct{})
	go func() {
		defer close(a.lists.done)
		a.keepLists(ctx)
	}()
}

// close ends the upkeep and closes every file.
func (l *lists) close() {
	if l.stop != nil {
		l.stop()
		<-l.done
	}
	l.projection.Close()
}

// keepLists brings projections up to date behind the runs, until ctx ends. It
// sleeps while nothing happens.
func (a *App) keepLists(ctx context.Context) {
	last := a.events.Last()
	var behind map[string]bool // connections by id; nil = all of them
	for wait, all := listsRest, true; ctx.Err() == nil; wait, all = listsGlance, false {
		if all {
			behind = nil
		} else if behind, last, all = a.awaitNews(ctx, last); all {
			behind = nil
		}
		latest := time.Now().Add(listsPatience)
		for ctx.Err() == nil {
			rest, stop := context.WithTimeout(ctx, wait)
			<-rest.Done()
			stop()
			if !a.syncing() || time.Now().After(latest) {
				break
			}
		}
		if err := a.refreshLists(ctx, behind); err != nil && ctx.Err() == nil {
			a.logger.Warn("bring lists up to date", "err", err)
		}
	}
}

// awaitNews waits until something happened to connections and returns to which.
// All says that it is not known.
func (a *App) awaitNews(ctx context.Context, after uint64) (behind map[string]bool, last uint64, all bool) {
	behind = map[string]bool{}
	for len(behind) == 0 && !all && ctx.Err() == nil {
		var events []event.Event
		events, after, all = a.events.Wait(ctx, after)
		for _, hint := range events {
			if hint.Topic == "connection" {
				behind[hint.ID] = true
			}
		}
	}
	return behind, after, all
}

// syncing reports whether any run is under way.
func (a *App) syncing() bool {
	connections, err := a.store.Connections()
	if err != nil {
		return false
	}
	for _, c := range connections {
		if _, active := a.supervisor.Active(c.ID); active {
			return true
		}
	}
	return false
}

// refreshLists brings the projections of connections up to date, nil for all, and
// removes those of connections that are gone. What is being synced is left for
// the end of its run.
func (a *App) refreshLists(ctx context.Context, behind map[string]bool) error {
	connections, err := a.store.Connections()
	if err != nil {
		return err
	}
	maintained, err := a.store.Maintenance()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	var faults error
	for _, c := range connections {
		known[c.ID] = true
		if _, active := a.supervisor.Active(c.ID); active || behind != nil && !behind[c.ID] {
			continue
		}
		marks, err := a.store.StreamMarks(c.ID)
		if err != nil {
			return err
		}
		for _, m := range marks {
			if m.LastAt.IsZero() || ctx.Err() != nil {
				continue
			}
			s := projected(m)
			if maintained.HistorySince != nil {
				s.Kept = maintained.HistorySince.UnixNano()
			}
			faults = errors.Join(faults, a.lists.projection.Refresh(ctx, s))
		}
	}
	return errors.Join(faults, a.lists.projection.Sweep(known), ctx.Err())
}
