package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// CodeUnavailable is the code of the problem of a system, or a login, without a manager
// of services that this package knows.
const CodeUnavailable = "service.unavailable"

// Agent is what the service runs. The paths are absolute.
type Agent struct {
	Program string // plumbline
	DataDir string // empty: the user's data directory
	Config  string // configuration file; empty: the one that is found
}

// command is the command line that starts the agent.
func (a Agent) command() []string {
	command := []string{a.Program}
	if a.Config != "" {
		command = append(command, "--config", a.Config)
	}
	if a.DataDir != "" {
		command = append(command, "--data-dir", a.DataDir)
	}
	return append(command, "agent")
}

// State is what is known of the service.
type State struct {
	Name      string `json:"name" doc:"What the system calls it"`
	File      string `json:"file,omitempty" doc:"What describes it to the system, when there is one"`
	Installed bool   `json:"installed" doc:"It starts at login"`
	Running   bool   `json:"running"`
	Note      string `json:"note,omitempty" doc:"What a person should know of it"`
}

// Report is what an operation did. Did is empty when all was as it should be.
type Report struct {
	Did []string `json:"did"`
	State
}

// manager is the program of a system that looks after services.
type manager interface {
	install(ctx context.Context, agent Agent) (did []string, err error)
	remove(ctx context.Context) (did []string, err error)
	state(ctx context.Context) (State, error)
}

// Service is the service of the person who runs this program.
type Service struct{ manager manager }

// New returns the service on this system.
func New() (*Service, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, fmt.Errorf("find home directory: %w", err)
	}
	switch runtime.GOOS {
	case "linux":
		units := os.Getenv("XDG_CONFIG_HOME")
		if !filepath.IsAbs(units) {
			units = filepath.Join(home, ".config")
		}
		return &Service{&systemd{units: filepath.Join(units, "systemd", "user"), packaged: packagedUnit, run: run}}, nil
	case "darwin":
		return &Service{&launchd{home: home, domain: fmt.Sprintf("gui/%d", os.Getuid()), run: run}}, nil
	}
	return nil, unavailable("Plumbline installs no service on "+runtime.GOOS,
		"Have the system start `plumbline agent` when you log in. On Windows: in Task Scheduler, make a basic task that starts "+
			"when you log on, with the program plumbline.exe and the argument agent.")
}

// Install has the system start the agent now and at every login.
func (s *Service) Install(ctx context.Context, agent Agent) (Report, error) {
	did, err := s.manager.install(ctx, agent)
	return s.report(ctx, did, err)
}

// Remove stops the agent and has the system forget it. The data stays.
func (s *Service) Remove(ctx context.Context) (Report, error) {
	did, err := s.manager.remove(ctx)
	return s.report(ctx, did, err)
}

// State returns what is known of the service.
func (s *Service) State(ctx context.Context) (State, error) { return s.manager.state(ctx) }

func (s *Service) report(ctx context.Context, did []string, err error) (Report, error) {
	r := Report{Did: append([]string{}, did...)}
	if err != nil {
		return r, err
	}
	r.State, err = s.manager.state(ctx)
	return r, err
}

func unavailable(message, remedy string) *host.Problem {
	return &host.Problem{Code: CodeUnavailable, Message: message, Remedy: remedy, Fault: host.FaultHost, Retry: host.RetryNever}
}

// runner runs a program and returns what it printed on standard output, trimmed.
type runner func(ctx context.Context, name string, args ...string) (string, error)

// failure is the end of a program that did not succeed.
type failure struct {
	command string
	said    string // on standard error, and on standard output if nothing
	err     error
}

func (f *failure) Error() string {
	if f.said == "" {
		return fmt.Sprintf("%s: %v", f.command, f.err)
	}
	return f.command + ": " + f.said
}

func (f *failure) Unwrap() error { return f.err }

// run runs a program of the system, whose words are English.
func run(ctx context.Context, name string, args ...string) (string, error) {
	var out, errs bytes.Buffer
	command := exec.CommandContext(ctx, name, args...)
	command.Env = append(os.Environ(), "LC_ALL=C")
	command.Stdout, command.Stderr = &out, &errs
	err := command.Run()
	said := strings.TrimSpace(out.String())
	if err == nil {
		return said, nil
	}
	f := &failure{command: strings.Join(append([]string{name}, args...), " "), said: strings.TrimSpace(errs.String()), err: err}
	if f.said == "" {
		f.said = said
	}
	return said, f
}

// mark is in every file that this package writes. A file without it is a person's own.
const mark = "Written by `plumbline service install`"

// write brings a file to this content and reports whether that changed it. It refuses to
// replace a file that a person wrote.
func write(path string, content []byte) (changed bool, err error) {
	there, err := os.ReadFile(path)
	switch {
	case err == nil && bytes.Equal(there, content):
		return false, nil
	case err == nil && !bytes.Contains(there, []byte(mark)):
		return false, host.Invalid("service", path, "is a file that Plumbline did not write: move it away first")
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("read service file: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return false, fmt.Errorf("create directory of services: %w", err)
	}
	if err := durable.WriteBytes(path, 0o644, content); err != nil {
		return false, fmt.Errorf("write service file: %w", err)
	}
	return true, nil
}

// erase removes a file that this package wrote, and reports whether there was one.
func erase(path string) (was bool, err error) {
	there, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !bytes.Contains(there, []byte(mark)) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read service file: %w", err)
	}
	if err := os.Remove(path); err != nil {
		return false, fmt.Errorf("remove service file: %w", err)
	}
	return true, nil
}
