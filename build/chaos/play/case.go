package play

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"

	"github.com/plumbline-dev/plumbline/build/chaos/overlay"
	"github.com/plumbline-dev/plumbline/build/chaos/upstream"
)

// Options are what a case is played with besides its seed.
type Options struct {
	Mutants string // alive in the agent
	Author  string // faults of the connector's author and of its SDK
	Prune   bool   // the upstream forgets; else the seed says whether it does
}

// Fault is a row of the matrix. The zero value of what is not set means that
// nothing is done or asked.
type Fault struct {
	Name    string
	Moments []string                                                     // columns; "" is a fault without a moment
	first   string                                                       // reached before the moment counts
	setUp   func(w *World) error                                         // prepares the environment of a life of its own
	inject  func(ctx context.Context, w *World, v *upstream.Visit) error // while a program waits at the moment
	undo    func(ctx context.Context, w *World) error
	play    func(ctx context.Context, w *World) error // instead of the run with the fault
	deadly  bool                                      // the agent is killed
	mayDie  bool                                      // the agent may die of it
	status  []host.RunStatus                          // one of these is the run's outcome, when the agent lives
	late    bool                                      // does nothing to a run that has read everything by then
	codes   string                                    // one of these words begins an error of a run that failed
}

// Outcome is the result of a case.
type Outcome struct {
	Case       string
	Seed       uint64
	Life       []string // the cases of its agent up to this one
	Seconds    float64
	When       string // the power was cut: in the middle of the act, or when it was acknowledged
	NotRun     string // why it could not be
	Again      bool   // it failed again with the same seed
	Error      string // the case itself could not go on
	Violations []Violation
	Log        string // the end of the agent's log, when something is wrong
}

// Bad reports whether something is wrong.
func (o Outcome) Bad() bool { return o.Error != "" || len(o.Violations) > 0 }

// Impossible is why a case cannot be run on this machine.
type Impossible struct{ Why string }

func (i Impossible) Error() string { return i.Why }

// story is the course of a life, at one of its cases.
type story struct {
	*World
	fault  Fault
	moment string
	rng    *rand.Rand
}

func (s *story) happen() { s.History(4 + s.rng.IntN(14)) }

// strike is the run with the fault.
func (s *story) strike(ctx context.Context) error {
	if s.fault.play != nil {
		return s.fault.play(ctx, s.World)
	}
	s.Upstream.Restless.Store(s.rng.IntN(2) == 0)
	nth := 1 + s.rng.IntN(max(s.director.Times(s.moment), 1))
	for _, nth := range []int{nth, 1} {
		p, v, err := s.reach(ctx, nth)
		if err != nil {
			return err
		}
		if v == nil && s.moment != "" {
			// The run had fewer of them than the one before: take the first.
			if err := s.settle(ctx, p); err != nil {
				return err
			}
			s.happen()
			continue
		}
		return s.hit(ctx, p, v)
	}
	return fmt.Errorf("moment %s was never reached", s.moment)
}

// reach begins a run and waits for its nth time at the moment. The visit is nil
// when the run ended before; at no moment the damage is done before it begins.
func (s *story) reach(ctx context.Context, nth int) (*played, *upstream.Visit, error) {
	first := s.moment
	if s.fault.first != "" {
		first, nth = s.fault.first, 1
	}
	if draining := strings.HasSuffix(s.moment, ".drain"); draining {
		first, nth = overlay.AtUsersPage, 1
	}
	if s.moment == "host.sweep" {
		s.Model.RemoveSome()
	}
	if s.moment == "" {
		if err := s.damage(ctx, nil); err != nil {
			return nil, nil, err
		}
		return s.begin(ctx), nil, nil
	}
	trap := s.director.Arm(first, nth)
	p := s.begin(ctx)
	v, err := s.sprung(ctx, p, trap)
	if err != nil || v == nil || first == s.moment {
		return p, v, err
	}
	trap = s.director.Arm(s.moment, 1)
	if s.fault.first != "" {
		v.Release("")
		v, err = s.sprung(ctx, p, trap)
		return p, v, err
	}
	if err := errors.Join(p.known(ctx), s.cancel(ctx, p)); err != nil {
		return p, nil, err
	}
	// Held as it is, the connector hears of the cancel in the request that waits
	// here. Let go before that, it might be in another one, and end without draining.
	held := v
	v, err = s.sprung(ctx, p, trap)
	held.Release("")
	return p, v, err
}

