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
	"strconv"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// Stream is a stream as the store has it at one moment.
type Stream struct {
	Connection string // id
	Name       string
	Kind       string
	Number     uint32 // stands for the stream in the store, never used again
	Position   int64  // commit time of its latest version, in nanoseconds since 1970
	Kept       int64  // from when on history is kept, likewise; 0 = all of it
	Records    int    // current ones
	// Reading says that a run is reading the stream. What it adds is kept in memory
	// until it has ended: a list that is open meanwhile asks again and again.
	Reading bool
}

// Version is one version of a record, or its removal.
type Version struct {
	Key     string
	At      int64 // commit time, in nanoseconds since 1970
	Removed bool
	Doc     []byte // canonical JSON; its reader's only during the call
}

// ErrHistory is what Feed.Since returns when the moment to go on from is none of
// the stream's commits, or no longer known.
var ErrHistory = errors.New("the stream's history does not have that commit")

// Feed is how a projection reads the store. Each call sees the store as it is at
// one moment and returns the stream's position then.
//
// All and Since call up, to package lists: a stream may hold far more versions than fit
// into memory, and a projection does not know the store.
type Feed struct {
	// All calls fn with every version, by key and newest first within a key.
	All func(ctx context.Context, s Stream, fn func(Version) error) (position int64, err error)
	// Since calls fn with every version after a commit, oldest first. When fn
	// returns ErrEnough it ends after the last version of that commit time.
	Since func(ctx context.Context, s Stream, after int64, fn func(Version) error) (position int64, err error)
	// Room returns why nothing may be written to the disk now; nil = it may.
	Room func() error
}

// Options say where a projection is and what it is made from.
type Options struct {
	Dir    string // made when the first file is
	Key    []byte // the store's; the files' keys are derived from it
	Feed   Feed
	Logger *slog.Logger // nil = discard
}

// View keeps the columns that lists filter and sort by. Its methods may be
// called from any goroutine.
type View struct {
	options Options
	limits  limits
	step    func(what string) error // before each step that a crash may follow; nil outside tests

	mu      sync.Mutex
	streams map[uint32]*keeper
	opened  []*keeper // those with a view, the one used last at the end
}

// limits bound work and memory; tests make them small.
type limits struct {
	batchVersions int  // versions of one delta segment
	batchBytes    int  // of their documents
	views         int  // streams kept open
	ratio         int  // a segment is merged into one less than this many times its size
	groupRows     int  // rows of a row group, which is read and decrypted column by column
	memoryRows    int  // rows of a stream that are kept in memory alone while it is being read
	hasty         bool // segments are not synced, so that many small tests are quick
	// replace replaces the manifest: durable.Write, or what tests do in its place.
	replace func(path string, mode fs.FileMode, write func(io.Writer) error) error
}

var defaultLimits = limits{batchVersions: 32 << 10, batchBytes: 16 << 20, views: 128, ratio: 4, groupRows: 8192, memoryRows: 256 << 10, replace: durable.Write}

// Open returns the projection in a directory. It reads nothing: each stream is
// looked at when it is first asked for.
func Open(options Options) *View {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	return &View{options: options, limits: defaultLimits, streams: map[uint32]*keeper{}}
}

// Close closes every file. Lists that are being read end first.
func (p *View) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.opened {
		k.view.release()
		k.view = nil
	}
	p.opened, p.streams = nil, map[uint32]*keeper{}
}

// Refresh brings a stream's projection to the stream's position, in proportion
// to what changed since the last time. When history was pruned since, what it
// holds of that is dropped by building it anew.
func (p *View) Refresh(ctx context.Context, s Stream) error {
	v, err := p.ensure(ctx, s, s.Position)
	if err != nil {
		return fmt.Errorf("refresh projection of stream %s: %w", s.Name, err)
	}
	pruned := s.Kept > v.Kept && v.ended(s.Kept)
	v.release()
	if !pruned {
		return nil
	}
	if err := p.rebuild(ctx, s); err != nil {
		return fmt.Errorf("drop pruned history from projection of stream %s: %w", s.Name, err)
	}
	return nil
}

// Drop removes what is kept of a connection that was deleted.
func (p *View) Drop(connection string) error {
	p.mu.Lock()
	for number, k := range p.streams {
		if k.connection == connection {
			p.closeLocked(k)
			delete(p.streams, number)
		}
	}
	p.mu.Unlock()
	if err := os.RemoveAll(filepath.Join(p.options.Dir, connection)); err != nil {
		return fmt.Errorf("remove projection: %w", err)
	}
	return nil
}

