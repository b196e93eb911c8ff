package main

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
)

// pair is a case: a fault at one of its moments, which may be "".
type pair struct {
	fault  fault
	moment string
}

func (p pair) title() string {
	if p.moment == "" {
		return p.fault.name
	}
	return p.fault.name + "@" + p.moment
}

// life is what one data directory goes through: cases, one after another, so that
// each meets what the ones before it left.
type life struct {
	pairs []pair
	seed  uint64
}

// lifeCases is how many cases a life has at most. Starting an agent and reading
// everything for the first time costs about as much as two cases.
const lifeCases = 8

// lives deals the cases out by the seed. A case that wants a place of its own
// lives alone.
func lives(cases []pair, seed uint64, most int) []life {
	var all []life
	shared := slices.DeleteFunc(slices.Clone(cases), func(p pair) bool { return p.fault.place != nil })
	rng := rand.New(rand.NewPCG(seed, 4))
	rng.Shuffle(len(shared), func(a, b int) { shared[a], shared[b] = shared[b], shared[a] })
	for part := range slices.Chunk(shared, max(most, 1)) {
		all = append(all, life{part, seed})
	}
	for _, p := range cases {
		if p.fault.place != nil {
			all = append(all, life{[]pair{p}, seed})
		}
	}
	return all
}

func (l life) titles() []string {
	var names []string
	for _, p := range l.pairs {
		names = append(names, p.title())
	}
	return names
}

// play plays the cases from a seed, in a directory of their own, up to the first
// that goes wrong, and returns an outcome for each that it played.
func (l life) play(ctx context.Context, p *programs, o options) (outcomes []outcome) {
	dir, err := os.MkdirTemp("", "plc")
	if err != nil {
		return []outcome{{Case: l.pairs[0].title(), Seed: l.seed, Error: err.Error()}}
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left is looked for before
	rng := rand.New(rand.NewPCG(l.seed, 3))
	o.prune = rng.IntN(3) > 0 || o.prune
	w, err := newWorld(p, dir, l.seed, o)
	if err != nil {
		return []outcome{{Case: l.pairs[0].title(), Seed: l.seed, Error: err.Error()}}
	}
	s := &story{world: w, rng: rng, events: o.events}
	for i := range l.pairs {
		begun := time.Now()
		err := s.chapter(ctx, l.pairs, i)
		if err != nil || len(w.violations) > 0 || i == len(l.pairs)-1 {
			err = errors.Join(err, w.close())
		}
		result := outcome{Case: l.pairs[i].title(), Seed: l.seed, Life: l.titles()[:i+1], Seconds: time.Since(begun).Seconds()}
		result.judge(err, w)
		if outcomes = append(outcomes, result); err != nil || result.bad() {
			return outcomes
		}
	}
	return outcomes
}

// judge takes what became of a case into its outcome.
func (o *outcome) judge(err error, w *world) {
	var not impossible
	switch {
	case errors.As(err, &not):
		o.NotRun = not.why
	case err != nil:
		o.Error = err.Error()
	}
	if o.Violations = w.violations; o.bad() && w.agent != nil {
		o.Log = clip(w.agent.Log(), 2000)
	}
}

// chapter plays the case at i, with the beginning of the life before the first
// and the end of it behind the last.
func (s *story) chapter(ctx context.Context, cases []pair, i int) error {
	ctx, cancel := context.WithTimeout(ctx, allowed(caseLimit))
	defer cancel()
	s.fault, s.moment = cases[i].fault, cases[i].moment
	if i == 0 {
		if err := s.birth(ctx); err != nil {
			return err
		}
	}
	if err := s.face(ctx); err != nil || i < len(cases)-1 || len(s.violations) > 0 {
		return err
	}
	return s.conclude(ctx)
}

// birth is everything up to the end of the first run.
func (s *story) birth(ctx context.Context) error {
	if s.fault.place != nil {
		if err := s.fault.place(s.world); err != nil {
			return err
		}
	}
	if err := s.start(ctx); err != nil {
		return err
	}
	if err := s.connect(ctx); err != nil {
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
	s.rememberFiles()
	s.happen()
	if err := s.strike(ctx); err != nil {
		return fmt.Errorf("run with the fault: %w", err)
	}
	s.noProcess("after the run with the fault")
	s.noFile()
	if s.fault.undo != nil {
		if err := s.fault.undo(ctx, s.world); err != nil {
			return fmt.Errorf("undo the fault: %w", err)
		}
	}
	s.upstream.restless.Store(false)
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

// conclude is another quiet run, every oracle about the whole life, and a look at
// what the agent leaves when it is stopped.
func (s *story) conclude(ctx context.Context) error {
	if err := s.clean(ctx); err != nil {
		return fmt.Errorf("last run: %w", err)
	}
	if err := s.oracles(ctx, 0, 0, true); err != nil {
		return err
	}
	if err := s.agent.stop(); err != nil {
		s.complain("left", "%v", err)
	}
	s.nothingLeft()
	return nil
}

// clean is a run that nothing disturbs. The moments it comes by are counted: the
// next fault strikes at one of them.
func (s *story) clean(ctx context.Context) error {
	s.director.arm("", 0)
	p, err := s.sync(ctx)
	if err != nil {
		return err
	}
	if p.run.Status != host.StatusSucceeded {
		s.complain("truth", "run %d was not disturbed and is %s: %v", p.number, p.run.Status, problems(p.run))
	}
	return nil
}

// shrink plays a case that failed again, alone if it can fail alone, and with less
// and less history.
func (o *outcome) shrink(ctx context.Context, l life, p *programs) {
	o.Shrunk = notAgain
	like := func(l life, events int) bool {
		again := l.play(ctx, p, options{events: events})
		last := again[len(again)-1]
		return last.Case == o.Case && last.bad() && (len(o.Violations) == 0 || len(last.Violations) > 0 && last.Violations[0].Oracle == o.Violations[0].Oracle)
	}
	l.pairs = l.pairs[:len(o.Life)]
	alone := life{l.pairs[len(l.pairs)-1:], l.seed}
	switch {
	case len(l.pairs) > 1 && like(alone, -1):
		l, o.Life, o.Shrunk = alone, alone.titles(), asItWas
	case like(l, -1):
		o.Shrunk = asItWas
	}
	for _, events := range []int{0, 1, 2, 4, 8} {
		if like(l, events) {
			o.Shrunk = events
			return
		}
	}
}

// parseLife reads what -life gives: titles of cases with spaces between them.
func parseLife(text string, seed uint64) (life, error) {
	l := life{seed: seed}
	for name := range strings.FieldsSeq(text) {
		at := slices.IndexFunc(cases(), func(p pair) bool { return p.title() == name })
		if at < 0 {
			return l, fmt.Errorf("read -life: there is no case %s; -list prints the names", name)
		}
		if p := cases()[at]; p.fault.place == nil || len(strings.Fields(text)) == 1 {
			l.pairs = append(l.pairs, p)
			continue
		}
		return l, fmt.Errorf("read -life: %s needs a place of its own and lives alone", name)
	}
	return l, nil
}

// cases are every pair of the matrix.
func cases() []pair {
	var all []pair
	for _, f := range faults() {
		for _, moment := range f.moments {
			all = append(all, pair{f, moment})
		}
	}
	return all
}
