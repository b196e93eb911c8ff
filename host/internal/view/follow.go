package view

import (
	"context"
	"errors"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/reader"
)

// start begins to keep every stream up to date in the background.
func (v *View) start() {
	ctx, stop := context.WithCancel(context.Background())
	v.stop, v.done = stop, make(chan struct{})
	go func() { // ends in Close
		defer close(v.done)
		v.follow(ctx)
	}()
}

// follow brings every stream up to date once, then follows the journal until ctx ends.
func (v *View) follow(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(v.limits.rest):
	}
	reading, err := v.reading()
	if err == nil {
		err = v.refreshAll(ctx, func(connection string) bool { return !reading[connection] })
	}
	if err != nil && ctx.Err() == nil {
		v.config.Logger.Warn("bring lists up to date", "err", err)
	}
	r, err := reader.Start(reader.Options{Name: "lists", Journal: v.config.Journal, Handle: v.handle, Logger: v.config.Logger})
	if err != nil {
		v.config.Logger.Error("follow the journal for lists", "err", err)
		return
	}
	v.mu.Lock()
	v.reader = r
	v.mu.Unlock()
	<-ctx.Done()
	r.Close()
}

// Status returns how far the view is behind the journal; false before every stream was
// brought up to date once, and where the view does not follow.
func (v *View) Status() (host.ReaderStatus, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.reader == nil {
		return host.ReaderStatus{}, false
	}
	return v.reader.Status(), true
}

// reading returns the connections that a run is reading, by id.
func (v *View) reading() (map[string]bool, error) {
	runs, err := v.history.UnfinishedRuns()
	if err != nil {
		return nil, err
	}
	reading := map[string]bool{}
	for _, run := range runs {
		reading[run.Connection] = true
	}
	return reading, nil
}

// handle brings the connections in batch up to date. What a run has written waits for the
// end of the run, so that it is written once, but not longer than the patience.
func (v *View) handle(ctx context.Context, batch []host.Landed) (done int, err error) {
	reading, err := v.reading()
	if err != nil {
		return 0, err
	}
	behind := map[string]bool{}
	for _, landed := range batch {
		if landed.Connection != "" && landed.At.After(v.reached[landed.Connection]) {
			if reading[landed.Connection] && time.Since(landed.At) < v.limits.patience {
				break
			}
			behind[landed.Connection] = true
		}
		done++
	}
	if len(behind) == 0 {
		return done, nil
	}
	return done, v.refreshAll(ctx, func(connection string) bool { return behind[connection] })
}

// refreshAll brings the streams of the connections that are behind up to date, and deletes
// the files of connections that are gone.
func (v *View) refreshAll(ctx context.Context, behind func(connection string) bool) error {
	connections, err := v.config.Journal.Connections()
	if err != nil {
		return err
	}
	maintained, err := v.config.Journal.Maintenance()
	if err != nil {
		return err
	}
	var kept int64
	if since := maintained.HistorySince; since != nil {
		kept = since.UnixNano()
	}
	known := map[string]bool{}
	var faults error
	for _, c := range connections {
		known[c.ID] = true
		if behind(c.ID) && ctx.Err() == nil {
			faults = errors.Join(faults, v.refreshConnection(ctx, c.ID, kept))
		}
	}
	return errors.Join(faults, v.sweep(known), ctx.Err())
}

// refreshConnection brings the streams of a connection up to date.
func (v *View) refreshConnection(ctx context.Context, connection string, kept int64) error {
	marks, err := v.config.Journal.StreamMarks(connection)
	if err != nil {
		return err
	}
	reached := v.reached[connection]
	for _, m := range marks {
		if m.LastAt.IsZero() {
			continue
		}
		err = errors.Join(err, v.refresh(ctx, &source{StreamMark: m, kept: kept}))
		if m.LastAt.After(reached) {
			reached = m.LastAt
		}
	}
	if err == nil {
		v.reached[connection] = reached
	}
	return err
}
