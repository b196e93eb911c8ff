package notify

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/notify/send"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/notification"
)

// Config says where notifications are kept and how they are sent.
type Config struct {
	Dir      string // of the sealed files
	Journal  *journal.Journal
	Key      *secret.MasterKey
	Events   *event.Log
	Sender   *send.Sender
	Address  string           // at which people open the screens; empty = messages hold no links
	Location *time.Location   // of quiet hours that name no zone
	Now      func() time.Time // nil = time.Now
	Logger   *slog.Logger     // nil = discard
}

// Source is what Step asks. These call up a floor: only the use cases know all that a verdict is made of.
type Source struct {
	Standings func(context.Context) ([]Standing, error)
	// Causes returns why connections are not read, by id. Those that cannot be explained are left out.
	Causes func(ctx context.Context, ids []string) (map[string]Cause, error)
}

// Notify is the notifications of a host. Its methods may be called from any goroutine.
type Notify struct {
	config Config
	box    box
	stop   context.CancelFunc // nil = nothing runs in the background
	done   chan struct{}

	stepMu    sync.Mutex // one Step at a time
	secretsMu sync.Mutex // of the file of secrets

	mu      sync.Mutex
	state   state
	changes bool // state differs from its file
}

const stateFile = "state"

// Open reads what is stored. A file that cannot be read is set aside.
func Open(config Config) (*Notify, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Location == nil {
		config.Location = time.UTC
	}
	if config.Sender == nil {
		config.Sender = send.New(func(*url.URL) (*url.URL, error) { return nil, nil }, nil)
	}
	n := &Notify{config: config, box: box{config.Dir, config.Key}, state: emptyState()}
	err := n.box.read(stateFile, &n.state)
	if err == nil && n.state.Version > stateVersion {
		err = fmt.Errorf("a newer Plumbline wrote version %d of it", n.state.Version)
	}
	if err == nil {
		return n, nil
	}
	// Syncs matter more than what waits to be sent. The file stays for those who want to examine it.
	aside, wrong := n.box.setAside(stateFile, config.Now())
	if wrong != nil {
		return nil, errors.Join(err, wrong)
	}
	config.Logger.Error("notifications begin anew, because their file cannot be read: what waited to be sent is lost",
		"file", aside, "err", err)
	n.state = emptyState()
	return n, nil
}

// Follow steps whenever something happened, until Close. It is called once.
func (n *Notify) Follow(source Source) {
	ctx, stop := context.WithCancel(context.Background())
	n.stop, n.done = stop, make(chan struct{})
	go func() { // ends in Close
		defer close(n.done)
		n.follow(ctx, source)
	}()
}

// Close ends the background. An attempt under way is broken off and made again at the next start.
func (n *Notify) Close() {
	if n.stop != nil {
		n.stop()
		<-n.done
	}
}

const (
	pace  = 2 * time.Second  // between two steps
	again = time.Minute      // after a step that failed
	least = 10 * time.Minute // a step is made at least this often
)

func (n *Notify) follow(ctx context.Context, source Source) {
	after, failed := n.config.Events.Last(), false
	for ctx.Err() == nil {
		next, err := n.Step(ctx, source)
		wait := least
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if !failed {
				n.config.Logger.Warn("notify", "err", err)
			}
			wait = again
		case !next.IsZero():
			wait = min(max(next.Sub(n.config.Now()), pace), least)
		}
		failed = err != nil
		after = n.await(ctx, after, wait)
	}
}

// await returns after something happened that may change a standing, or after wait; but not before pace.
func (n *Notify) await(ctx context.Context, after uint64, wait time.Duration) uint64 {
	rest, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for rest.Err() == nil {
		events, last, reset := n.config.Events.Wait(rest, after)
		after = last
		if reset || slices.ContainsFunc(events, tells) {
			break
		}
	}
	timer := time.NewTimer(pace)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	return after
}

// tells reports whether a standing or what is to be sent may differ after an event.
func tells(e event.Event) bool {
	return e.Topic == "connection" || e.Topic == "run" && e.Kind == event.KindFinished || e.Topic == notification.Topic && e.ID != ""
}

