package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// recorder makes the files of the corpus.
type recorder struct {
	plumbline  string
	connectors string
	out        string
	missing    bool // only cases without a file
}

// saved is a file of the corpus.
type saved struct {
	Name      string `json:"name"`
	Connector string `json:"connector"`
	Label     string `json:"label"` // the cause that was brought about
	How       string `json:"how"`   // what was done
	// What was done on this side to cure it: edit, sync or decide; empty when nothing can be
	Cure  string          `json:"cure,omitempty"`
	Cured string          `json:"cured,omitempty"` // the status of the run after the cure
	Facts json.RawMessage `json:"facts"`
}

// patience is the time limit of every command.
const patience = 3 * time.Minute

// stage is where a case plays: a data directory and the world around it.
type stage struct {
	*recorder
	dir     string
	subject subject
	plight  plight
	proxy   string // the address of the present world's
	server  server // nil = the vendor is simulated
	mounted bool   // the data directory is a disk of its own
}

// record makes the file of a case.
func (r *recorder) record(ctx context.Context, c scene) error {
	begun := time.Now()
	dir, err := os.MkdirTemp("", "corpus")
	if err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover harms nothing
	s := &stage{recorder: r, dir: dir, plight: c.plight}
	defer s.unmount()
	if s.server, err = serverOf(ctx, c.connector); err != nil {
		return err
	}
	if s.server != nil {
		defer s.server.remove()
		defer s.server.stop()
		if err := s.server.start(ctx); err != nil {
			return err
		}
	}
	if s.subject, err = s.subjectOf(c.connector); err != nil {
		return err
	}
	made := saved{Name: c.name(), Connector: c.connector, Label: c.label, How: c.how, Cure: c.cure}
	if made.Facts, err = s.play(ctx); err != nil {
		return err
	}
	if c.cure != "" {
		if made.Cured, err = s.heal(ctx); err != nil {
			return fmt.Errorf("cure: %w", err)
		}
	}
	to := r.path(made.Name)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	raw, err := json.Marshal(made)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	fmt.Printf("%s: %s %s in %s\n", made.Name, made.Label, made.Cured, time.Since(begun).Round(100*time.Millisecond))
	return os.WriteFile(to, append(raw, '\n'), 0o644)
}

// path returns where the file of a case is.
func (r *recorder) path(name string) string {
	if held(name) {
		return filepath.Join(r.out, "held", name+".json")
	}
	return filepath.Join(r.out, name+".json")
}

// held reports whether a case goes to the third that rules are not written against.
func held(name string) bool {
	if slices.Contains(seen(), name) {
		return false
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(name)) // cannot fail
	return h.Sum32()%3 == 0
}

// seen returns the cases that were held until a rule was written against them.
func seen() []string { return []string{"entra-id-conditional-access", "entra-id-wrong-tenant"} }

// play brings the plight about and returns the facts of the run that met it.
func (s *stage) play(ctx context.Context) (json.RawMessage, error) {
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	if !s.plight.atFirst {
		status, err := s.sync(ctx, plight{}, nil)
		if err != nil {
			return nil, fmt.Errorf("sync without a fault: %w", err)
		}
		if status != "succeeded" {
			return nil, fmt.Errorf("the sync without a fault is %s", status)
		}
	}
	if len(s.plight.edit) > 0 || s.plight.spoil {
		if err := s.edit(ctx, s.plight.edit, s.spoiled()); err != nil {
			return nil, err
		}
	}
	if err := s.do(ctx, s.plight.harm); err != nil {
		return nil, fmt.Errorf("bring it about: %w", err)
	}
	if s.plight.also != "" {
		if err := s.syncOther(ctx); err != nil {
			return nil, fmt.Errorf("sync the other connection: %w", err)
		}
	}
	status, err := s.sync(ctx, s.plight, s.plight.environ)
	if err != nil {
		return nil, fmt.Errorf("sync with the fault: %w", err)
	}
	if status == "succeeded" {
		return nil, errors.New("the sync with the fault succeeded")
	}
	var explained struct{ Facts json.RawMessage }
	err = s.inWorld(ctx, plight{}, nil, func(run command) error {
		latest, err := run.latest()
		if err != nil {
			return err
		}
		return run.json(&explained, "run", "explain", latest.ID, "--facts")
	})
	return bytes.ReplaceAll(explained.Facts, []byte(s.dir), []byte("/data")), err
}

