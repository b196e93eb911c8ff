package conform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// Level says how much a case weighs.
type Level string

// The levels.
const (
	Must   Level = "must"   // a host may refuse a connector that fails it
	Should Level = "should" // good practice; reported, but Run does not fail
)

// Case is one thing a connector program has to get right.
type Case struct {
	ID    string // e.g. "H3"; never given to another case
	Level Level
	Title string

	try func(ctx context.Context, k *kit) error
}

// Group returns the letter of the case's group.
func (c Case) Group() string { return c.ID[:1] }

// Link returns where the case is explained.
func (c Case) Link() string {
	return "https://github.com/plumbline-dev/plumbline/blob/main/sdk/conform/cases.md#" + strings.ToLower(c.ID)
}

// GroupTitle says in words what the cases of a group are about.
func GroupTitle(group string) string {
	return map[string]string{
		"H": "Process and handshake", "D": "Description", "V": "Validation and check", "R": "Reading",
		"C": "Cursors and checkpoints", "X": "Removals", "L": "Limits, rate and retry", "P": "Pressure and cancel",
		"E": "Errors", "W": "Wire compatibility",
	}[group]
}

// Config is what the conformance suite has to know of a connector. Only Program
// is always needed; a case that lacks something else is reported as not tried.
type Config struct {
	Program string // path of the program file
	// Environ are variables a host gives this program besides, as NAME=value: for the
	// program that runs descriptions, where the description is.
	Environ []string

	// Settings and Secrets that are complete and right. Live says that they reach
	// a working system, or a simulator of one, while the suite runs.
	Settings any // marshalled to JSON
	Secrets  map[string]string
	Live     bool
	Requests func() int // how many requests the simulator has got

	// Fixture is a recording in the place of a living system: its settings and
	// secrets stand for the ones above.
	Fixture *replay.Fixture

	// What an answer of the live system must be told as.
	BadCredential     *Scenario            // V8: auth.invalid, unless Code says otherwise
	MissingPermission *Scenario            // V9: permission.missing; Permission says which
	WrongTenant       *Scenario            // V10: notfound.endpoint
	Network           map[string]*Scenario // V11: by any name; see NetworkScenarios
	ClockSkew         *Scenario            // V12: a system whose clock is ten minutes off

	Previous *connectorv1.DescribeResponse // D10: as the last release described itself

	StartLimit  time.Duration // H1; 0 = 5 s
	StartBudget time.Duration // H16; 0 = 1 s
	MaxBytes    int64         // H16; 0 = 64 MiB
	Cycles      int           // H15; 0 = 10
	CaseTimeout time.Duration // 0 = one minute

	faultless *faultless // shared by the cases of one Run
	dials     bool       // the program declares network_tcp
}

// alone reports whether a case would be disturbed by what else runs: it measures
// time, or counts the requests of a system that all cases ask.
func (c Config) alone(one Case) bool {
	return one.Group() == "H" || one.ID == "L3" || one.ID == "L8" || one.ID == "V6" && c.Requests != nil
}

// Scenario is a way in which settings, secrets or the system are not right.
type Scenario struct {
	Settings   any
	Secrets    map[string]string
	Code       string // what the check must say; empty = as the case has it
	Permission string // which permission is missing
}

// Verdict is what a case came to.
type Verdict string

// The verdicts.
const (
	Passed   Verdict = "passed"
	Failed   Verdict = "failed"
	NotTried Verdict = "not tried"
)

// Result is what became of one case.
type Result struct {
	ID      string  `json:"id"`
	Level   Level   `json:"level"`
	Title   string  `json:"title"`
	Verdict Verdict `json:"verdict"`
	Detail  string  `json:"detail,omitempty"` // what was wrong, or what is missing to try it
	Link    string  `json:"link"`             // where the case is explained
	Seconds float64 `json:"seconds"`
}

// notTried is the error of a case for which something is missing.
type notTried string

func (n notTried) Error() string { return string(n) }

// Cases returns every case in the order in which they are told.
func Cases() []Case {
	var all []Case
	for _, group := range [][]Case{
		processCases(), describeCases(), checkCases(), readCases(), cursorCases(),
		deleteCases(), limitCases(), pressureCases(), errorCases(), wireCases(),
	} {
		all = append(all, group...)
	}
	return all
}

// How many cases run beside one another. With a recording most of them wait; a
// system that is alive may be slow when many ask it at once.
const (
	atOnceRecorded = 6
	atOnceLive     = 3
)