// Step compares the standings with what was told, writes the notifications that are ripe and sends what is due. It returns when the
// next step is due at the latest; zero = only when something happens. Everything it decides is on the disk before anything is sent.
func (n *Notify) Step(ctx context.Context, source Source) (next time.Time, err error) {
	n.stepMu.Lock()
	defer n.stepMu.Unlock()
	rules, err := n.Rules()
	if err != nil {
		return next, err
	}
	standings, err := source.Standings(ctx)
	if err != nil {
		return next, fmt.Errorf("read how connections are: %w", err)
	}
	now := n.config.Now().UTC()
	if err := n.take(ctx, source, standings, rules, now); err != nil {
		return next, err
	}
	ripe, err := n.write(rules, now)
	if err != nil {
		return next, err
	}
	if err := n.save(); err != nil {
		return next, err
	}
	n.deliver(ctx)
	return earlier(ripe, n.nextAttempt()), n.save()
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// take finds the transitions and adds them to their incidents.
func (n *Notify) take(ctx context.Context, source Source, standings []Standing, rules notification.Rules, now time.Time) error {
	n.mu.Lock()
	before := n.state.copy()
	s := &n.state
	if s.Began.IsZero() {
		s.Began, n.changes = now, true
		for _, one := range standings {
			s.Told[one.ID] = &told{}
			s.Told[one.ID].adopt(one, rules, now)
		}
		n.mu.Unlock()
		return nil
	}
	news := s.compare(standings, rules, now)
	n.mu.Unlock()
	var failing []string
	for _, t := range news {
		if t.kind != notification.KindRecovered && t.kind != notification.KindCredential {
			failing = append(failing, t.standing.ID)
		}
	}
	causes, err := map[string]Cause{}, error(nil)
	if len(failing) > 0 {
		causes, err = source.Causes(ctx, failing)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if err != nil {
		n.state.Told = before.Told // so that the next step finds them again
		return fmt.Errorf("explain what failed: %w", err)
	}
	for _, t := range news {
		if t.kind == notification.KindRecovered {
			s.recover(t.standing, now, newID)
			continue
		}
		s.join(t, causes[t.standing.ID], now, newID)
	}
	n.changes = n.changes || len(news) > 0 || !before.same(s)
	return nil
}

// newID returns an id that no other notification has.
func newID() string { return "ntf_" + rand.Text()[:20] }

// write writes the notifications that are ripe, with their deliveries.
func (n *Notify) write(rules notification.Rules, now time.Time) (next time.Time, err error) {
	channels, err := n.Channels()
	if err != nil {
		return next, err
	}
	workspace, err := n.config.Journal.Workspace()
	if err != nil {
		return next, fmt.Errorf("read whose records these are: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	tellings, next := n.state.ripe(now, time.Duration(rules.Window)*time.Second)
	for _, t := range tellings {
		id := t.incident.ID
		switch {
		case t.of > 0:
			id += "-part"
		case t.kind == notification.KindRecovered:
			id += "-end"
		}
		note := t.words(id, rules)
		note.At = now
		if workspace.Demo {
			note.Title, note.Text = "Demo: "+note.Title, note.Text+"\n"+demoText
		}
		at, quiet := now, false
		if end, in := rules.Quiet.End(now, n.config.Location); in && (!note.Urgent || !rules.Quiet.Urgent) {
			at, quiet = end, true
		}
		note.Deliveries = t.route(note, channels, at, quiet)
		n.state.Notifications = append(n.state.Notifications, note)
		n.config.Logger.Info("notification", "id", note.ID, "kind", note.Kind, "cause", note.Cause, "connections", note.Count,
			"deliveries", len(note.Deliveries))
		n.changes = true
	}
	if len(tellings) > 0 {
		n.state.prune(now)
	}
	return next, nil
}

// save writes the state when it differs from its file.
func (n *Notify) save() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.changes {
		return nil
	}
	if err := n.box.write(stateFile, n.state); err != nil {
		return err
	}
	n.changes = false
	n.config.Events.Publish(notification.Topic, "", notification.EventChanged)
	return nil
}

// changed says that a channel or the rules changed.
func (n *Notify) changed(id string) {
	n.config.Events.Publish(notification.Topic, id, notification.EventChanged)
}

// List returns notifications, newest first.
func (n *Notify) List(limit int) []notification.Notification {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := make([]notification.Notification, 0, min(limit, len(n.state.Notifications)))
	for _, one := range slices.Backward(n.state.Notifications) {
		if len(all) == limit {
			break
		}
		one.Deliveries = append([]notification.Delivery{}, one.Deliveries...)
		all = append(all, one)
	}
	return all
}