// prepare adds the connection.
func (s *stage) prepare(ctx context.Context) error {
	if err := s.do(ctx, s.plight.before); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	settings, secrets := maps.Clone(s.subject.settings), maps.Clone(s.subject.secrets)
	maps.Copy(settings, s.plight.with)
	if s.plight.from != nil {
		s.plight.from(s.subject, settings, secrets)
	}
	return s.inWorld(ctx, plight{}, nil, func(run command) error { return s.add(run, s.subject.connector, "it", settings, secrets) })
}

// do does a deed, if there is one.
func (s *stage) do(ctx context.Context, d deed) error {
	if d == nil {
		return nil
	}
	return d(ctx, s)
}

// syncOther adds a connection of another connector and has it meet the plight.
func (s *stage) syncOther(ctx context.Context) error {
	of, err := subjectOf(s.plight.also)
	if err != nil {
		return err
	}
	return s.inWorld(ctx, s.plight, s.plight.environ, func(c command) error {
		if err := s.add(c, s.plight.also, "other", of.settings, of.secrets); err != nil {
			return err
		}
		var run struct{ Status string }
		if err := c.json(&run, "connection", "sync", "other"); err != nil {
			return err
		}
		if run.Status == "succeeded" {
			return errors.New("it succeeded")
		}
		return nil
	})
}

// spoiled returns the secrets that the vendor refuses, nil unless the plight is about them.
func (s *stage) spoiled() map[string]string {
	if !s.plight.spoil {
		return nil
	}
	return s.subject.wrong
}

// heal applies the cure and returns the status of the next run.
func (s *stage) heal(ctx context.Context) (string, error) {
	if err := s.do(ctx, s.plight.mend); err != nil {
		return "", err
	}
	if s.plight.cure == "edit" {
		right, err := s.subjectOf(s.subject.connector) // a server may want other secrets by now
		if err != nil {
			return "", err
		}
		var flags []string
		for _, name := range slices.Sorted(maps.Keys(right.settings)) {
			flags = append(flags, "--set", name+"="+text(right.settings[name]))
		}
		if err := s.edit(ctx, flags, right.secrets); err != nil {
			return "", err
		}
	}
	return s.sync(ctx, plight{}, nil)
}

// text writes a setting for the command line.
func text(value any) string {
	if t, isText := value.(string); isText {
		return t
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(raw)
}

func (s *stage) add(run command, connector, alias string, settings map[string]any, secrets map[string]string) error {
	args := []string{"connection", "add", connector, "--alias", alias}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "--set", name+"="+text(settings[name]))
	}
	return run.withSecrets(s.dir, args, secrets)
}

func (s *stage) edit(ctx context.Context, flags []string, secrets map[string]string) error {
	return s.inWorld(ctx, plight{}, nil, func(run command) error {
		return run.withSecrets(s.dir, append([]string{"connection", "edit", "it"}, flags...), secrets)
	})
}

// sync syncs the connection in a world with a plight and returns the status of the run.
func (s *stage) sync(ctx context.Context, p plight, environ func(s *stage) []string) (status string, err error) {
	var run struct{ Status string }
	err = s.inWorld(ctx, p, environ, func(c command) error {
		if p.interrupt == 0 {
			return c.json(&run, "connection", "sync", "it")
		}
		c.interrupt = p.interrupt
		if said, err := c.run("connection", "sync", "it", "--json"); err == nil { // a command that was broken off prints no run
			return fmt.Errorf("it was over before the interrupt: %s", said)
		}
		c.interrupt = 0
		latest, err := c.latest()
		run.Status = latest.Status
		return err
	})
	return run.Status, err
}

