package main

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
)

const alias = "corp"

// world is one case being played: everything it has, and what it saw.
type world struct {
	programs *programs
	dir      string // of this case
	home     string // the agent's data directory
	environ  []string
	canary   string // the token, which must show up nowhere
	mutants  string // alive in the agent

	model    *model
	director *director
	upstream *upstream
	agent    *agent
	consumer consumer

	runs       []played
	oldFiles   map[string]int // the agent's pipes and sockets when it had nothing to do
	oldAgent   *agent         // whose they were
	escaped    []int          // processes that left their group on purpose
	closers    []func() error // of what the case set up, last come first
	violations []violation
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

// violation is an oracle's complaint.
type violation struct {
	Oracle string `json:"oracle"`
	What   string `json:"what"`
}

func (w *world) complain(oracle, format string, args ...any) {
	w.violations = append(w.violations, violation{oracle, fmt.Sprintf(format, args...)})
}

// newWorld makes the directories and starts upstream and director.
func newWorld(p *programs, dir string, seed uint64, o options) (*world, error) {
	w := &world{
		programs: p, dir: dir, home: filepath.Join(dir, "h"), canary: fmt.Sprintf("canary-%x-token", seed),
		mutants: o.mutants, consumer: newConsumer(),
	}
	for _, d := range []string{"h", "c", "t", "x"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return nil, fmt.Errorf("make directory: %w", err)
		}
	}
	if err := w.install(); err != nil {
		return nil, err
	}
	if len(o.author) > 0 {
		if err := os.WriteFile(w.connector()+".mutant", []byte(o.author), 0o600); err != nil {
			return nil, fmt.Errorf("write mutant: %w", err)
		}
	}
	var err error
	if w.director, err = newDirector(filepath.Join(dir, "d")); err != nil {
		return nil, err
	}
	w.model = newModel(seed, o.prune)
	w.upstream = newUpstream(w.model, w.director)
	w.environ = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Join(dir, "t"), "TMPDIR=" + filepath.Join(dir, "t"),
		"XDG_RUNTIME_DIR=" + filepath.Join(dir, "x"), "HOST_SECRET=" + w.canary,
		"PLUMBLINE_CONFIG=" + os.DevNull, "PLUMBLINE_SECRETS_KEY=file", "PLUMBLINE_STORE_MIN_FREE_MIB=8",
		"PLUMBLINE_SYNC_REMOVAL_SHARE=1", "PLUMBLINE_CONNECTORS_DIRS=" + filepath.Join(dir, "c"),
		"CHAOS_SOCKET=" + w.director.socket, "CHAOS_MUTANT=" + w.mutants,
	}
	return w, nil
}

func (w *world) connector() string { return filepath.Join(w.dir, "c", "chaos") }

// install puts the connector where the agent finds it, as a new file.
func (w *world) install() error {
	raw, err := os.ReadFile(w.programs.connector)
	if err != nil {
		return fmt.Errorf("read connector: %w", err)
	}
	return w.replaceConnector(raw)
}

func (w *world) replaceConnector(raw []byte) error {
	next := w.connector() + ".next"
	if err := os.WriteFile(next, raw, 0o700); err != nil {
		return fmt.Errorf("write connector: %w", err)
	}
	return os.Rename(next, w.connector())
}

// start starts the agent, after another life or for the first time.
func (w *world) start(ctx context.Context) (err error) {
	w.agent, err = startAgent(ctx, w.programs.agent, w.home, w.environ)
	return err
}

func (w *world) connect(ctx context.Context) error {
	return w.agent.post(ctx, "/connections", map[string]any{
		"connector": "chaos", "alias": alias,
		"settings": map[string]any{"url": w.upstream.server.URL}, "secrets": map[string]any{"token": w.canary},
	}, nil)
}

// history lets n things happen upstream.
func (w *world) history(n int) {
	for range n {
		w.model.step()
	}
}

