package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/plumbline-dev/plumbline/build/chaos/overlay"
	"github.com/plumbline-dev/plumbline/build/chaos/play"
	"github.com/plumbline-dev/plumbline/build/chaos/power"
)

type report struct {
	settings *settings
	what     string // matrix, mutants or power
	begun    time.Time
	built    time.Duration

	mu       sync.Mutex
	expected int
	played   int
	failed   []play.Outcome
	notRun   map[string]string
	slowest  play.Outcome
	when     map[string]int // of power cuts
}

func newReport(s *settings, what string, built time.Duration) *report {
	return &report{settings: s, what: what, begun: time.Now(), built: built, notRun: map[string]string{}, when: map[string]int{}}
}

// add takes an outcome and shows it.
func (r *report) add(o play.Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.played++
	if o.NotRun != "" {
		r.notRun[o.Case] = o.NotRun
	}
	if o.When != "" {
		r.when[o.When]++
	}
	if o.Seconds > r.slowest.Seconds {
		r.slowest = o
	}
	if o.Bad() {
		r.failed = append(r.failed, o)
		clearLine()
		fmt.Fprint(os.Stderr, failure(o, r.what))
	}
	r.progress(o.Case)
}

// failure is a failed case in words, with the command that repeats it.
func failure(o play.Outcome, what string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "FAILED %s, seed %d, %.1f s\n", o.Case, o.Seed, o.Seconds)
	for i, v := range o.Violations {
		if i == 8 {
			fmt.Fprintf(&b, "  and %d more\n", len(o.Violations)-i)
			break
		}
		fmt.Fprintf(&b, "  %s: %s\n", v.Oracle, v.What)
	}
	if o.Error != "" {
		fmt.Fprintf(&b, "  it could not go on: %s\n", o.Error)
	}
	if o.Log != "" {
		fmt.Fprintf(&b, "  the agent: %s\n", strings.ReplaceAll(o.Log, "\n", "\n    "))
	}
	again := fmt.Sprintf("-play %s -case '^%s$'", what, o.Case)
	if len(o.Life) > 1 {
		again = fmt.Sprintf("-life '%s'", strings.Join(o.Life, " "))
	}
	switch {
	case what == negative:
	case what == overlay.PowerCut:
		fmt.Fprintf(&b, "  the power was cut: %s\n", o.When)
		again = fmt.Sprintf("-play power -moments %d", power.MomentsOfDisk())
	case o.Again:
		b.WriteString("  it failed again with the same seed\n")
	default:
		b.WriteString("  it was not seen to fail again with the same seed\n")
	}
	fmt.Fprintf(&b, "  again: go run ./build/chaos %s -seed %d\n", again, o.Seed)
	return b.String()
}

func watched() bool { return term.IsTerminal(int(os.Stderr.Fd())) }

func clearLine() {
	if watched() {
		fmt.Fprint(os.Stderr, "\r\033[K")
	}
}

// progress draws one line on a terminal; elsewhere it prints a line every hundred cases.
func (r *report) progress(last string) {
	line := fmt.Sprintf("%d of %d, %d failed, %.0f s", r.played, r.expected, len(r.failed), time.Since(r.begun).Seconds())
	switch {
	case watched():
		fmt.Fprintf(os.Stderr, "\r\033[K%s: %s", line, last)
	case r.played%100 == 0 && r.played < r.expected:
		fmt.Fprintln(os.Stderr, line)
	}
}

// finish prints the summary. It is an error when something failed, or when nothing
// was played.
func (r *report) finish(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	clearLine()
	violations := map[string]int{}
	for _, o := range r.failed {
		for _, v := range o.Violations {
			violations[v.Oracle]++
		}
	}
	took := fmt.Sprintf("%.0f s after %.0f s of building; slowest %s, %.1f s",
		time.Since(r.begun).Seconds(), r.built.Seconds(), r.slowest.Case, r.slowest.Seconds)
	seed := r.settings.seed
	names := map[string]string{matrix: "cases", negative: "mutants", overlay.PowerCut: "power cuts"}
	fmt.Printf("%d of %d %s played, ", r.played, r.expected, names[r.what])
	switch r.what {
	case negative:
		fmt.Printf("%d survived, %s\n", len(r.failed), took)
	case overlay.PowerCut:
		fmt.Printf("%d in the middle of an act, %d when it was acknowledged; from seed %d, %s\n",
			r.when[power.InTheMiddle], r.when[power.Acknowledged], seed, took)
		fmt.Printf("%d failed; lost %d, verify %d, unusable connectors %d, starts %d\n", len(r.failed), violations[overlay.OracleLost],
			violations[overlay.OracleVerify], violations[overlay.OracleUnusable], violations[overlay.OracleStart])
	default:
		fmt.Printf("seeds %d to %d, %s\n", seed, seed+uint64(r.settings.times)-1, took)
		fmt.Printf("%d failed; violations by oracle: %v\n", len(r.failed), violations)
	}
	for _, name := range slices.Sorted(maps.Keys(r.notRun)) {
		fmt.Printf("not run: %s: %s\n", name, r.notRun[name])
	}
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted")
	case len(r.failed) > 0:
		return fmt.Errorf("%d failed", len(r.failed))
	case r.played == 0:
		return errors.New("nothing was played: no name matches -case")
	}
	return nil
}
