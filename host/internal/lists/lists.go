package lists

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/projection"
	"github.com/plumbline-dev/plumbline/host/internal/store"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
)

// Config is what lists work with.
type Config struct {
	Dir        string
	Key        []byte
	Store      *store.Store
	Supervisor *supervisor.Supervisor
	Events     *event.Log
	Logger     *slog.Logger
	Background bool // bring projections up to date behind the runs
}

// Lists are the projections of every stream. An answer never waits for the background
// to be right, only to be fast: a list that is asked for before its projection is
// current brings it up to date itself.
type Lists struct {
	config     Config
	projection *projection.Projection
	stop       context.CancelFunc // nil = nothing runs in the background
	done       chan struct{}
}

// When projections are brought up to date: after a start once things are quiet;
// after a run when no other is under way, but not later than the patience.
const (
	listsRest     = 5 * time.Second
	listsPatience = 10 * time.Minute
	listsGlance   = 500 * time.Millisecond
)

// Open opens the projections below Config.Dir.
func Open(config Config) *Lists {
	l := &Lists{config: config, projection: projection.Open(projection.Options{
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
func (l *Lists) List(ctx context.Context, marks []store.StreamMark, query projection.Query) (projection.Answer, error) {
	streams := make([]projection.Stream, 0, len(marks))
	for _, m := range marks {
		streams = append(streams, projected(m))
	}
	return l.projection.List(ctx, streams, query)
}

// Drop deletes the projections of a connection.
func (l *Lists) Drop(connection string) error { return l.projection.Drop(connection) }

// keepUp brings projections up to date behind the runs, until ctx ends. It
// sleeps while nothing happens.
func (l *Lists) keepUp(ctx context.Context) {
	last := l.config.Events.Last()
	var behind map[string]bool // connections by id; nil = all of them
	for wait, all := listsRest, true; ctx.Err() == nil; wait, all = listsGlance, false {
		if all {
			behind = nil
		} else if behind, last, all = l.awaitNews(ctx, last); all {
			behind = nil
		}
		latest := time.Now().Add(listsPatience)
		for ctx.Err() == nil {
			rest, stop := context.WithTimeout(ctx, wait)
			<-rest.Done()
			stop()
			if !l.syncing() || time.Now().After(latest) {
				break
			}
		}
		if err := l.refresh(ctx, behind); err != nil && ctx.Err() == nil {
			l.config.Logger.Warn("bring lists up to date", "err", err)
		}
	}
}

// awaitNews waits until something happened to connections and returns to which.
// All says that it is not known.
func (l *Lists) awaitNews(ctx context.Context, after uint64) (behind map[string]bool, last uint64, all bool) {
	behind = map[string]bool{}
	for len(behind) == 0 && !all && ctx.Err() == nil {
		var events []event.Event
		events, after, all = l.config.Events.Wait(ctx, after)
		for _, hint := range events {
			if hint.Topic == "connection" {
				behind[hint.ID] = true
			}
		}
	}
	return behind, after, all
}

// syncing reports whether any run is under way.
func (l *Lists) syncing() bool {
	connections, err := l.config.Store.Connections()
	if err != nil {
		return false
	}
	for _, c := range connections {
		if _, active := l.config.Supervisor.Active(c.ID); active {
			return true
		}
	}
	return false
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

func projected(m store.StreamMark) projection.Stream {
	s := projection.Stream{Connection: m.Connection, Name: m.Name, Kind: m.Kind, Number: m.Number}
	if !m.LastAt.IsZero() {
		s.Position = m.LastAt.UnixNano()
	}
	return s
}

// feed is how the projection reads the store.
func feed(s *store.Store) projection.Feed {
	pass := func(fn func(projection.Version) error) func(store.Version) error {
		return func(v store.Version) error {
			err := fn(projection.Version{Key: v.Key, At: v.At.UnixNano(), Removed: v.Removed, Doc: v.Doc})
			if errors.Is(err, projection.ErrEnough) {
				return store.ErrEnough
			}
			return err
		}
	}
	return projection.Feed{
		All: func(ctx context.Context, of projection.Stream, fn func(projection.Version) error) (int64, error) {
			mark, err := s.EachVersion(ctx, of.Connection, of.Name, pass(fn))
			return projected(mark).Position, err
		},
		Since: func(ctx context.Context, of projection.Stream, after int64, fn func(projection.Version) error) (int64, error) {
			mark, err := s.EachVersionSince(ctx, of.Connection, of.Name, time.Unix(0, after).UTC(), pass(fn))
			return projected(mark).Position, err
		},
		Room: s.Room,
	}
}
