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
	"syscall"
	"time"
)

// settings are the flags.
type settings struct {
	times   int
	seed    uint64
	pattern string
	json    bool
	workers int
	play    string
	list    bool
	only    *regexp.Regexp
}

// What can be played.
const (
	matrix   = "matrix"
	negative = "mutants"
	both     = "both"
)

func main() {
	var s settings
	flag.IntVar(&s.times, "times", 1, "how many times every case is played, each time with another seed")
	flag.Uint64Var(&s.seed, "seed", 0, "seed of the first time; 0 = by the clock")
	flag.StringVar(&s.pattern, "case", "", "play only the cases whose names this regular expression matches, e.g. '^sigkill-host@'")
	flag.BoolVar(&s.json, "json", false, "print one JSON object a case, and one with the summary")
	// A case mostly waits: for the disk, and for processes to end.
	flag.IntVar(&s.workers, "workers", 2*runtime.NumCPU(), "cases played at one moment")
	flag.StringVar(&s.play, "play", matrix, "what is played: matrix, mutants (each has to be caught by its case or test) or both")
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
	if s.play != matrix && s.play != negative && s.play != both {
		return fmt.Errorf("-play is matrix, mutants or both, not %q", s.play)
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
	p, err := build(ctx, root, dir)
	if err != nil {
		return err
	}
	built := time.Since(begun)
	var failed error
	for _, what := range []struct {
		name string
		play func(context.Context, *programs, *report)
	}{{matrix, s.playMatrix}, {negative, s.playMutants}} {
		if s.play == what.name || s.play == both {
			r := newReport(s, what.name, built)
			what.play(ctx, p, r)
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

// task is one case with one seed.
type task struct {
	fault  fault
	moment string
	seed   uint64
}

func (s *settings) tasks() []task {
	var tasks []task
	for i := range s.times {
		for _, f := range faults() {
			for _, moment := range f.moments {
				if s.only.MatchString(f.title(moment)) {
					tasks = append(tasks, task{f, moment, s.seed + uint64(i)})
				}
			}
		}
	}
	return tasks
}

// playMatrix plays every task, a few at one moment.
func (s *settings) playMatrix(ctx context.Context, p *programs, r *report) {
	tasks := s.tasks()
	r.expect(len(tasks))
	each(ctx, s.workers, tasks, func(t task) {
		o := options{events: -1}
		result := t.fault.once(ctx, p, t.moment, t.seed, o)
		if ctx.Err() != nil {
			return // it was cut short, which says nothing
		}
		if result.bad() && result.Seconds < 30 {
			result.Shrunk = t.shrink(ctx, p, result)
		}
		r.add(result, t)
	})
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

// shrink plays a case that failed again with less and less history, and returns
// the least number of events with which the same oracle still complains, or -1
// when it does not fail again.
func (t task) shrink(ctx context.Context, p *programs, failed outcome) int {
	least := -1
	for _, events := range []int{0, 1, 2, 4, 8} {
		again := t.fault.once(ctx, p, t.moment, t.seed, options{events: events})
		if again.bad() && (len(failed.Violations) == 0 || len(again.Violations) > 0 && again.Violations[0].Oracle == failed.Violations[0].Oracle) {
			return events
		}
	}
	return least
}

func (s *settings) printList() error {
	encoder := json.NewEncoder(os.Stdout)
	if s.play != matrix {
		for _, m := range mutants() {
			if err := encoder.Encode(map[string]string{"mutant": m.name, "fault": m.what, "caught_by": m.catcher()}); err != nil {
				return err
			}
		}
	}
	if s.play != negative {
		for _, t := range s.tasks() {
			if err := encoder.Encode(map[string]string{"case": t.fault.title(t.moment)}); err != nil {
				return err
			}
		}
	}
	return nil
}