// begin asks for a run. The answer may be long in coming: the agent can be held
// in the middle of it.
func (w *world) begin(ctx context.Context) *played {
	w.upstream.run.Add(1)
	w.upstream.forgot.Store(0)
	p := &played{number: int(w.upstream.run.Load()), before: w.model.moment(), asked: make(chan struct{})}
	go func() { // ends with the answer
		defer close(p.asked)
		p.refused = w.agent.post(ctx, "/connections/"+alias+"/sync", map[string]any{}, &p.run)
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
func (w *world) await(ctx context.Context, p *played) error {
	ctx, cancel := context.WithTimeout(ctx, allowed(runLimit))
	defer cancel()
	go func() { // ends with the call
		select {
		case <-w.agent.Ended():
			cancel()
		case <-ctx.Done():
		}
	}()
	if err := p.known(ctx); err != nil {
		if ctx.Err() == nil && !within(allowed(goneLimit), func() bool { return !w.agent.Alive() }) {
			return err
		}
		if w.agent.Alive() {
			return err
		}
		return errDied
	}
	for {
		var hints struct {
			Last uint64 `json:"last"`
		}
		err := w.agent.get(ctx, "/events", nil, &hints)
		if err == nil {
			err = w.agent.get(ctx, "/runs/"+p.run.ID, nil, &p.run)
		}
		if err == nil && p.run.Status.Final() {
			return nil
		}
		if err == nil {
			err = w.agent.get(ctx, "/events", url.Values{"after": {fmt.Sprint(hints.Last)}, "wait": {"5s"}}, nil)
		}
		// A connection that broke is the first sign of a death.
		if !w.agent.Alive() || err != nil && ctx.Err() == nil && within(allowed(goneLimit), func() bool { return !w.agent.Alive() }) {
			return errDied
		}
		if err != nil {
			return fmt.Errorf("wait for run %s, which is %s: %w", p.run.ID, p.run.Status, err)
		}
	}
}

// sync plays a whole run and looks at what it left.
func (w *world) sync(ctx context.Context) (*played, error) {
	p := w.begin(ctx)
	if err := w.await(ctx, p); err != nil {
		return nil, err
	}
	return p, w.settle(ctx, p)
}

// settle reads what a run that has ended left, and adds it to the story.
func (w *world) settle(ctx context.Context, p *played) error {
	if err := w.consumer.read(ctx, w); err != nil {
		return err
	}
	if p.run.ID == "" { // the agent died before it could say
		var latest struct {
			Items []host.Run `json:"items"`
		}
		if err := w.agent.get(ctx, "/runs", url.Values{"limit": {"1"}}, &latest); err != nil {
			return err
		}
		p.run = latest.Items[0]
	}
	if err := w.agent.get(ctx, "/runs/"+p.run.ID, nil, &p.run); err != nil {
		return err
	}
	p.after = w.model.moment()
	p.settled, p.at = w.consumer.replay(), w.consumer.last
	w.runs = append(w.runs, *p)
	w.judge(ctx, p)
	return nil
}

// close ends everything that still runs, by its number.
func (w *world) close() error {
	var err error
	if w.agent != nil && w.agent.Alive() {
		err = w.agent.Kill()
	}
	for _, pid := range w.processes() {
		if process, e := os.FindProcess(pid); e == nil {
			_ = process.Kill() // it may have ended meanwhile
		}
	}
	w.upstream.server.CloseClientConnections()
	w.upstream.server.Close()
	for _, f := range slices.Backward(w.closers) {
		err = errors.Join(err, f())
	}
	return errors.Join(err, w.director.close())
}

// command runs the program once, with the agent's environment.
func (w *world) command(ctx context.Context, args ...string) (code int, text string) {
	ctx, cancel := context.WithTimeout(ctx, allowed(startLimit))
	defer cancel()
	c := exec.CommandContext(ctx, w.programs.agent, append([]string{"--data-dir", w.home}, args...)...)
	c.Env = w.environ
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

// syncOne syncs a connection and returns its run when it has succeeded.
func (w *world) syncOne(ctx context.Context, alias string) (host.Run, error) {
	code, text := w.command(ctx, "--json", "connection", "sync", alias)
	var run host.Run
	if err := json.Unmarshal([]byte(text), &run); code != 0 || err != nil || run.Status != host.StatusSucceeded {
		return run, errors.Join(fmt.Errorf("sync %s: exit code %d: %s", alias, code, clip(text, 800)), err)
	}
	return run, nil
}

// feed reads every change of every connection.
func (w *world) feed(ctx context.Context) ([]host.Change, error) {
	c := newConsumer()
	err := c.read(ctx, w)
	return c.taken, err
}
