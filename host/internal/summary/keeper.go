package summary

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/summary/provider"
)

// Config is what Keeper works with.
type Config struct {
	Store  *journal.Journal
	Key    *secret.MasterKey
	Events *event.Log
	Logger *slog.Logger
	Now    func() time.Time
	Stall  time.Duration // how long a stream may bring nothing; 0 = 30 seconds
}

// Keeper keeps summaries. Its methods may be called from any goroutine.
type Keeper struct {
	config   Config
	client   *provider.Client
	settings *documents.Collection[aisummary.Settings] // at most one
	records  *documents.Collection[record]             // by connection and run
	feedback *documents.Collection[aisummary.Feedback] // by connection and attempt

	wait sync.WaitGroup // the attempts that go on

	mu       sync.Mutex
	closed   bool
	works    map[string]*work                      // by connection
	latest   map[string]documents.Document[record] // by connection; nil = not read yet
	versions map[string]uint64                     // by connection
	changed  chan struct{}                         // closed by the next change of any
}

// record is the latest attempt about a run, and the latest summary that passed.
type record struct {
	Connection string             `json:"connection"`
	Alias      string             `json:"alias"`
	Latest     aisummary.Attempt  `json:"latest"`
	Summary    *aisummary.Summary `json:"summary,omitempty"`
}

// work is an attempt that goes on.
type work struct {
	attempt  aisummary.Attempt
	progress aisummary.Progress
	shown    time.Time // when progress was last published
	cancel   context.CancelCauseFunc
	by       *host.Actor // who cancelled it; nil = no one has
	forgot   bool        // the connection was removed meanwhile
}

// Names in the journal.
const (
	settingsKey = "summary"
	secretName  = "summary.key"
)

// mostWorks is how many models are asked at one moment.
const mostWorks = 4

// Open returns the keeper of summaries in a journal.
func Open(c Config) *Keeper {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	docs := c.Store.Documents
	return &Keeper{
		config: c, client: provider.New(c.Stall),
		settings: documents.NewCollection(docs, "summary_settings", func(s aisummary.Settings) string { return s.Model }),
		records:  documents.NewCollection(docs, "summary", func(r record) string { return r.Alias }),
		feedback: documents.NewCollection(docs, "summary_feedback", func(f aisummary.Feedback) string { return f.Alias }),
		works:    map[string]*work{}, versions: map[string]uint64{}, changed: make(chan struct{}),
	}
}

// errClosing is the cause for which attempts end when Plumbline does.
var errClosing = errors.New("plumbline is stopping")

// Close ends the attempts that go on and waits for them.
func (k *Keeper) Close() {
	k.mu.Lock()
	k.closed = true
	for _, w := range k.works {
		w.cancel(errClosing)
	}
	k.mu.Unlock()
	k.wait.Wait()
}

// tellLocked says that something of a connection changed.
func (k *Keeper) tellLocked(connection, kind string) {
	k.versions[connection]++
	close(k.changed)
	k.changed = make(chan struct{})
	k.config.Events.Publish("summary", connection, kind)
}

// Await returns once the version of a connection's card is past one, or ctx ends.
func (k *Keeper) Await(ctx context.Context, connection string, after uint64) {
	for {
		k.mu.Lock()
		version, changed := k.versions[connection], k.changed
		k.mu.Unlock()
		if version != after {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// latestLocked returns the latest record of a connection, the zero document when there is none.
func (k *Keeper) latestLocked(connection string) (documents.Document[record], error) {
	if k.latest == nil {
		all, err := k.records.List()
		if err != nil {
			return documents.Document[record]{}, err
		}
		k.latest = map[string]documents.Document[record]{}
		for _, one := range all {
			if before, known := k.latest[one.Value.Connection]; !known || before.Value.Latest.At.Before(one.Value.Latest.At) {
				k.latest[one.Value.Connection] = one
			}
		}
	}
	return k.latest[connection], nil
}

// put stores a record. The context names the actor.
func (k *Keeper) put(ctx context.Context, r record) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	key := r.Connection + "/" + r.Latest.Run
	stored, err := k.records.Get(key)
	if err != nil && !host.IsNotFound(err) {
		return fmt.Errorf("read summary: %w", err)
	}
	if r.Summary == nil && stored.Revision > 0 {
		r.Summary = stored.Value.Summary
	}
	if _, err := k.latestLocked(r.Connection); err != nil {
		return err
	}
	put, err := k.records.Put(ctx, key, r, stored.Revision)
	if err == nil {
		k.latest[r.Connection] = put
	}
	return err
}

// Forget deletes what is kept of a connection that was removed.
func (k *Keeper) Forget(ctx context.Context, connection string) error {
	k.mu.Lock()
	if w := k.works[connection]; w != nil {
		w.forgot = true
		w.cancel(context.Canceled)
	}
	delete(k.latest, connection)
	k.mu.Unlock()
	records, err := k.records.List()
	if err != nil {
		return err
	}
	for _, one := range records {
		if one.Value.Connection == connection {
			if err := k.records.Delete(ctx, one.Key, 0); err != nil {
				return err
			}
		}
	}
	said, err := k.feedback.List()
	if err != nil {
		return err
	}
	for _, one := range said {
		if one.Value.Connection == connection {
			if err := k.feedback.Delete(ctx, one.Key, 0); err != nil {
				return err
			}
		}
	}
	return nil
}
