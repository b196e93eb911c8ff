// Package play plays the cases of the fault matrix: a world with an agent in it, the
// faults that happen to it, and the oracles that judge what is left.
package play

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"

	"github.com/plumbline-dev/plumbline/build/chaos/limit"
	"github.com/plumbline-dev/plumbline/build/chaos/overlay"
)

// Pair is a case: a fault at one of its moments, which may be "".
type Pair struct {
	Fault  Fault
	Moment string
}

// Title names the case.
func (p Pair) Title() string {
	if p.Moment == "" {
		return p.Fault.Name
	}
	return p.Fault.Name + "@" + p.Moment
}

// Life is what one data directory goes through: cases, one after another, so that
// each meets what the ones before it left.
type Life struct {
	Pairs []Pair
	Seed  uint64
}

// lifeCases is how many cases a life has at most. Starting an agent and reading
// everything for the first time costs about as much as two cases.
const lifeCases = 8

// Lives divides the cases into lives by the seed. A case that needs an environment
// of its own has a life to itself.
func Lives(cases []Pair, seed uint64) []Life {
	var all []Life
	shared := slices.DeleteFunc(slices.Clone(cases), func(p Pair) bool { return p.Fault.setUp != nil })
	rng := rand.New(rand.NewPCG(seed, 4))
	rng.Shuffle(len(shared), func(a, b int) { shared[a], shared[b] = shared[b], shared[a] })
	for part := range slices.Chunk(shared, lifeCases) {
		all = append(all, Life{part, seed})
	}
	for _, p := range cases {
		if p.Fault.setUp != nil {
			all = append(all, Life{[]Pair{p}, seed})
		}
	}
	return all
}

// Titles names the cases.
func (l Life) Titles() []string {
	var names []string
	for _, p := range l.Pairs {
		names = append(names, p.Title())
	}
	return names
}

// Play plays the cases from a seed, in a directory of their own, up to the first
// that goes wrong, and returns an outcome for each that it played.
func (l Life) Play(ctx context.Context, p *overlay.Programs, o Options) (outcomes []Outcome) {
	dir, err := os.MkdirTemp("", "plc")
	if err != nil {
		return []Outcome{{Case: l.Pairs[0].Title(), Seed: l.Seed, Error: err.Error()}}
	}
	defer func() { _ = os.RemoveAll(dir) }() // left.go has checked it
	rng := rand.New(rand.NewPCG(l.Seed, 3))
	o.Prune = rng.IntN(3) > 0 || o.Prune
	w, err := NewWorld(p, dir, l.Seed, o)
	if err != nil {
		return []Outcome{{Case: l.Pairs[0].Title(), Seed: l.Seed, Error: err.Error()}}
	}
	s := &story{World: w, rng: rng}
	for i := range l.Pairs {
		begun := time.Now()
		err := s.chapter(ctx, l.Pairs, i)
		if err != nil || len(w.Violations) > 0 || i == len(l.Pairs)-1 {
			err = errors.Join(err, w.Close())
		}
		result := Outcome{Case: l.Pairs[i].Title(), Seed: l.Seed, Life: l.Titles()[:i+1], Seconds: time.Since(begun).Seconds()}
		result.judge(err, w)
		if outcomes = append(outcomes, result); err != nil || result.Bad() {
			return outcomes
		}
	}
	return outcomes
}

// judge takes what became of a case into its outcome.
func (o *Outcome) judge(err error, w *World) {
	var not Impossible
	switch {
	case errors.As(err, &not):
		o.NotRun = not.Why
	case err != nil:
		o.Error = err.Error()
	}
	if o.Violations = w.Violations; o.Bad() && w.Agent != nil {
		o.Log = Clip(w.Agent.Log(), 2000)
	}
}

// chapter plays the case at i, with the beginning of the life before the first
// and the end of it behind the last.
func (s *story) chapter(ctx context.Context, cases []Pair, i int) error {
	ctx, cancel := context.WithTimeout(ctx, limit.Allowed(limit.Case))
	defer cancel()
	s.fault, s.moment = cases[i].Fault, cases[i].Moment
	if i == 0 {
		if err := s.birth(ctx); err != nil {
			return err
		}
	}
	if err := s.face(ctx); err != nil || i < len(cases)-1 || len(s.Violations) > 0 {
		return err
	}
	return s.conclude(ctx)
}

