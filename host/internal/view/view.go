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
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/reader"
)

// Config is what a view works with.
type Config struct {
	Dir     string // made when the first file is
	Key     []byte // the store's; the files' keys are derived from it
	Journal *journal.Journal
	Logger  *slog.Logger // nil = discard
	Follow  bool         // keep every stream up to date in the background
}

// history is what the view reads of Config.Journal; tests have a model of it.
type history interface {
	EachVersion(ctx context.Context, connection, stream string, fn func(host.Version) error) (host.StreamMark, error)
	EachVersionSince(ctx context.Context, connection, stream string, after time.Time, fn func(host.Version) error) (host.StreamMark, error)
	UnfinishedRuns() ([]host.Run, error)
	Room() error
}

// View answers lists of records. A list is brought up to date when it is asked for; the
// background only makes that quick. The methods may be called from any goroutine.
type View struct {
	config  Config
	history history
	limits  limits
	step    func(what string) error // before each step that a crash may follow; nil outside tests

	stop    context.CancelFunc // nil = nothing runs in the background
	done    chan struct{}
	reached map[string]time.Time // commit time that a connection was refreshed up to; the background's alone

	mu      sync.Mutex
	reader  *reader.Reader // nil until the background follows the journal
	streams map[uint32]*stream
	opened  []*stream // those with a snapshot, the one used last at the end
}

// limits bound work, memory and time; tests make them small.
type limits struct {
	batchVersions int           // versions of one segment that is added
	batchBytes    int           // of their documents
	streams       int           // kept open
	ratio         int           // a segment is merged into one less than this many times its size
	skipRows      int           // rows before a page that are held in memory at once
	groupRows     int           // rows of a row group, which is read and decrypted column by column
	memoryRows    int           // rows of a stream that are kept in memory alone while a run reads it
	rest          time.Duration // from a start until every stream is brought up to date
	patience      time.Duration // until what a run wrote no longer waits for the end of the run
	unsynced      bool          // segments are not synced, so that many small tests are quick
	// replace replaces the manifest: durable.Write, or what tests do instead.
	replace func(path string, mode fs.FileMode, write func(io.Writer) error) error
}

// Open returns the view in Config.Dir. A stream is opened when it is first asked for.
func Open(config Config) *View {
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	v := &View{config: config, history: config.Journal, reached: map[string]time.Time{}, streams: map[uint32]*stream{}, limits: limits{
		batchVersions: 32 << 10, batchBytes: 16 << 20, streams: 128, ratio: 4, groupRows: 8192, memoryRows: 256 << 10, skipRows: 128 << 10,
		rest: 5 * time.Second, patience: 10 * time.Minute, replace: durable.Write,
	}}
	if config.Follow {
		v.start()
	}
	return v
}

// Close ends the background and closes every file, once the lists that read it have ended.
func (v *View) Close() {
	if v.stop != nil {
		v.stop()
		<-v.done
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, st := range v.opened {
		st.snapshot.release()
		st.snapshot = nil
	}
	v.opened, v.streams = nil, map[uint32]*stream{}
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
	if err := os.RemoveAll(filepath.Join(v.config.Dir, connection)); err != nil {
		return fmt.Errorf("remove view: %w", err)
	}
	return nil
}

// sweep deletes the files of all connections but the known ones.
func (v *View) sweep(known map[string]bool) error {
	entries, err := os.ReadDir(v.config.Dir)
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