// inWorld calls what with the vendor of the case around it, which has the plight.
func (s *stage) inWorld(ctx context.Context, p plight, environ func(s *stage) []string, what func(command) error) error {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "TMPDIR=" + s.dir, "TZ=UTC", "PLUMBLINE_HOME=" + s.data(),
		"PLUMBLINE_SECRETS_KEY=file", fmt.Sprintf("PLUMBLINE_STORE_MIN_FREE_MIB=%d", minFree>>20), "PLUMBLINE_SYNC_RATES=*=0",
		"PLUMBLINE_CONNECTORS_DIRS=" + s.connectors,
	}
	if s.server == nil {
		proxy, err := s.vendor(p)
		if err != nil {
			return err
		}
		defer proxy.Close()
		s.proxy = proxy.Address()
		env = append(proxy.Environ(), env...)
	}
	if environ != nil {
		env = append(env, environ(s)...)
	}
	return what(command{ctx: ctx, program: s.plumbline, environ: env})
}

// vendor starts the simulated vendor, behind the proxy that leads to it.
func (s *stage) vendor(p plight) (*replay.Proxy, error) {
	mode := few()
	if p.mode != nil {
		mode = p.mode(s.subject)
	}
	o := replay.Options{Upstream: world{s.subject.open(mode)}, Faults: p.faults, Untrusted: p.untrusted, Dir: s.dir}
	if p.period != (period{}) {
		o.From, o.Until = time.Now().Add(p.period.from), time.Now().Add(p.period.until)
	}
	proxy, err := replay.NewProxy(o)
	if err != nil {
		return nil, fmt.Errorf("start proxy: %w", err)
	}
	return proxy, nil
}

// command runs the program.
type command struct {
	ctx       context.Context
	program   string
	environ   []string
	interrupt time.Duration // after which the command gets SIGINT; 0 = never
}

// run runs the program and returns what it printed, whatever its exit code.
func (c command) run(args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(c.ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = c.environ, &stdout, &stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start program: %w", err)
	}
	if c.interrupt > 0 {
		timer := time.AfterFunc(c.interrupt, func() { _ = cmd.Process.Signal(os.Interrupt) })
		defer timer.Stop()
	}
	err := cmd.Wait()
	if exit := new(exec.ExitError); errors.As(err, &exit) && ctx.Err() == nil && stdout.Len() > 0 {
		err = nil
	}
	if err != nil {
		return nil, fmt.Errorf("plumbline %s: %w: %s", strings.Join(args[:min(3, len(args))], " "), err, stderr.String())
	}
	return stdout.Bytes(), nil
}

func (c command) json(into any, args ...string) error {
	raw, err := c.run(append(args, "--json")...)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	return err
}

// latest returns the newest run of the connection.
func (c command) latest() (run struct{ ID, Status string }, err error) {
	var listed struct{ Items []struct{ ID, Status string } }
	if err := c.json(&listed, "run", "list", "it"); err != nil || len(listed.Items) == 0 {
		return run, errors.Join(errors.New("list runs"), err)
	}
	return listed.Items[0], nil
}

// withSecrets runs the program with secrets, from files.
func (c command) withSecrets(dir string, args []string, secrets map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		path := filepath.Join(dir, "secret-"+name)
		if err := os.WriteFile(path, []byte(secrets[name]), 0o600); err != nil {
			return fmt.Errorf("write secret: %w", err)
		}
		args = append(args, "--secret", name+"=file:"+path)
	}
	var made struct{ ID string }
	return c.json(&made, args...)
}

// without returns a mode in which a permission was not granted: the first that the subject
// has, or the one that is named.
func without(named string) func(subject) vendor.Mode {
	return func(s subject) vendor.Mode {
		m := few()
		if m.Without = named; named == "" && len(s.permissions) > 0 {
			m.Without = s.permissions[0]
		}
		return m
	}
}

func refuse(subject) vendor.Mode {
	m := few()
	m.Refuse = true
	return m
}
