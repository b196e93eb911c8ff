package view

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// Options say where a view is and what it is made from.
type Options struct {
	Dir    string // made when the first file is
	Key    []byte // the store's; the files' keys are derived from it
	Feed   Feed
	Logger *slog.Logger // nil = discard
}

// View keeps the columns that lists filter and sort by. Its methods may be called from
// any goroutine.
type View struct {
	options Options
	limits  limits
	step    func(what string) error // before each step that a crash may follow; nil outside tests

	mu      sync.Mutex
	streams map[uint32]*stream
	opened  []*stream // those with a snapshot, the one used last at the end
}

// limits bound work and memory; tests make them small.
type limits struct {
	batchVersions int  // versions of one segment that is added
	batchBytes    int  // of their documents
	streams       int  // kept open
	ratio         int  // a segment is merged into one less than this many times its size
	groupRows     int  // rows of a row group, which is read and decrypted column by column
	memoryRows    int  // rows of a stream that are kept in memory alone while a run reads it
	unsynced      bool // segments are not synced, so that many small tests are quick
	// replace replaces the manifest: durable.Write, or what tests do instead.
	replace func(path string, mode fs.FileMode, write func(io.Writer) error) error
}

// Open returns the view in a directory. It reads nothing: each stream is opened when it
// is first asked for.
func Open(options Options) *View {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	return &View{options: options, streams: map[uint32]*stream{}, limits: limits{
		batchVersions: 32 << 10, batchBytes: 16 << 20, streams: 128, ratio: 4, groupRows: 8192, memoryRows: 256 << 10, replace: durable.Write,
	}}
}

// Close closes every file. Lists that are being read end first.
func (v *View) Close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, st := range v.opened {
		st.snapshot.release()
		st.snapshot = nil
	}
	v.opened, v.streams = nil, map[uint32]*stream{}
}

// Refresh brings a stream to its position, in proportion to what changed since the last
// time. When history was pruned since, it builds the stream anew without it.
func (v *View) Refresh(ctx context.Context, src Stream) error {
	current, err := v.ensure(ctx, src, src.Position)
	if err != nil {
		return fmt.Errorf("refresh view of stream %s: %w", src.Name, err)
	}
	pruned := src.Kept > current.Kept && current.endedBy(src.Kept)
	current.release()
	if !pruned {
		return nil
	}
	if err := v.rebuild(ctx, src); err != nil {
		return fmt.Errorf("drop pruned history from view of stream %s: %w", src.Name, err)
	}
	return nil
}

// Drop deletes the files of a connection.
func (v *View) Drop(connection string) error {
	v.mu.Lock()
	for number, st := range v.streams {
		if st.connection == connection {
			v.closeLocked(st)
			delete(v.streams, number)
		}
	}
	v.mu.Unlock()
	if err := os.RemoveAll(filepath.Join(v.options.Dir, connection)); err != nil {
		return fmt.Errorf("remove view: %w", err)
	}
	return nil
}

// Sweep deletes the files of all connections but the known ones.
func (v *View) Sweep(known map[string]bool) error {
	entries, err := os.ReadDir(v.options.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list views: %w", err)
	}
	for _, entry := range entries {
		if !known[entry.Name()] {
			err = errors.Join(err, v.Drop(entry.Name()))
		}
	}
	return err
}
