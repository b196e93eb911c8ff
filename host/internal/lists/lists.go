package lists

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/reader"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
	"github.com/plumbline-dev/plumbline/host/internal/view"
)

// Config is what lists work with.
type Config struct {
	Dir        string
	Key        []byte
	Store      *journal.Journal
	Supervisor *supervisor.Supervisor
	Logger     *slog.Logger
	Background bool // bring projections up to date behind the runs
}

// Lists are the projections of every stream. An answer never waits for the background
// to be right, only to be fast: a list that is asked for before its projection is
// current brings it up to date itself.
type Lists struct {
	config     Config
	projection *view.View
	stop       context.CancelFunc // nil = nothing runs in the background
	done       chan struct{}

	mu     sync.Mutex
	reader *reader.Reader // nil until the first look is over, and without a background
}

const (
	// rest is how long after a start all projections are looked at.
	rest = 5 * time.Second
	// patience is after how long what a run wrote no longer waits for its end.
	patience = 10 * time.Minute
)

// Open opens the projections below Config.Dir.
func Open(config Config) *Lists {
	l := &Lists{config: config, projection: view.Open(view.Options{
		Dir: config.Dir, Key: config.Key, Feed: feed(config.Store), Logger: config.Logger,
	})}
	if !config.Background {
		return l
	}
	ctx, stop := context.WithCancel(context.Background())
	l.stop, l.done = stop, make(chan struct{})
	go func() { // ends in Close
		defer close(l.done)
		l.keepUp(ctx)
	}()
	return l
}

// Close ends the background and closes every file.
func (l *Lists) Close() {
	if l.stop != nil {
		l.stop()
		<-l.done
	}
	l.projection.Close()
}

// List answers a query about streams.
func (l *Lists) List(ctx context.Context, marks []host.StreamMark, query view.Query) (view.Answer, error) {
	streams := make([]view.Stream, 0, len(marks))
	for _, m := range marks {
		s := projected(m)
		_, s.Reading = l.config.Supervisor.Active(m.Connection)
		streams = append(streams, s)
	}
	return l.projection.List(ctx, streams, query)
}

// Drop deletes the projections of a connection.
func (l *Lists) Drop(connection string) error { return l.projection.Drop(connection) }

// keepUp brings all projections up to date once, and follows the journal from then on,
// until ctx ends.
func (l *Lists) keepUp(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(rest):
	}
	if err := l.refresh(ctx, nil); err != nil && ctx.Err() == nil {
		l.config.Logger.Warn("bring lists up to date", "err", err)
	}
	r, err := reader.Start(reader.Options{Name: "lists", Journal: l.config.Store, Handle: l.handle, Logger: l.config.Logger})
	if err != nil {
		l.config.Logger.Error("follow the journal for lists", "err", err)
		return
	}
	l.mu.Lock()
	l.reader = r
	l.mu.Unlock()
	<-ctx.Done()
	r.Close()
}

// Status returns how far the lists are behind the journal; false before the first look
// is over and where nothing runs in the background.
func (l *Lists) Status() (host.ReaderStatus, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reader == nil {
		return host.ReaderStatus{}, false
	}
	return l.reader.Status(), true
}

// handle brings the projections of the connections in batch up to date. What a run has
// written waits for the end of the run, so that it is written once.
func (l *Lists) handle(ctx context.Context, batch []host.Landed) (done int, err error) {
	behind := map[string]bool{}
	for _, landed := range batch {
		if landed.Connection != "" {
			_, active := l.config.Supervisor.Active(landed.Connection)
			if active && time.Since(landed.At) < patience {
				break
			}
			behind[landed.Connection] = true
		}
		done++
	}
	if done == 0 {
		return 0, nil
	}
	return done, l.refresh(ctx, behind)
}

// refresh brings the projections of connections up to date, nil for all, and
// removes those of connections that are gone. What is being synced is left for
// the end of its run.
func (l *Lists) refresh(ctx context.Context, behind map[string]bool) error {
	connections, err := l.config.Store.Connections()
	if err != nil {
		return err
	}
	maintained, err := l.config.Store.Maintenance()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	var faults error
	for _, c := range connections {
		known[c.ID] = true
		if _, active := l.config.Supervisor.Active(c.ID); active || behind != nil && !behind[c.ID] {
			continue
		}
		marks, err := l.config.Store.StreamMarks(c.ID)
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
			faults = errors.Join(faults, l.projection.Refresh(ctx, s))
		}
	}
	return errors.Join(faults, l.projection.Sweep(known), ctx.Err())
}

func projected(m host.StreamMark) view.Stream {
	s := view.Stream{Connection: m.Connection, Name: m.Name, Kind: m.Kind, Number: m.Number, Records: m.Records}
	if !m.LastAt.IsZero() {
		s.Position = m.LastAt.UnixNano()
	}
	return s
}

// feed is how the projection reads the store.
func feed(s *store.Store) view.Feed {
	pass := func(fn func(view.Version) error) func(host.Version) error {
		return func(v host.Version) error {
			err := fn(view.Version{Key: v.Key, At: v.At.UnixNano(), Removed: v.Removed, Doc: v.Doc})
			if errors.Is(err, view.ErrEnough) {
				return store.ErrEnough
			}
			return err
		}
	}
	return view.Feed{
		All: func(ctx context.Context, of view.Stream, fn func(view.Version) error) (int64, error) {
			mark, err := s.EachVersion(ctx, of.Connection, of.Name, pass(fn))
			return projected(mark).Position, err
		},
		Since: func(ctx context.Context, of view.Stream, after int64, fn func(view.Version) error) (int64, error) {
			mark, err := s.EachVersionSince(ctx, of.Connection, of.Name, time.Unix(0, after).UTC(), pass(fn))
			return projected(mark).Position, err
		},
		Room: s.Room,
	}
}