// birth is everything up to the end of the first run.
func (s *story) birth(ctx context.Context) error {
	if s.fault.setUp != nil {
		if err := s.fault.setUp(s.World); err != nil {
			return err
		}
	}
	if err := s.Start(ctx); err != nil {
		return err
	}
	if err := s.Connect(ctx, "chaos", Alias, s.Canary); err != nil {
		return err
	}
	if err := s.clean(ctx); err != nil {
		return fmt.Errorf("first run: %w", err)
	}
	return nil
}

// face is one case: the run with the fault, what is left of it, and a run after it.
func (s *story) face(ctx context.Context) error {
	judged, taken := len(s.runs), len(s.consumer.taken)
	s.oldAgent, s.oldFiles = s.Agent, s.Agent.files()
	s.happen()
	if err := s.strike(ctx); err != nil {
		return fmt.Errorf("run with the fault: %w", err)
	}
	s.noProcess("after the run with the fault")
	s.noFile()
	if s.fault.undo != nil {
		if err := s.fault.undo(ctx, s.World); err != nil {
			return fmt.Errorf("undo the fault: %w", err)
		}
	}
	s.Upstream.Restless.Store(false)
	s.happen()
	if err := s.clean(ctx); err != nil {
		return fmt.Errorf("run after the fault: %w", err)
	}
	return s.oracles(ctx, judged, taken, false)
}

// oracles asks every oracle about the runs and changes from those on.
func (s *story) oracles(ctx context.Context, runs, taken int, end bool) error {
	if err := s.storeOracle(ctx, s.runs[runs:], end); err != nil {
		return err
	}
	if err := s.feedOracle(ctx); err != nil {
		return err
	}
	s.logOracle()
	s.sweepOracle(s.consumer.taken[taken:])
	return nil
}

// conclude plays another clean run, asks every oracle about the whole life, and
// checks what the stopped agent leaves.
func (s *story) conclude(ctx context.Context) error {
	if err := s.clean(ctx); err != nil {
		return fmt.Errorf("last run: %w", err)
	}
	if err := s.oracles(ctx, 0, 0, true); err != nil {
		return err
	}
	if err := s.Agent.Stop(); err != nil {
		s.Complain("left", "%v", err)
	}
	s.nothingLeft()
	return nil
}

// clean is a run that nothing disturbs. The moments it comes by are counted: the
// next fault strikes at one of them.
func (s *story) clean(ctx context.Context) error {
	s.director.Arm("", 0)
	p, err := s.sync(ctx)
	if err != nil {
		return err
	}
	if p.run.Status != host.StatusSucceeded {
		s.Complain("truth", "run %d was not disturbed and is %s: %v", p.number, p.run.Status, problems(p.run))
	}
	return nil
}

// Repeat plays a case that failed again: alone and, when it does not fail alone, in
// its life.
func (o *Outcome) Repeat(ctx context.Context, l Life, p *overlay.Programs) {
	like := func(l Life) bool {
		again := l.Play(ctx, p, Options{})
		last := again[len(again)-1]
		same := len(o.Violations) == 0 || len(last.Violations) > 0 && last.Violations[0].Oracle == o.Violations[0].Oracle
		return last.Case == o.Case && last.Bad() && same
	}
	l.Pairs = l.Pairs[:len(o.Life)]
	alone := Life{l.Pairs[len(l.Pairs)-1:], l.Seed}
	if o.Again = like(alone); o.Again {
		o.Life = alone.Titles()
	} else if len(l.Pairs) > 1 {
		o.Again = like(l)
	}
}

// ParseLife reads what -life gives: titles of cases with spaces between them.
func ParseLife(text string, seed uint64) (Life, error) {
	l := Life{Seed: seed}
	for name := range strings.FieldsSeq(text) {
		at := slices.IndexFunc(Cases(), func(p Pair) bool { return p.Title() == name })
		if at < 0 {
			return l, fmt.Errorf("read -life: there is no case %s; -list prints the names", name)
		}
		if p := Cases()[at]; p.Fault.setUp == nil || len(strings.Fields(text)) == 1 {
			l.Pairs = append(l.Pairs, p)
			continue
		}
		return l, fmt.Errorf("read -life: %s needs an environment of its own and a life to itself", name)
	}
	return l, nil
}

// Cases are every pair of the matrix.
func Cases() []Pair {
	var all []Pair
	for _, f := range Faults() {
		for _, moment := range f.Moments {
			all = append(all, Pair{f, moment})
		}
	}
	return all
}