// Sweep removes what is kept of connections other than the given ones.
func (p *View) Sweep(known map[string]bool) error {
	entries, err := os.ReadDir(p.options.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list projections: %w", err)
	}
	for _, entry := range entries {
		if !known[entry.Name()] {
			err = errors.Join(err, p.Drop(entry.Name()))
		}
	}
	return err
}

// keeper looks after the files of one stream.
type keeper struct {
	connection string
	dir        string
	purpose    string

	turn chan struct{} // holds one token: whoever has it may change the files

	loaded bool  // the files were looked at since the start; changed with the turn and View.mu
	view   *view // guarded by View.mu; nil when closed
}

func (p *View) keeper(s Stream) *keeper {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.streams[s.Number]
	if k == nil {
		number := strconv.FormatUint(uint64(s.Number), 10)
		k = &keeper{
			connection: s.Connection, dir: filepath.Join(p.options.Dir, s.Connection, number),
			purpose: s.Connection + "\x00" + number, turn: make(chan struct{}, 1),
		}
		p.streams[s.Number] = k
	}
	return k
}

// current returns the view if it reaches the position, held for the caller.
func (p *View) current(k *keeper, s Stream, position int64) *view {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k.view == nil || !k.loaded || k.view.Position < position || k.view.kind != s.Kind || k.view.volatile > 0 && !s.Reading {
		return nil
	}
	p.usedLocked(k)
	k.view.hold()
	return k.view
}

// loaded returns the view as it is, held for the caller, from memory or from disk.
func (p *View) loaded(k *keeper, s Stream) (*view, error) {
	p.mu.Lock()
	v := k.view
	if v != nil && v.kind == s.Kind {
		v.hold()
		p.mu.Unlock()
		return v, nil
	}
	p.mu.Unlock()
	return p.load(k, s)
}

// show makes v the stream's view; k's turn is the caller's.
func (p *View) show(k *keeper, v *view) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closeLocked(k)
	k.view, k.loaded = v, true
	p.usedLocked(k)
	for len(p.opened) > p.limits.views {
		p.closeLocked(p.opened[0])
	}
}

func (p *View) usedLocked(k *keeper) {
	p.forgetLocked(k)
	p.opened = append(p.opened, k)
}

func (p *View) forgetLocked(k *keeper) {
	for i, other := range p.opened {
		if other == k {
			p.opened = append(p.opened[:i], p.opened[i+1:]...)
			return
		}
	}
}

func (p *View) closeLocked(k *keeper) {
	p.forgetLocked(k)
	if k.view != nil {
		k.view.release()
		k.view = nil
	}
}

// ensure returns a view that reaches the position, held for the caller, building
// or catching up first if that is needed.
func (p *View) ensure(ctx context.Context, s Stream, position int64) (*view, error) {
	k := p.keeper(s)
	if v := p.current(k, s, position); v != nil {
		return v, nil
	}
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if v := p.current(k, s, position); v != nil { // somebody else has done it
		return v, nil
	}
	began := time.Now()
	v, err := p.bring(ctx, k, s)
	if err != nil {
		return nil, err
	}
	if took := time.Since(began); took > time.Second {
		p.options.Logger.Info("projection brought up to date", "connection", s.Connection, "stream", s.Name, "rows", v.rows(), "took", took.Round(time.Millisecond))
	}
	v.hold()
	p.show(k, v)
	return v, nil
}

// bring returns a view at the stream's position or later. Files that are
// missing, damaged, of another shape or of another history are made anew.
func (p *View) bring(ctx context.Context, k *keeper, s Stream) (*view, error) {
	v, err := p.loaded(k, s)
	switch {
	case err != nil:
	case v.Position > s.Position && !k.loaded:
		v.release()
		err = errHistory
	default:
		if v, err = p.catchUp(ctx, k, v, s); err == nil {
			return v, nil
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if !errors.Is(err, os.ErrNotExist) {
		p.options.Logger.Warn("projection is built anew", "connection", s.Connection, "stream", s.Name, "because", err)
	}
	return p.build(ctx, k, s)
}

var errHistory = errors.New("it was made from another history")
