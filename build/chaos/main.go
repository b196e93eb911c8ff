package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/build/chaos/limit"
	"github.com/plumbline-dev/plumbline/build/chaos/overlay"
	"github.com/plumbline-dev/plumbline/build/chaos/play"
	"github.com/plumbline-dev/plumbline/build/chaos/power"
)

type settings struct {
	times   int
	seed    uint64
	pattern string
	life    string
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
	flag.Float64Var(&limit.Slack, "slack", limit.Slack,
		"what every limit of time is multiplied by; more than 1 for a machine that does other work as well")
	flag.StringVar(&s.play, "play", matrix,
		"what is played: matrix, mutants (each has to be caught by its case or test), both, or power (power cuts; needs root)")
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
		s.printList()
		return nil
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
	file, err := exec.CommandContext(context.Background(), "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find repository: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(file))), nil
}

// plan divides the chosen cases into lives, in another way each time.
func (s *settings) plan() ([]play.Life, error) {
	if s.life != "" {
		l, err := play.ParseLife(s.life, s.seed)
		return []play.Life{l}, err
	}
	chosen := slices.DeleteFunc(play.Cases(), func(p play.Pair) bool { return !s.only.MatchString(p.Title()) })
	var all []play.Life
	for i := range s.times {
		all = append(all, play.Lives(chosen, s.seed+uint64(i))...)
	}
	return all, nil
}

// playMatrix plays every life, several at once. When a case fails, the cases after it
// become another life.
func (s *settings) playMatrix(ctx context.Context, p *overlay.Programs, r *report) error {
	plan, err := s.plan()
	if err != nil {
		return err
	}
	for _, l := range plan {
		r.expected += len(l.Pairs)
	}
	each(ctx, workers(), plan, func(l play.Life) {
		for len(l.Pairs) > 0 {
			outcomes := l.Play(ctx, p, play.Options{})
			if ctx.Err() != nil {
				return // it was cut short, which says nothing
			}
			for _, o := range outcomes {
				if o.Bad() && o.Seconds < 30 {
					o.Repeat(ctx, l, p)
				}
				r.add(o)
			}
			l.Pairs = l.Pairs[len(outcomes):]
		}
	})
	return nil
}

// workers is how many lives go on at once. A life waits much of the time: for the
// disk, for the end of processes, for timeouts.
func workers() int { return 4 * runtime.NumCPU() }

// each calls work for every task, so many at once, until ctx ends.
func each[T any](ctx context.Context, workers int, tasks []T, work func(T)) {
	var group errgroup.Group
	group.SetLimit(workers)
	for _, t := range tasks {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error { work(t); return nil })
	}
	_ = group.Wait() // no work returns an error
}

func (s *settings) printList() {
	if s.play == overlay.PowerCut {
		for _, a := range power.Acts() {
			fmt.Println("act", a.Name)
		}
		return
	}
	if s.play != matrix {
		for _, m := range overlay.Mutants() {
			fmt.Printf("mutant %s: %s; caught by %s\n", m.Name, m.What, m.Catcher())
		}
	}
	for _, p := range play.Cases() {
		if s.play != negative && s.only.MatchString(p.Title()) {
			fmt.Println("case", p.Title())
		}
	}
}

func (s *settings) playPower(ctx context.Context, p *overlay.Programs, r *report) error {
	if os.Geteuid() != 0 {
		return errors.New(power.NeedsRoot)
	}
	r.expected += s.moments
	var lives []uint64
	most := power.MomentsOfDisk()
	for n := range (s.moments + most - 1) / most {
		lives = append(lives, s.seed+uint64(n))
	}
	var mu sync.Mutex
	var cannot error
	each(ctx, 2, lives, func(seed uint64) {
		moments := min(most, s.moments-int(seed-s.seed)*most)
		err := power.Cut(ctx, p, seed, moments, play.Options{}, func(o play.Outcome) bool { r.add(o); return true })
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
