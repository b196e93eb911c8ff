package play

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"

	"github.com/plumbline-dev/plumbline/build/chaos/limit"
	"github.com/plumbline-dev/plumbline/build/chaos/overlay"
	"github.com/plumbline-dev/plumbline/build/chaos/upstream"
)

// Alias is the connection of a world.
const Alias = "corp"

// World is a case being played, with its programs and observations.
type World struct {
	Programs *overlay.Programs
	Dir      string // of this case
	Home     string // the agent's data directory
	Environ  []string
	Canary   string // the token, which must show up nowhere
	mutants  string // alive in the agent

	Model    *upstream.Model
	director *upstream.Director
	Upstream *upstream.Upstream
	Agent    *Agent
	consumer consumer

	runs       []played
	oldFiles   map[string]int // the agent's pipes and sockets when it had nothing to do
	oldAgent   *Agent         // whose they were
	escaped    []int          // processes that left their group on purpose
	Closers    []func() error // of what the case set up, last come first
	Violations []Violation
}

// played is a run with what the harness knows of it.
type played struct {
	number   int
	run      host.Run
	settled  map[string]string // after it, from the change log; stream/key → hash
	at       time.Time         // of the last change by then
	crashed  bool              // the agent died in it
	lastWord bool              // it may have been killed when its end was on disk already
	asked    chan struct{}     // closed when the wish for it was answered
	refused  error             // valid then
	before   int               // the model's moment when it began and ended
	after    int
}

// Violation is an oracle's complaint.
type Violation struct {
	Oracle string
	What   string
}

// Complain adds a violation that an oracle has found.
func (w *World) Complain(oracle, format string, args ...any) {
	w.Violations = append(w.Violations, Violation{oracle, fmt.Sprintf(format, args...)})
}

// NewWorld makes the directories and starts upstream and director.
func NewWorld(p *overlay.Programs, dir string, seed uint64, o Options) (*World, error) {
	w := &World{
		Programs: p, Dir: dir, Home: filepath.Join(dir, "h"), Canary: fmt.Sprintf("canary-%x-token", seed),
		mutants: o.Mutants, consumer: newConsumer(),
	}
	for _, d := range []string{"h", "c", "t", "x"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return nil, fmt.Errorf("make directory: %w", err)
		}
	}
	if err := w.install(); err != nil {
		return nil, err
	}
	if len(o.Author) > 0 {
		if err := os.WriteFile(w.connector()+".mutant", []byte(o.Author), 0o600); err != nil {
			return nil, fmt.Errorf("write mutant: %w", err)
		}
	}
	var err error
	if w.director, err = upstream.NewDirector(filepath.Join(dir, "d")); err != nil {
		return nil, err
	}
	w.Model = upstream.NewModel(seed, o.Prune)
	w.Upstream = upstream.New(w.Model, w.director)
	w.Environ = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Join(dir, "t"), "TMPDIR=" + filepath.Join(dir, "t"),
		"XDG_RUNTIME_DIR=" + filepath.Join(dir, "x"), "HOST_SECRET=" + w.Canary,
		"PLUMBLINE_CONFIG=" + os.DevNull, "PLUMBLINE_SECRETS_KEY=file", "PLUMBLINE_STORE_MIN_FREE_MIB=8",
		"PLUMBLINE_SYNC_REMOVAL_SHARE=1", "PLUMBLINE_CONNECTORS_DIRS=" + filepath.Join(dir, "c"),
		"CHAOS_SOCKET=" + w.director.Socket, "CHAOS_MUTANT=" + w.mutants,
	}
	return w, nil
}

func (w *World) connector() string { return filepath.Join(w.Dir, "c", "chaos") }

// install puts the connector where the agent finds it, as a new file.
func (w *World) install() error {
	raw, err := os.ReadFile(w.Programs.Connector)
	if err != nil {
		return fmt.Errorf("read connector: %w", err)
	}
	return w.replaceConnector(raw)
}

func (w *World) replaceConnector(raw []byte) error {
	next := w.connector() + ".next"
	if err := os.WriteFile(next, raw, 0o700); err != nil {
		return fmt.Errorf("write connector: %w", err)
	}
	return os.Rename(next, w.connector())
}

// Connect adds a connection of a connector to the upstream.
func (w *World) Connect(ctx context.Context, connector, alias, token string) error {
	return w.Agent.Post(ctx, "/connections", map[string]any{
		"connector": connector, "alias": alias,
		"settings": map[string]any{"url": w.Upstream.Server.URL}, "secrets": map[string]any{"token": token},
	}, nil)
}

// History lets n things happen upstream.
func (w *World) History(n int) {
	for range n {
		w.Model.Step()
	}
}

