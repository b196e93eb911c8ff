package view

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/view/column"
)

// stream is the files of one stream and the latest snapshot of them.
type stream struct {
	connection string
	dir        string
	seal       column.Seal

	turn chan struct{} // holds one token: only its owner may change the files

	loaded   bool      // the files were read since the start; changed with the turn and View.mu
	snapshot *snapshot // guarded by View.mu; nil when closed
}

func (v *View) stream(src *source) *stream {
	v.mu.Lock()
	defer v.mu.Unlock()
	st := v.streams[src.Number]
	if st == nil {
		number := strconv.FormatUint(uint64(src.Number), 10)
		st = &stream{
			connection: src.Connection, dir: filepath.Join(v.config.Dir, src.Connection, number),
			seal: column.Seal{Key: v.config.Key, Purpose: src.Connection + "\x00" + number}, turn: make(chan struct{}, 1),
		}
		v.streams[src.Number] = st
	}
	return st
}

// take waits for the turn of the stream.
func (st *stream) take(ctx context.Context) error {
	select {
	case st.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (st *stream) give() { <-st.turn }

// current returns the snapshot if it reaches the position, held for the caller.
func (v *View) current(st *stream, src *source, position int64) *snapshot {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := st.snapshot
	if s == nil || !st.loaded || s.Position < position || s.shape.Kind != src.Kind || len(s.inMemory()) > 0 && !src.reading {
		return nil
	}
	v.usedLocked(st)
	s.hold()
	return s
}

// open returns the snapshot, whatever its position, from memory or from disk, held for
// the caller.
func (v *View) open(st *stream, src *source) (*snapshot, error) {
	v.mu.Lock()
	s := st.snapshot
	if s != nil && s.shape.Kind == src.Kind {
		s.hold()
		v.mu.Unlock()
		return s, nil
	}
	v.mu.Unlock()
	return v.load(st, src.Kind)
}

// show makes s the stream's snapshot; the caller has the stream's turn.
func (v *View) show(st *stream, s *snapshot) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closeLocked(st)
	st.snapshot, st.loaded = s, true
	v.usedLocked(st)
	for len(v.opened) > v.limits.streams {
		v.closeLocked(v.opened[0])
	}
}

func (v *View) usedLocked(st *stream) {
	v.forgetLocked(st)
	v.opened = append(v.opened, st)
}

func (v *View) forgetLocked(st *stream) {
	v.opened = slices.DeleteFunc(v.opened, func(other *stream) bool { return other == st })
}

func (v *View) closeLocked(st *stream) {
	v.forgetLocked(st)
	if st.snapshot != nil {
		st.snapshot.release()
		st.snapshot = nil
	}
}

// ensure returns a snapshot that reaches the position, held for the caller. It builds the
// stream or catches up first if that is needed.
func (v *View) ensure(ctx context.Context, src *source, position int64) (*snapshot, error) {
	st := v.stream(src)
	if s := v.current(st, src, position); s != nil {
		return s, nil
	}
	if err := st.take(ctx); err != nil {
		return nil, err
	}
	defer st.give()
	if s := v.current(st, src, position); s != nil { // the owner of the turn before has done it
		return s, nil
	}
	began := time.Now()
	s, err := v.bring(ctx, st, src)
	if err != nil {
		return nil, err
	}
	if took := time.Since(began); took > time.Second {
		v.config.Logger.Info("view of a stream brought up to date",
			"connection", src.Connection, "stream", src.Name, "rows", rows(s.segments), "took", took.Round(time.Millisecond))
	}
	if !st.loaded {
		st.sweep(s.saved) // a commit that a crash cut short may have been the last one
	}
	s.hold()
	v.show(st, s)
	return s, nil
}

// refresh brings a stream to its position, in proportion to what changed since the last
// time. When history was pruned since, it builds the stream anew without that.
func (v *View) refresh(ctx context.Context, src *source) error {
	s, err := v.ensure(ctx, src, src.position())
	if err != nil {
		return fmt.Errorf("refresh view of stream %s: %w", src.Name, err)
	}
	pruned := src.kept > s.Kept && s.endedBy(src.kept)
	s.release()
	if !pruned {
		return nil
	}
	if err := v.rebuild(ctx, src); err != nil {
		return fmt.Errorf("drop pruned history from view of stream %s: %w", src.Name, err)
	}
	return nil
}

// bring returns a snapshot at the stream's position or later. Files that are missing,
// damaged, of another shape or of another history are built anew.
func (v *View) bring(ctx context.Context, st *stream, src *source) (*snapshot, error) {
	s, err := v.open(st, src)
	switch {
	case err != nil:
	case s.Position > src.position() && !st.loaded:
		s.release()
		err = journal.ErrNotInHistory
	default:
		if s, err = v.catchUp(ctx, st, s, src); err == nil {
			return s, nil
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if !errors.Is(err, os.ErrNotExist) {
		v.config.Logger.Warn("view of a stream is built anew", "connection", src.Connection, "stream", src.Name, "because", err)
	}
	return v.build(ctx, st, src)
}

// rebuild builds a stream anew although its snapshot is right, without the history that the
// journal no longer keeps.
func (v *View) rebuild(ctx context.Context, src *source) error {
	st := v.stream(src)
	if err := st.take(ctx); err != nil {
		return err
	}
	defer st.give()
	s, err := v.build(ctx, st, src)
	s.release()
	return err
}

// discard closes a stream that cannot be read and removes its manifest.
func (v *View) discard(src *source) {
	st := v.stream(src)
	st.turn <- struct{}{}
	defer st.give()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closeLocked(st)
	_ = st.forget() // a file that stays is found damaged again
}

// forget removes the manifest. What is on disk counts no more: it is of another history, or cannot be read.
func (st *stream) forget() error {
	if err := os.Remove(filepath.Join(st.dir, manifestName)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove manifest: %w", err)
	}
	return nil
}
