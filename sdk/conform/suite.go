package conform

import (
	"cmp"
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

	"google.golang.org/grpc"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// Level says how serious a failure is.
type Level string

// The levels.
const (
	Must   Level = "must"   // a host may refuse a connector that fails it
	Should Level = "should" // good practice; reported, but Run does not fail
)

// Case is one rule that a connector program has to keep.
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

// GroupTitle names the subject of a group of cases.
func GroupTitle(group string) string {
	return map[string]string{
		"H": "Process and handshake", "D": "Description", "V": "Validation and check", "R": "Reading",
		"C": "Cursors and checkpoints", "X": "Removals", "L": "Limits, rate and retry", "P": "Pressure and cancel",
		"E": "Errors", "W": "Wire compatibility",
	}[group]
}

// Config describes the connector under test. Program is required. A case that lacks
// another field is not tried.
type Config struct {
	Program string   // path of the program file
	Environ []string // more variables that the host gives the program, as NAME=value

	// Settings and Secrets are complete and valid. Live says that they reach a working
	// system, or a simulator of one, while the suite runs.
	Settings any // marshalled to JSON
	Secrets  map[string]string
	Live     bool
	Requests func() int // how many requests the simulator has received

	// Fixture is a recording that replaces a live system. Its settings and secrets
	// replace the ones above.
	Fixture *replay.Fixture

	// Scenarios of the live system, each with the error code that the check must report.
	BadCredential     *Scenario            // V8: auth.invalid, unless Code names another
	MissingPermission *Scenario            // V9: permission.missing, with Permission
	WrongTenant       *Scenario            // V10: notfound.endpoint
	Network           map[string]*Scenario // V11: network.<key>; see NetworkScenarios
	ClockSkew         *Scenario            // V12: a system whose clock is ten minutes off

	Previous *connectorv1.DescribeResponse // D10: the descriptor of the last release

	StartLimit  time.Duration // H1; 0 = 5 s
	StartBudget time.Duration // H16; 0 = 1 s
	MaxBytes    int64         // H16; 0 = 64 MiB
	Cycles      int           // H15; 0 = 10
	CaseTimeout time.Duration // 0 = one minute

	faultless *faultless // shared by the cases of one Run
	dials     bool       // the program declares network_tcp
}

// alone reports whether a case must not run beside others: it measures time, or counts
// the requests of a system that all cases use.
func (c Config) alone(one Case) bool {
	return one.Group() == "H" || one.ID == "L3" || one.ID == "L8" || one.ID == "V6" && c.Requests != nil
}

// Scenario replaces settings or secrets by invalid ones. Nil leaves those of Config.
type Scenario struct {
	Settings   any
	Secrets    map[string]string
	Code       string // that the check must report; empty = the code of the case
	Permission string // that is missing
}

// Verdict is the result of a case.
type Verdict string

// The verdicts.
const (
	Passed   Verdict = "passed"
	Failed   Verdict = "failed"
	NotTried Verdict = "not tried"
)

// Result is the verdict on one case.
type Result struct {
	ID      string  `json:"id"`
	Level   Level   `json:"level"`
	Title   string  `json:"title"`
	Verdict Verdict `json:"verdict"`
	Detail  string  `json:"detail,omitempty"` // what is wrong, or what is missing to try it
	Link    string  `json:"link"`             // of the explanation
	Seconds float64 `json:"seconds"`
}

// notTried is the error of a case for which something is missing.
type notTried string

func (n notTried) Error() string { return string(n) }

// Cases returns every case in the order of the report.
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

// How many cases run at once. With a recording most of them wait. A live system may be
// slow under many requests.
const (
	atOnceRecorded = 6
	atOnceLive     = 3
)

// Run tries cases and returns the results in their order. It calls report with each
// result, one at a time. When ctx ends, Run starts no further case and returns the
// results it has.
func Run(ctx context.Context, c Config, cases []Case, report func(Result)) []Result {
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
			report(r)
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
	slots := make(chan struct{}, atOnce)
	for i := range cases {
		if c.alone(cases[i]) || ctx.Err() != nil {
			continue
		}
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			one(i)
		})
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

// kit is what one case works with: the configuration, and what the case started.
type kit struct {
	Config
	dir       string // holds every file of the case
	settings  json.RawMessage
	started   []*process
	conns     []*grpc.ClientConn
	recording *replay.Proxy // answers from the recording; nil without one
	direct    *http.Transport
	proxies   []*replay.Proxy
	sockets   []string // directories that go-plugin leaves behind when a program is killed
}

// dialsItself reports whether the program declares network_tcp. A program that does not
// answer fails another case.
func dialsItself(ctx context.Context, c Config) bool {
	k, err := newKit(c)
	if err != nil {
		return false
	}
	defer k.close()
	described, err := k.describe(ctx, launch{})
	return err == nil && described.GetNetworkTcp()
}

func newKit(c Config) (*kit, error) {
	program, err := filepath.Abs(c.Program)
	if err != nil {
		return nil, fmt.Errorf("find program: %w", err)
	}
	c.Program = program
	c.StartLimit = cmp.Or(c.StartLimit, 5*time.Second)
	c.StartBudget = cmp.Or(c.StartBudget, time.Second)
	c.MaxBytes = cmp.Or(c.MaxBytes, 64<<20)
	c.Cycles = cmp.Or(c.Cycles, 10)
	c.CaseTimeout = cmp.Or(c.CaseTimeout, time.Minute)
	c.faultless = cmp.Or(c.faultless, &faultless{})
	if c.Fixture != nil {
		c.Settings, c.Secrets, c.Live = c.Fixture.Settings, c.Fixture.Secrets, true
	}
	k := &kit{Config: c, direct: &http.Transport{}}
	if k.settings, err = encodeSettings(c.Settings); err != nil {
		return nil, err
	}
	// The path is short because the path of a Unix socket has about a hundred bytes.
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

// replay starts the proxy that answers from the recording.
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

// close ends the processes of the case and removes its files.
func (k *kit) close() {
	for _, p := range k.started {
		p.kill()
	}
	for _, conn := range k.conns {
		_ = conn.Close()
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