// begin asks for a run. The answer may take long: the director can hold the agent
// in the middle of it.
func (w *World) begin(ctx context.Context) *played {
	w.Upstream.Run.Add(1)
	w.Upstream.Forgot.Store(0)
	p := &played{number: int(w.Upstream.Run.Load()), before: w.Model.Moment(), asked: make(chan struct{})}
	go func() { // ends with the answer
		defer close(p.asked)
		p.refused = w.Agent.Post(ctx, "/connections/"+Alias+"/sync", map[string]any{}, &p.run)
	}()
	return p
}

// known returns when the agent has said which run it is, or is dead.
func (p *played) known(ctx context.Context) error {
	select {
	case <-p.asked:
		return p.refused
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errDied = errors.New("the agent died")

// await returns when the run has its outcome, or errDied.
func (w *World) await(ctx context.Context, p *played) error {
	ctx, cancel := context.WithTimeout(ctx, limit.Allowed(limit.Run))
	defer cancel()
	go func() { // ends with the call
		select {
		case <-w.Agent.Ended():
			cancel()
		case <-ctx.Done():
		}
	}()
	if err := p.known(ctx); err != nil {
		if ctx.Err() == nil && !Within(limit.Allowed(limit.Gone), func() bool { return !w.Agent.Alive() }) {
			return err
		}
		if w.Agent.Alive() {
			return err
		}
		return errDied
	}
	for {
		var hints struct {
			Last uint64 `json:"last"`
		}
		err := w.Agent.Get(ctx, "/events", nil, &hints)
		if err == nil {
			err = w.Agent.Get(ctx, "/runs/"+p.run.ID, nil, &p.run)
		}
		if err == nil && p.run.Status.Final() {
			return nil
		}
		if err == nil {
			err = w.Agent.Get(ctx, "/events", url.Values{"after": {fmt.Sprint(hints.Last)}, "wait": {"5s"}}, nil)
		}
		// A connection that broke is the first sign of a death.
		if !w.Agent.Alive() || err != nil && ctx.Err() == nil && Within(limit.Allowed(limit.Gone), func() bool { return !w.Agent.Alive() }) {
			return errDied
		}
		if err != nil {
			return fmt.Errorf("wait for run %s, which is %s: %w", p.run.ID, p.run.Status, err)
		}
	}
}

func (w *World) sync(ctx context.Context) (*played, error) {
	p := w.begin(ctx)
	if err := w.await(ctx, p); err != nil {
		return nil, err
	}
	return p, w.settle(ctx, p)
}

// settle reads what a run that has ended left, and adds it to the story.
func (w *World) settle(ctx context.Context, p *played) error {
	if err := w.consumer.read(ctx, w); err != nil {
		return err
	}
	if p.run.ID == "" { // the agent died before it could say
		latest, err := All[host.Run](ctx, w.Agent, "/runs", largePages())
		if err != nil {
			return err
		}
		p.run = latest[0]
	}
	if err := w.Agent.Get(ctx, "/runs/"+p.run.ID, nil, &p.run); err != nil {
		return err
	}
	p.after = w.Model.Moment()
	p.settled, p.at = w.consumer.replay(), w.consumer.last
	w.runs = append(w.runs, *p)
	w.judge(ctx, p)
	return nil
}

// Close ends everything that still runs, by its number.
func (w *World) Close() error {
	var err error
	if w.Agent != nil && w.Agent.Alive() {
		err = w.Agent.Kill()
	}
	for _, pid := range w.processes() {
		if process, e := os.FindProcess(pid); e == nil {
			_ = process.Kill() // it may have ended meanwhile
		}
	}
	w.Upstream.Server.CloseClientConnections()
	w.Upstream.Server.Close()
	for _, f := range slices.Backward(w.Closers) {
		err = errors.Join(err, f())
	}
	return errors.Join(err, w.director.Close())
}

// Command runs the program once, with the agent's environment.
func (w *World) Command(ctx context.Context, args ...string) (code int, text string) {
	ctx, cancel := context.WithTimeout(ctx, limit.Allowed(limit.Start))
	defer cancel()
	c := exec.CommandContext(ctx, w.Programs.Agent, append([]string{"--data-dir", w.Home}, args...)...)
	c.Env = w.Environ
	raw, err := c.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), string(raw)
	}
	if err != nil {
		return -1, err.Error()
	}
	return 0, string(raw)
}

// SyncOne syncs a connection and returns its run when it has succeeded.
func (w *World) SyncOne(ctx context.Context, alias string) (host.Run, error) {
	code, text := w.Command(ctx, "--json", "connection", "sync", alias)
	var run host.Run
	if err := json.Unmarshal([]byte(text), &run); code != 0 || err != nil || run.Status != host.StatusSucceeded {
		return run, errors.Join(fmt.Errorf("sync %s: exit code %d: %s", alias, code, Clip(text, 800)), err)
	}
	return run, nil
}

// Feed reads every change of every connection.
func (w *World) Feed(ctx context.Context) ([]host.Change, error) {
	c := newConsumer()
	err := c.read(ctx, w)
	return c.taken, err
}
