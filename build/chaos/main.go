package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/plumbline-dev/plumbline/build/chaos/limit"
	"github.com/plumbline-dev/plumbline/build/chaos/overlay"
	"github.com/plumbline-dev/plumbline/build/chaos/play"
	"github.com/plumbline-dev/plumbline/build/chaos/power"
)

// settings are the flags.
type settings struct {
	times   int
	seed    uint64
	pattern string
	life    string
	chain   int
	json    bool
	workers int
	play    string
	moments int
	list    bool
	only    *regexp.Regexp
}

// What can be played.
const (
	matrix   = "matrix"
	negative = "mutants"
	both     = "both" // these two
)

func main() {
	var s settings
	flag.IntVar(&s.times, "times", 1, "how many times every case is played, each time with another seed")
	flag.Uint64Var(&s.seed, "seed", 0, "seed of the first time; 0 = by the clock")
	flag.StringVar(&s.pattern, "case", "", "play only the cases whose names this regular expression matches, e.g. '^sigkill-host@'")
	flag.StringVar(&s.life, "life", "", "play these cases in this order on one agent's data, e.g. 'exit0@connector.users.page lock-held'")
	flag.IntVar(&s.chain, "chain", play.LifeCases, "cases that one agent's data goes through; 1 = each has its own")
	flag.BoolVar(&s.json, "json", false, "print one JSON object a case, and one with the summary")
	// A life waits much of the time: for the disk, for processes to end, for patience.
	flag.IntVar(&s.workers, "workers", 4*runtime.NumCPU(), "lives played at one moment")
	flag.Float64Var(&limit.Slack, "slack", limit.Slack, "what every limit of time is multiplied by; more than 1 for a machine that does other things as well")
	flag.StringVar(&s.play, "play", matrix, "what is played: matrix, mutants (each has to be caught by its case or test), both, or power (power cuts; needs root)")
	flag.IntVar(&s.moments, "moments", 60, "power cuts that -play power plays")
	flag.BoolVar(&s.list, "list", false, "list what would be played, and end")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := s.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		stop()
		os.Exit(1)
	}
}

func (s *settings) run(ctx context.Context) (err error) {
	if s.only, err = regexp.Compile(s.pattern); err != nil {
		return fmt.Errorf("read -case: %w", err)
	}
	if !slices.Contains([]string{matrix, negative, both, overlay.PowerCut}, s.play) {
		return fmt.Errorf("-play is matrix, mutants, both or power, not %q", s.play)
	}
	if limit.Slack <= 0 {
		return fmt.Errorf("-slack is a number above 0, not %v", limit.Slack)
	}
	if s.seed == 0 {
		s.seed = uint64(time.Now().UnixNano()) % 1_000_000
	}
	if s.list {
		return s.printList()
	}
	root, err := repository()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "plb")
	if err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	begun := time.Now()
	p, err := overlay.Build(ctx, root, dir)
	if err != nil {
		return err
	}
	built := time.Since(begun)
	var failed error
	for _, what := range []struct {
		name string
		play func(context.Context, *overlay.Programs, *report) error
	}{{matrix, s.playMatrix}, {negative, s.playMutants}, {overlay.PowerCut, s.playPower}} {
		if s.play == what.name || s.play == both && what.name != overlay.PowerCut {
			r := newReport(s, what.name, built)
			if err := what.play(ctx, p, r); err != nil {
				return err
			}
			failed = errors.Join(failed, r.finish(ctx))
		}
	}
	return failed
}

// repository finds the top of the sources from where the program is run.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find repository: %w", err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("run it inside the repository")
		}
	}
}

// plan deals the chosen cases out to lives, anew each time.
func (s *settings) plan() ([]play.Life, error) {
	if s.life != "" {
		l, err := play.ParseLife(s.life, s.seed)
		return []play.Life{l}, err
	}
	chosen := slices.DeleteFunc(play.Cases(), func(p play.Pair) bool { return !s.only.MatchString(p.Title()) })
	var all []play.Life
	for i := range s.times {
		all = append(all, play.Lives(chosen, s.seed+uint64(i), s.chain)...)
	}
	return all, nil
}

// playMatrix plays every life, a few at one moment. What a life did not come to,
// because a case of it went wrong, is another life.
func (s *settings) playMatrix(ctx context.Context, p *overlay.Programs, r *report) error {
	plan, err := s.plan()
	if err != nil {
		return err
	}
	for _, l := range plan {
		r.expect(len(l.Pairs))
	}
	each(ctx, s.workers, plan, func(l play.Life) {
		for len(l.Pairs) > 0 {
			outcomes := l.Play(ctx, p, play.Options{Events: -1})
			if ctx.Err() != nil {
				return // it was cut short, which says nothing
			}
			for i, o := range outcomes {
				if o.Bad() && o.Seconds < 30 {
					o.Shrink(ctx, l, p)
				}
				r.add(o, l.Pairs[i])
			}
			l.Pairs = l.Pairs[len(outcomes):]
		}
	})
	return nil
}

// each calls work for every task, on so many goroutines, until ctx ends.
func each[T any](ctx context.Context, workers int, tasks []T, work func(T)) {
	queue := make(chan T)
	done := make(chan struct{})
	for range max(workers, 1) {
		go func() { // ends with the queue
			for t := range queue {
				work(t)
			}
			done <- struct{}{}
		}()
	}
feed:
	for _, t := range tasks {
		select {
		case queue <- t:
		case <-ctx.Done():
			break feed
		}
	}
	close(queue)
	for range max(workers, 1) {
		<-done
	}
}

func (s *settings) printList() error {
	encoder := json.NewEncoder(os.Stdout)
	if s.play == overlay.PowerCut {
		for _, a := range power.Acts() {
			if err := encoder.Encode(map[string]string{"act": a.Name}); err != nil {
				return err
			}
		}
		return nil
	}
	if s.play != matrix {
		for _, m := range overlay.Mutants() {
			if err := encoder.Encode(map[string]string{"mutant": m.Name, "fault": m.What, "caught_by": m.Catcher()}); err != nil {
				return err
			}
		}
	}
	if s.play != negative {
		plan, err := s.plan()
		if err != nil {
			return err
		}
		for n, l := range plan {
			for _, title := range l.Titles() {
				if err := encoder.Encode(map[string]any{"case": title, "life": n + 1, "seed": l.Seed}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// playPower cuts the power at so many moments and looks at what each cut left.
func (s *settings) playPower(ctx context.Context, p *overlay.Programs, r *report) error {
	if os.Geteuid() != 0 {
		return errors.New(power.NeedsRoot)
	}
	r.expect(s.moments)
	var lives []uint64
	most := power.Rounds * len(power.Acts())
	for n := range (s.moments + most - 1) / most {
		lives = append(lives, s.seed+uint64(n))
	}
	var mu sync.Mutex
	var cannot error
	each(ctx, min(s.workers, 2), lives, func(seed uint64) {
		moments := min(most, s.moments-int(seed-s.seed)*most)
		err := power.Cut(ctx, p, seed, moments, play.Options{}, func(o play.Outcome, at play.Pair) bool { r.add(o, at); return true })
		mu.Lock()
		defer mu.Unlock()
		cannot = errors.Join(cannot, err)
	})
	var not play.Impossible
	if errors.As(cannot, &not) {
		return fmt.Errorf("power cuts need root, loop devices, ext4, fsfreeze and losetup: %w", cannot)
	}
	return cannot
}
