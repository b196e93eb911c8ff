package main

import (
	"context"
	"encoding/json"
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

// report collects outcomes, shows progress and sums up.
type report struct {
	settings *settings
	what     string // matrix or mutants
	begun    time.Time
	built    time.Duration

	mu       sync.Mutex
	expected int
	played   int
	failed   []play.Outcome
	notRun   map[string]string
	faults   map[string]bool
	moments  map[string]bool
	pairs    map[string]bool
	slowest  play.Outcome
	when     map[string]int
}

func newReport(s *settings, what string, built time.Duration) *report {
	return &report{
		settings: s, what: what, begun: time.Now(), built: built,
		notRun: map[string]string{}, faults: map[string]bool{}, moments: map[string]bool{}, pairs: map[string]bool{},
		when: map[string]int{},
	}
}

func (r *report) expect(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expected += n
}

// add takes an outcome and shows it.
func (r *report) add(o play.Outcome, p play.Pair) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.played++
	if o.NotRun != "" {
		r.notRun[o.Case] = o.NotRun
	} else {
		r.faults[p.Fault.Name], r.pairs[o.Case] = true, true
		if p.Moment != "" {
			r.moments[p.Moment] = true
		}
	}
	if o.When != "" {
		r.when[o.When]++
	}
	if o.Seconds > r.slowest.Seconds {
		r.slowest = o
	}
	if r.settings.json {
		_ = json.NewEncoder(os.Stdout).Encode(o) // there is nowhere else to say it
	}
	if o.Bad() {
		r.failed = append(r.failed, o)
		r.clearLine()
		fmt.Fprint(os.Stderr, told(o, r.what))
	}
	r.progress(o.Case)
}

// told is a failure in words, with the command that repeats it.
func told(o play.Outcome, what string) string {
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
	switch {
	case what == negative:
	case what == overlay.PowerCut:
		fmt.Fprintf(&b, "  the power was cut: %s\n  again: go run ./build/chaos -play power -seed %d -moments %d\n", o.When, o.Seed, power.Rounds*len(power.Acts()))
		return b.String()
	case o.Shrunk >= 0:
		fmt.Fprintf(&b, "  it fails with %d events between two runs as well\n", o.Shrunk)
	case o.Shrunk == play.AsItWas:
		b.WriteString("  it failed again with the same seed, with fewer events it does not\n")
	default:
		b.WriteString("  it did not fail again with the same seed\n")
	}
	if len(o.Life) > 1 {
		fmt.Fprintf(&b, "  again: go run ./build/chaos -life '%s' -seed %d\n", strings.Join(o.Life, " "), o.Seed)
		return b.String()
	}
	fmt.Fprintf(&b, "  again: go run ./build/chaos -play %s -case '^%s$' -seed %d\n", what, o.Case, o.Seed)
	return b.String()
}

func (r *report) watched() bool { return !r.settings.json && term.IsTerminal(int(os.Stderr.Fd())) }

func (r *report) clearLine() {
	if r.watched() {
		fmt.Fprint(os.Stderr, "\r\033[K")
	}
}

// progress is one line that is written over, or, where nobody watches, a line
// every hundred cases.
func (r *report) progress(last string) {
	switch {
	case r.watched():
		fmt.Fprintf(os.Stderr, "\r\033[K%d of %d, %d failed, %.0f s: %s", r.played, r.expected, len(r.failed), time.Since(r.begun).Seconds(), last)
	case r.played%100 == 0 && r.played < r.expected:
		fmt.Fprintf(os.Stderr, "%d of %d, %d failed, %.0f s\n", r.played, r.expected, len(r.failed), time.Since(r.begun).Seconds())
	}
}

// summary is the end of the report.
type summary struct {
	What       string            `json:"what"`
	Played     int               `json:"played"`
	Of         int               `json:"of"`
	Faults     int               `json:"faults,omitempty"`
	Moments    int               `json:"moments,omitempty"`
	Pairs      int               `json:"cases,omitempty"`
	FirstSeed  uint64            `json:"first_seed"`
	Times      int               `json:"times"`
	Seconds    float64           `json:"seconds"`
	Build      float64           `json:"build_seconds"`
	Slowest    string            `json:"slowest"`
	Failed     int               `json:"failed"`
	Violations map[string]int    `json:"violations"`
	NotRun     map[string]string `json:"not_run"`
	When       map[string]int    `json:"when,omitempty"` // of power cuts
}

// finish prints the summary. It is an error when something failed, or was not
// played at all.
func (r *report) finish(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clearLine()
	s := summary{
		What: r.what, Played: r.played, Of: r.expected, Faults: len(r.faults), Moments: len(r.moments), Pairs: len(r.pairs),
		FirstSeed: r.settings.seed, Times: r.settings.times, Seconds: round(time.Since(r.begun)), Build: round(r.built),
		Slowest: fmt.Sprintf("%s, %.1f s", r.slowest.Case, r.slowest.Seconds),
		Failed:  len(r.failed), Violations: map[string]int{}, NotRun: r.notRun, When: r.when,
	}
	for _, o := range r.failed {
		for _, v := range o.Violations {
			s.Violations[v.Oracle]++
		}
	}
	if r.settings.json {
		_ = json.NewEncoder(os.Stdout).Encode(s) // as above
	} else {
		s.print()
	}
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted")
	case s.Failed > 0:
		return fmt.Errorf("%d failed", s.Failed)
	case s.Played == 0:
		return errors.New("nothing was played: no name matches -case")
	}
	return nil
}

func (s summary) print() {
	if s.What == negative {
		fmt.Printf("%d of %d mutants played, %d survived; %.0f s after %.0f s of building\n", s.Played, s.Of, s.Failed, s.Seconds, s.Build)
		s.printNotRun()
		return
	}
	if s.What == overlay.PowerCut {
		s.printPower()
		return
	}
	fmt.Printf("%d of %d cases played: %d faults at %d moments in %d pairs, seeds %d to %d, %.0f s after %.0f s of building; slowest %s\n",
		s.Played, s.Of, s.Faults, s.Moments, s.Pairs, s.FirstSeed, s.FirstSeed+uint64(s.Times)-1, s.Seconds, s.Build, s.Slowest)
	s.printNotRun()
	fmt.Printf("%d failed; violations by oracle: %v\n", s.Failed, s.Violations)
}

func (s summary) printNotRun() {
	for _, name := range slices.Sorted(maps.Keys(s.NotRun)) {
		fmt.Printf("not run: %s: %s\n", name, s.NotRun[name])
	}
}

// printPower names every oracle, also one without a complaint.
func (s summary) printPower() {
	fmt.Printf("%d of %d power cuts played: %d in the middle of an act, %d when it was acknowledged; %d acts, from seed %d, %.0f s after %.0f s of building; slowest %s\n",
		s.Played, s.Of, s.When[power.InTheMiddle], s.When[power.Acknowledged], s.Pairs, s.FirstSeed, s.Seconds, s.Build, s.Slowest)
	fmt.Printf("%d failed; lost %d, verify %d, unusable connectors %d, starts %d\n",
		s.Failed, s.Violations[overlay.OracleLost], s.Violations[overlay.OracleVerify], s.Violations[overlay.OracleUnusable], s.Violations[overlay.OracleStart])
}

func round(d time.Duration) float64 {
	return float64(d.Round(100*time.Millisecond)) / float64(time.Second)
}
