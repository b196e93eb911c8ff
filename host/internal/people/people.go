package people

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/account"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/people/directory"
	"github.com/plumbline-dev/plumbline/host/internal/reader"
)

// Config is what People works with.
type Config struct {
	Journal *journal.Journal
	// Connector describes a connector. It is a function because the catalog is a room of the same floor.
	Connector func(ctx context.Context, id string) (host.Connector, error)
	// Changed hears of a change: decided with the id of the account, changed by records, built once. It is a function because the log of
	// events is a room of the same floor. Nil = nobody listens.
	Changed func(id, kind string)
	Logger  *slog.Logger     // nil = discard
	Now     func() time.Time // nil = time.Now
	Limits  directory.Limits
	Follow  bool // build and follow in the background; else an answer builds first
}

// Kinds of changes.
const (
	ChangeDecided = "decided" // by a person; the id is the account's, empty for several
	ChangeRecords = "changed" // records or connections changed accounts or persons
	ChangeBuilt   = "built"   // the index is complete for the first time
	ChangeSources = "sources" // the order of the sources of persons
)

// People is the index of accounts and persons, and the decisions about them. Its methods may be called from any goroutine.
type People struct {
	config   Config
	patience time.Duration // how long an answer waits for what was committed since

	stop context.CancelFunc // nil = nothing runs in the background
	done chan struct{}

	work  chan struct{} // holds a token while a goroutine takes up what is new
	built chan struct{} // closed when every stream was read once

	// Of the goroutine that has the token.
	ready     bool
	end       string // position of the feed that was taken up
	lastEdit  time.Time
	connector map[string]host.Connector // by id, until documents are edited

	mu       sync.RWMutex
	ix       *directory.Index
	ended    []endedConnection
	position account.Position
}

// endedConnection is a connection that is disconnected since a moment.
type endedConnection struct {
	directory.Connection
	at time.Time
}

// Open returns the index over a journal.
func Open(config Config) *People {
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Changed == nil {
		config.Changed = func(string, string) {}
	}
	p := &People{
		config: config, patience: 300 * time.Millisecond, work: make(chan struct{}, 1), built: make(chan struct{}), ix: directory.New(),
		position: account.Position{State: stateBuilding, Explanation: "The accounts are still being read."},
	}
	if config.Follow {
		ctx, stop := context.WithCancel(context.Background())
		p.stop, p.done = stop, make(chan struct{})
		go func() { // ends in Close
			defer close(p.done)
			p.follow(ctx)
		}()
	}
	return p
}

// at returns the index as it answers now. The caller holds mu.
func (p *People) at() *directory.Moment { return p.ix.At(p.config.Now(), p.config.Limits) }

// The states of a position.
const (
	stateBuilding  = "building"
	stateFollowing = "following"
	stateFailing   = "failing"
)

// Close ends the background.
func (p *People) Close() {
	if p.stop != nil {
		p.stop()
		<-p.done
	}
}

// Position returns how far the index is.
func (p *People) Position() account.Position {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.position
}

// firstRest and lastRest bound the time between two attempts to build.
const (
	firstRest = time.Second
	lastRest  = time.Minute
)

// follow builds the index, then follows the journal until ctx ends.
func (p *People) follow(ctx context.Context) {
	for rest := firstRest; ; rest = min(2*rest, lastRest) {
		err := p.refresh(ctx, nil)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return
		}
		p.config.Logger.Warn("read accounts", "err", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(rest):
		}
	}
	handle := func(ctx context.Context, batch []host.Landed) (int, error) {
		if err := p.refresh(ctx, nil); err != nil {
			return 0, err
		}
		return len(batch), nil
	}
	r, err := reader.Start(reader.Options{Name: "people", Journal: p.config.Journal, Handle: handle, Logger: p.config.Logger})
	if err != nil {
		p.config.Logger.Error("follow the journal for accounts", "err", err)
		return
	}
	<-ctx.Done()
	r.Close()
}

// fresh takes up what was committed, unless that takes longer than a moment. Without a background it builds the index first.
func (p *People) fresh(ctx context.Context) error {
	if p.config.Follow {
		select {
		case <-p.built:
		case <-ctx.Done():
			return nil
		case <-time.After(p.patience):
			return nil
		}
	}
	if err := p.refresh(ctx, time.After(p.patience)); ctx.Err() == nil {
		return err
	}
	return nil // the answer says how far the index is
}

// refresh takes up what was committed since the last time. It waits for its turn until enough is ready, and then takes up nothing;
// nil = for ever.
func (p *People) refresh(ctx context.Context, enough <-chan time.Time) (err error) {
	select {
	case p.work <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-enough:
		return nil
	}
	defer func() { <-p.work }()
	end, err := p.config.Journal.FeedEnd()
	if err == nil && p.ready && end == p.end {
		return nil
	}
	changed := false
	if err == nil {
		changed, err = p.takeUp(ctx)
	}
	p.mu.Lock()
	switch {
	case err == nil:
		p.position.State, p.position.Explanation = stateFollowing, ""
	case ctx.Err() == nil && p.ready:
		p.position.State, p.position.Explanation = stateFailing, err.Error()
	}
	p.mu.Unlock()
	if err != nil {
		return err
	}
	p.end = end
	switch {
	case !p.ready:
		p.ready = true
		close(p.built)
		p.config.Changed("", ChangeBuilt)
	case changed:
		p.config.Changed("", ChangeRecords)
	}
	return nil
}
