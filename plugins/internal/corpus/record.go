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
}

// record makes the file of a case.
func (r *recorder) record(ctx context.Context, c scene) error {
	begun := time.Now()
	of, err := subjectOf(c.connector)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "corpus")
	if err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover harms nothing
	s := &stage{recorder: r, dir: dir, subject: of, plight: c.plight}
	made := saved{Name: c.name(), Connector: c.connector, Label: c.label, How: c.how, Cure: c.cure}
	if made.Facts, err = s.play(ctx); err != nil {
		return err
	}
	if c.cure != "" {
		if made.Cured, err = s.heal(ctx); err != nil {
			return fmt.Errorf("cure: %w", err)
		}
	}
	to := r.out
	if held(made.Name) {
		to = filepath.Join(to, "held")
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return fmt.Errorf("make %s: %w", to, err)
	}
	raw, err := json.Marshal(made)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	fmt.Printf("%s: %s %s in %s\n", made.Name, made.Label, made.Cured, time.Since(begun).Round(100*time.Millisecond))
	return os.WriteFile(filepath.Join(to, made.Name+".json"), append(raw, '\n'), 0o644)
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
	settings, secrets := maps.Clone(s.subject.settings), maps.Clone(s.subject.secrets)
	if s.plight.from != nil {
		s.plight.from(s.subject, settings, secrets)
	}
	if err := s.inWorld(ctx, plight{}, nil, func(run command) error { return s.add(run, settings, secrets) }); err != nil {
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
	status, err := s.sync(ctx, s.plight, s.plight.environ)
	if err != nil {
		return nil, fmt.Errorf("sync with the fault: %w", err)
	}
	if status == "succeeded" {
		return nil, errors.New("the sync with the fault succeeded")
	}
	var listed struct{ Items []struct{ ID string } }
	var explained struct{ Facts json.RawMessage }
	err = s.inWorld(ctx, plight{}, nil, func(run command) error {
		if err := run.json(&listed, "run", "list", "it"); err != nil || len(listed.Items) == 0 {
			return errors.Join(errors.New("list runs"), err)
		}
		return run.json(&explained, "run", "explain", listed.Items[0].ID, "--facts")
	})
	return bytes.ReplaceAll(explained.Facts, []byte(s.dir), []byte("/data")), err
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
	if s.plight.cure == "edit" {
		var flags []string
		for name, value := range s.subject.settings {
			flags = append(flags, "--set", name+"="+text(value))
		}
		if err := s.edit(ctx, flags, s.subject.secrets); err != nil {
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

func (s *stage) add(run command, settings map[string]any, secrets map[string]string) error {
	args := []string{"connection", "add", s.subject.connector, "--alias", "it"}
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
		c.interrupt = p.interrupt
		return c.json(&run, "connection", "sync", "it")
	})
	return run.Status, err
}

// inWorld calls what with the vendor of the case around it, which has the plight.
func (s *stage) inWorld(ctx context.Context, p plight, environ func(s *stage) []string, what func(command) error) error {
	mode := few()
	if p.mode != nil {
		mode = p.mode(s.subject)
	}
	proxy, err := replay.NewProxy(replay.Options{Upstream: world{s.subject.open(mode)}, Faults: p.faults, Untrusted: p.untrusted, Dir: s.dir})
	if err != nil {
		return fmt.Errorf("start proxy: %w", err)
	}
	defer proxy.Close()
	s.proxy = proxy.Address()
	env := append(proxy.Environ(),
		"PATH="+os.Getenv("PATH"), "HOME="+s.dir, "TMPDIR="+s.dir, "TZ=UTC", "PLUMBLINE_HOME="+filepath.Join(s.dir, "data"),
		"PLUMBLINE_SECRETS_KEY=file", "PLUMBLINE_STORE_MIN_FREE_MIB=64", "PLUMBLINE_SYNC_RATES=*=0", "PLUMBLINE_CONNECTORS_DIRS="+s.connectors,
	)
	if environ != nil {
		env = append(env, environ(s)...)
	}
	return what(command{ctx: ctx, program: s.plumbline, environ: env})
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
