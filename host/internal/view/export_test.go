package view

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// OpenOn opens a view of a model of the journal.
func OpenOn(h history, config Config) *View {
	v := Open(config)
	v.history = h
	return v
}

// Follow begins to follow the journal at once. What a run wrote waits for its end as long
// as the patience.
func (v *View) Follow(patience time.Duration) {
	v.limits.rest, v.limits.patience = 0, patience
	v.start()
}

// Handle handles transactions as the reader does, without patience.
func (v *View) Handle(ctx context.Context, batch ...host.Landed) (int, error) {
	v.limits.patience = 0
	return v.handle(ctx, batch)
}

// Refresh brings a stream up to date, as is done behind the runs.
func (v *View) Refresh(ctx context.Context, m host.StreamMark, kept int64) error {
	return v.refresh(ctx, &source{StreamMark: m, kept: kept})
}

// MakeSmall makes groups, batches and what is kept open small, so that little
// data takes every path.
func (v *View) MakeSmall(groupRows, batch, streams int) {
	v.limits = limits{
		batchVersions: batch, batchBytes: 1 << 20, streams: streams, ratio: 3, groupRows: groupRows, memoryRows: 3 * batch, skipRows: 7,
		unsynced: true, replace: replaceUnsynced,
	}
}

func replaceUnsynced(path string, mode fs.FileMode, write func(io.Writer) error) error {
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// OnStep calls fn before each step that a crash may follow; an error ends the
// step as a crash would.
func (v *View) OnStep(fn func(what string) error) { v.step = fn }

// Segments returns how many segments a stream's snapshot has.
func (v *View) Segments(number uint32) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	if st := v.streams[number]; st != nil && st.snapshot != nil {
		return len(st.snapshot.segments)
	}
	return 0
}

// Size returns the bytes of all files.
func (v *View) Size() (total int64) {
	files, _ := filepath.Glob(filepath.Join(v.config.Dir, "*", "*", "*"))
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			total += info.Size()
		}
	}
	return total
}