// Run tries cases and returns the results in their order. Told is called with
// each result as it is known, never twice at once. The end of ctx leaves out the
// cases that were not begun.
func Run(ctx context.Context, c Config, cases []Case, told func(Result)) []Result {
	c.faultless = &faultless{}
	c.dials = dialsItself(ctx, c)
	results := make([]Result, len(cases))
	var mu sync.Mutex
	one := func(i int) {
		r := Try(ctx, c, cases[i])
		mu.Lock()
		defer mu.Unlock()
		if ctx.Err() == nil {
			results[i] = r
			told(r)
		}
	}
	for i := range cases {
		if c.alone(cases[i]) && ctx.Err() == nil {
			one(i)
		}
	}
	var running sync.WaitGroup
	atOnce := atOnceRecorded
	if c.Fixture == nil {
		atOnce = atOnceLive
	}
	places := make(chan struct{}, atOnce)
	for i := range cases {
		if c.alone(cases[i]) || ctx.Err() != nil {
			continue
		}
		places <- struct{}{}
		running.Add(1)
		go func() { // ends with its case; Wait below waits for it
			defer running.Done()
			defer func() { <-places }()
			one(i)
		}()
	}
	running.Wait()
	return slices.DeleteFunc(results, func(r Result) bool { return r.ID == "" })
}

// Try tries one case.
func Try(ctx context.Context, c Config, one Case) Result {
	r := Result{ID: one.ID, Level: one.Level, Title: one.Title, Link: one.Link(), Verdict: Passed}
	begun := time.Now()
	err := try(ctx, c, one)
	r.Seconds = time.Since(begun).Seconds()
	var missing notTried
	switch {
	case errors.As(err, &missing):
		r.Verdict, r.Detail = NotTried, err.Error()
	case err != nil:
		r.Verdict, r.Detail = Failed, err.Error()
	}
	return r
}

func try(ctx context.Context, c Config, one Case) error {
	k, err := newKit(c)
	if err != nil {
		return err
	}
	defer k.close()
	ctx, cancel := context.WithTimeout(ctx, k.CaseTimeout)
	defer cancel()
	return one.try(ctx, k)
}

// kit is what one case works with: the configuration and a place for files.
type kit struct {
	Config
	dir       string // everything the case makes is in here
	settings  json.RawMessage
	started   []*process
	recording *replay.Proxy // stands in for the system, where there is a recording
	direct    *http.Transport
	proxies   []*replay.Proxy
	sockets   []string // directories of go-plugin, which it leaves when a program is killed
}

// dialsItself reports whether the program declares network_tcp. A program that
// cannot be asked has a case that says so.
func dialsItself(ctx context.Context, c Config) bool {
	k, err := newKit(c)
	if err != nil {
		return false
	}
	defer k.close()
	s, err := k.open(ctx, launch{})
	if err != nil {
		return false
	}
	described, err := s.Describe(ctx, &connectorv1.DescribeRequest{})
	return err == nil && described.GetNetworkTcp()
}

func newKit(c Config) (*kit, error) {
	program, err := filepath.Abs(c.Program)
	if err != nil {
		return nil, fmt.Errorf("find program: %w", err)
	}
	c.Program = program
	c.StartLimit = orElse(c.StartLimit, 5*time.Second)
	c.StartBudget = orElse(c.StartBudget, time.Second)
	c.MaxBytes = orElse(c.MaxBytes, 64<<20)
	c.Cycles = orElse(c.Cycles, 10)
	c.CaseTimeout = orElse(c.CaseTimeout, time.Minute)
	c.faultless = orElse(c.faultless, &faultless{})
	if c.Fixture != nil {
		c.Settings, c.Secrets, c.Live = c.Fixture.Settings, c.Fixture.Secrets, true
	}
	k := &kit{Config: c, direct: &http.Transport{}}
	if k.settings, err = encodeSettings(c.Settings); err != nil {
		return nil, err
	}
	// A short path: the name of a Unix socket has room for a hundred bytes.
	if k.dir, err = os.MkdirTemp("", "conform"); err != nil {
		return nil, fmt.Errorf("make directory: %w", err)
	}
	for _, name := range []string{"tmp", "home", "work"} {
		if err := os.Mkdir(filepath.Join(k.dir, name), 0o700); err != nil {
			return nil, fmt.Errorf("make directory: %w", err)
		}
	}
	return k, k.replay()
}

// replay lets every program that the case starts meet the recorded system.
func (k *kit) replay() error {
	if k.Fixture == nil {
		return nil
	}
	proxy, err := replay.NewProxy(replay.Options{Upstream: replay.NewPlayer(k.Fixture.Exchanges), Dir: k.dir})
	if err != nil {
		return err
	}
	k.proxies = append(k.proxies, proxy)
	k.recording = proxy
	if k.Requests == nil {
		k.Requests = func() int { return proxy.Count(nil) }
	}
	return nil
}

// close ends what the case left running and removes what it made.
func (k *kit) close() {
	for _, p := range k.started {
		p.kill()
	}
	for _, proxy := range k.proxies {
		proxy.Close()
	}
	k.direct.CloseIdleConnections()
	for _, dir := range append(k.sockets, k.dir) {
		_ = os.RemoveAll(dir)
	}
}

func (k *kit) path(name string) string { return filepath.Join(k.dir, name) }

func encodeSettings(settings any) (json.RawMessage, error) {
	if settings == nil {
		return json.RawMessage("{}"), nil
	}
	raw, err := json.Marshal(settings)
	if err != nil {
		return nil, fmt.Errorf("encode settings: %w", err)
	}
	return raw, nil
}

func orElse[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
