package assess

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/results"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

const (
	pace      = 500 * time.Millisecond // between two rounds at least; four times as long as the round took if that is more
	restless  = 2 * time.Second        // until what waits for the end of a run is looked at again
	lookAgain = 10 * time.Minute       // until what gets old is looked at although nothing was committed
	patience  = 300 * time.Millisecond // how long an answer waits for what was committed
	heldFor   = 10 * time.Minute       // how long what a run has written waits for its end
	firstRest = time.Second            // after a failure; twice as long after each further one
	lastRest  = 5 * time.Minute
)

// FollowTests judges in the background what is committed, and records what changes. The caller calls stop before it closes the parts.
func (a *Assessor) FollowTests() (stop func()) {
	ctx, cancel := context.WithCancel(host.WithActor(context.Background(), host.AgentActor()))
	done := make(chan struct{})
	a.mu.Lock()
	a.follows = true
	a.mu.Unlock()
	go func() { // ends in stop
		defer close(done)
		a.follow(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

func (a *Assessor) follow(ctx context.Context) {
	rest := firstRest
	for ctx.Err() == nil {
		news := a.parts.Store.FeedNews() // before reading, so that none is missed
		begun := time.Now()
		exact, err := a.bringUp(ctx, demand{follows: true})
		if ctx.Err() != nil {
			return
		}
		a.tell(err)
		next := a.ending(lookAgain)
		switch {
		case err != nil:
			a.parts.Logger.Warn("judge tests", "err", err, "again_in", rest)
			pause(ctx, nil, rest)
			rest = min(2*rest, lastRest)
			continue
		case !exact:
			next = min(next, restless)
		}
		rest = firstRest
		a.wait(ctx, news, next)
		pause(ctx, a.kick, max(pace, 4*time.Since(begun)))
	}
}

// wait returns with news, when somebody asks, or after some time.
func (a *Assessor) wait(ctx context.Context, news <-chan struct{}, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-news:
	case <-a.kick:
	case <-timer.C:
	}
}

func pause(ctx context.Context, kick <-chan struct{}, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-kick:
	case <-timer.C:
	}
}

// tell wakes the answers that wait for the follower.
func (a *Assessor) tell(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.progress = verdict.Judging{}
	if err != nil {
		a.progress.Error = err.Error()
	}
	close(a.settled)
	a.settled = make(chan struct{})
}

// demand says how to bring the results up to date.
type demand struct {
	follows bool                   // what runs have written waits for their end, and changes are recorded
	again   func(test string) bool // tests that are judged for every record once more, and recorded; nil = none
	report  func(done, total int)
}

// bringUp judges what was committed since. It reports whether the results are exactly of their position.
func (a *Assessor) bringUp(ctx context.Context, d demand) (exact bool, err error) {
	select {
	case a.turn <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() { <-a.turn }()
	for attempt := range 2 {
		exact, err = undisturbed(ctx, a, func() (bool, error) { return a.settle(ctx, d) })
		if attempt > 0 || !errors.Is(err, results.ErrDamaged) && !errors.Is(err, results.ErrGone) {
			break
		}
		a.parts.Logger.Warn("results are made again", "err", err)
		a.stored().Forget()
	}
	switch {
	case err != nil:
	case d.again != nil:
		err = a.recordNow(ctx, exact)
	case d.follows:
		err = a.record(ctx, exact)
	}
	return exact, err
}

// settle judges once. The caller has the token.
func (a *Assessor) settle(ctx context.Context, d demand) (exact bool, err error) {
	s, err := a.settling(ctx)
	if err != nil {
		return false, err
	}
	s.again = d.again
	if d.follows {
		if s.held, err = a.unfinished(s.at); err != nil {
			return false, err
		}
	}
	s.report = func(done, total int) {
		a.mu.Lock()
		a.progress.Done, a.progress.Total = done, total
		a.mu.Unlock()
		if d.report != nil {
			d.report(done, total)
		}
	}
	s.scan = !a.seen.any || a.seen.day != s.day || a.seen.changes != s.live.Changes()
	a.by = s.rules
	exact, err = s.settle(ctx)
	a.judged = s.judged
	if err == nil {
		a.seen = seen{any: true, day: s.day, changes: s.live.Changes()}
	}
	return exact, err
}

// settling makes ready what judging reads.
func (a *Assessor) settling(ctx context.Context) (*settling, error) {
	position, err := a.parts.Store.FeedEnd()
	if err != nil {
		return nil, fmt.Errorf("read the position: %w", err)
	}
	rules, err := a.current(ctx)
	if err != nil {
		return nil, err
	}
	at := a.parts.Now()
	live, err := a.parts.People.Live(ctx, at)
	if err != nil {
		return nil, err
	}
	lists, err := a.listed(ctx, at)
	if err != nil {
		return nil, err
	}
	k := kinOf(lists)
	k.People = live
	store := a.stored()
	return &settling{
		round: &round{assessor: a, at: at, latest: true, lists: lists, kin: k}, store: store, rules: rules, live: live, state: store.State(),
		position: position, day: at.UTC().Format(time.DateOnly),
	}, nil
}

// unfinished returns the connections whose runs have not ended and began lately.
func (a *Assessor) unfinished(now time.Time) (map[string]bool, error) {
	runs, err := a.parts.Store.UnfinishedRuns()
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	held := map[string]bool{}
	for _, run := range runs {
		held[run.Connection] = run.StartedAt == nil || now.Sub(*run.StartedAt) < heldFor
	}
	return held, nil
}

// fresh brings the results up to date. Where they are followed in the background it waits a moment at most; the answer says how far
// they are.
func (a *Assessor) fresh(ctx context.Context) error {
	a.mu.Lock()
	follows, settled := a.follows, a.settled
	a.mu.Unlock()
	if !follows {
		_, err := a.bringUp(ctx, demand{})
		return err
	}
	behind, err := a.behind(ctx)
	if err != nil || !behind {
		return err
	}
	select {
	case a.kick <- struct{}{}:
	default: // it is woken already
	}
	pause(ctx, settled, patience)
	return nil
}

// behind reports whether something was committed that is not judged, or tests are judged otherwise by now.
func (a *Assessor) behind(ctx context.Context) (bool, error) {
	rules, err := a.current(ctx)
	if err != nil {
		return false, err
	}
	state := a.stored().State()
	return rules.position != state.Position || rules.signature != state.Rules, nil
}