func (w *World) cancel(ctx context.Context, p *played) error {
	return w.Agent.Post(ctx, "/runs/"+p.run.ID+"/cancel", nil, nil)
}

// sprung waits for the trap or the end of the run.
func (w *World) sprung(ctx context.Context, p *played, t *upstream.Trap) (*upstream.Visit, error) {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	var failed error
	ended := make(chan struct{})
	go func() { failed = w.await(waiting, p); close(ended) }() // ends with the call
	select {
	case v := <-t.Sprung:
		stop()
		<-ended
		// Dirty reads would show here: the run stands still in the middle.
		return v, w.consumer.read(ctx, w)
	case <-ended:
		return nil, failed
	}
}

// damage does what the fault does, while v waits or, at no moment, before the run.
func (s *story) damage(ctx context.Context, v *upstream.Visit) error {
	if s.fault.inject == nil {
		return nil
	}
	if err := s.fault.inject(ctx, s.World, v); err != nil {
		return fmt.Errorf("inject: %w", err)
	}
	return nil
}

// hit does the damage at the moment and sees the run to its end.
func (s *story) hit(ctx context.Context, p *played, v *upstream.Visit) error {
	if v != nil {
		if err := s.damage(ctx, v); err != nil {
			return err
		}
		v.Release("")
	}
	err := s.await(ctx, p)
	s.director.Disarm()
	if errors.Is(err, errDied) {
		p.crashed, p.lastWord = true, s.moment == "host.transaction"
		return s.again(ctx, p)
	}
	if err != nil {
		return err
	}
	s.expect(p)
	return s.settle(ctx, p)
}

// again starts the agent after it died in a run.
func (s *story) again(ctx context.Context, p *played) error {
	if !s.fault.deadly && !s.fault.mayDie {
		s.Complain("truth", "the agent died of it: %s", Clip(s.Agent.Log(), 1500))
	}
	s.noProcess("after the agent died")
	if s.fault.undo != nil {
		if err := s.fault.undo(ctx, s.World); err != nil {
			return err
		}
	}
	if err := s.Start(ctx); err != nil {
		return fmt.Errorf("start again: %w", err)
	}
	return s.settle(ctx, p)
}

// expect compares the run's outcome with the fault's.
func (s *story) expect(p *played) {
	if s.fault.late && p.run.Status == host.StatusSucceeded && s.readAll() {
		return
	}
	if !slices.Contains(s.fault.status, p.run.Status) {
		s.Complain("truth", "run %d is %s, not one of %v: %v", p.number, p.run.Status, s.fault.status, problems(p.run))
	}
	if p.run.Status == host.StatusSucceeded || s.fault.codes == "" {
		return
	}
	found := problems(p.run)
	if !slices.ContainsFunc(found, func(said string) bool {
		return slices.ContainsFunc(strings.Fields(s.fault.codes), func(code string) bool { return strings.HasPrefix(said, code) })
	}) {
		s.Complain("truth", "run %d says %v, and nothing of %v", p.number, found, s.fault.codes)
	}
}

// readAll reports whether the connector came to the end of every stream since the
// trap was set.
func (s *story) readAll() bool {
	return !slices.ContainsFunc([]string{"users", "devices", "findings"}, func(stream string) bool {
		return s.director.Times("connector."+stream+".done") == 0
	})
}

func problems(r host.Run) []string {
	var said []string
	if r.Error != nil {
		said = append(said, r.Error.Code+": "+r.Error.Message)
	}
	for _, step := range r.Steps {
		if step.Error != nil {
			said = append(said, fmt.Sprintf("%s: %s (step %s)", step.Error.Code, step.Error.Message, step.Name))
		}
	}
	return said
}

// Clip shortens a text for a message.
func Clip(text string, most int) string {
	if text = strings.TrimSpace(text); len(text) > most {
		return "..." + text[len(text)-most:]
	}
	return text
}
