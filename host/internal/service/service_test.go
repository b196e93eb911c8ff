package service_test

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/service"
)

var errEnded = errors.New("exit status 1")

// system answers as systemctl, loginctl and launchctl of a user with one service.
type system struct {
	enabled, active, lingers bool

	unreachable bool // this user has no service manager
	broken      bool // the agent ends at once
	changes     []string
}

func word(is bool, yes, no string) (string, error) {
	if is {
		return yes, nil
	}
	return no, errEnded
}

func (s *system) run(_ context.Context, name string, args ...string) (string, error) {
	if s.unreachable {
		return "", errors.New("Failed to connect to bus: No medium found")
	}
	verb := args[0]
	if verb == "--user" {
		verb = args[1]
	}
	switch verb {
	case "show":
		return "Version=252", nil
	case "show-user":
		return map[bool]string{true: "yes", false: "no"}[s.lingers], nil
	case "is-enabled":
		return word(s.enabled, "enabled", "disabled")
	case "is-active":
		return word(s.active, "active", "inactive")
	case "print":
		return word(s.active, "state = running", "Could not find service")
	}
	s.changes = append(s.changes, name+" "+strings.Join(args, " "))
	switch verb {
	case "enable":
		s.enabled = true
	case "disable":
		s.enabled = false
	case "start", "restart", "bootstrap":
		if s.broken {
			return "", errors.New("Job for plumbline.service failed")
		}
		s.active = true
	case "stop", "bootout":
		s.active = false
	}
	return "", nil
}

func agent() service.Agent {
	return service.Agent{Program: "/opt/plumb line/plumbline", DataDir: `/data/50% "of" $it`}
}

// did fails unless an operation changed exactly so many things.
func did(t *testing.T, what string, n int, report service.Report, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if len(report.Did) != n {
		t.Errorf("%s did %q, not %d things", what, report.Did, n)
	}
}

func TestInstallAndRemoveMayBeRepeated(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(dir string, s *system) *service.Service{
		"systemd": func(dir string, s *system) *service.Service { return service.Systemd(dir, "/none", s.run) },
		"launchd": func(dir string, s *system) *service.Service { return service.Launchd(dir, s.run) },
	} {
		s := &system{}
		one := open(t.TempDir(), s)
		report, err := one.Install(t.Context(), agent())
		did(t, name+": install", map[string]int{"systemd": 3, "launchd": 2}[name], report, err)
		if !report.Installed || !report.Running || report.File == "" {
			t.Errorf("%s: installed, it is %+v", name, report.State)
		}
		before := len(s.changes)
		report, err = one.Install(t.Context(), agent())
		did(t, name+": install again", 0, report, err)
		if len(s.changes) != before {
			t.Errorf("%s: install again ran %q", name, s.changes[before:])
		}
		report, err = one.Remove(t.Context())
		did(t, name+": remove", map[string]int{"systemd": 3, "launchd": 2}[name], report, err)
		if report.Installed || report.Running || report.File != "" {
			t.Errorf("%s: removed, it is %+v", name, report.State)
		}
		report, err = one.Remove(t.Context())
		did(t, name+": remove again", 0, report, err)
	}
}

func TestAChangedAgentIsRestarted(t *testing.T) {
	t.Parallel()
	s := &system{}
	one := service.Systemd(t.TempDir(), "/none", s.run)
	if _, err := one.Install(t.Context(), agent()); err != nil {
		t.Fatal(err)
	}
	report, err := one.Install(t.Context(), service.Agent{Program: "/usr/local/bin/plumbline"})
	did(t, "install of another", 2, report, err)
	if !slices.Contains(s.changes, "systemctl --user restart plumbline.service") {
		t.Errorf("it ran %q", s.changes)
	}
}

func TestAStoppedAgentIsStarted(t *testing.T) {
	t.Parallel()
	s := &system{}
	one := service.Systemd(t.TempDir(), "/none", s.run)
	if _, err := one.Install(t.Context(), agent()); err != nil {
		t.Fatal(err)
	}
	s.active = false
	report, err := one.Install(t.Context(), agent())
	did(t, "install", 1, report, err)
	if !report.Running {
		t.Errorf("it is %+v", report.State)
	}
}

func TestAPersonsOwnUnitIsNotReplaced(t *testing.T) {
	t.Parallel()
	units := t.TempDir()
	own := filepath.Join(units, "plumbline.service")
	if err := os.WriteFile(own, []byte("[Service]\nExecStart=/mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	one := service.Systemd(units, "/none", (&system{}).run)
	_, err := one.Install(t.Context(), agent())
	if p := hosttest.Problem(t, err); p.Code != host.CodeInvalid {
		t.Errorf("install ended with %v", err)
	}
	report, err := one.Remove(t.Context())
	did(t, "remove", 0, report, err)
	if _, err := os.Stat(own); err != nil {
		t.Error(err)
	}
}

func TestAnAgentThatDoesNotStartIsSaid(t *testing.T) {
	t.Parallel()
	report, err := service.Systemd(t.TempDir(), "/none", (&system{broken: true}).run).Install(t.Context(), agent())
	p := hosttest.Problem(t, err)
	if p.Code != service.CodeUnavailable || !strings.Contains(p.Remedy, "journalctl --user") || len(report.Did) != 2 {
		t.Errorf("install did %q and ended with %q, %q", report.Did, p.Message, p.Remedy)
	}
}

func TestWithoutAServiceManagerNothingIsWritten(t *testing.T) {
	t.Parallel()
	units := filepath.Join(t.TempDir(), "user")
	one := service.Systemd(units, "/none", (&system{unreachable: true}).run)
	_, installed := one.Install(t.Context(), agent())
	_, removed := one.Remove(t.Context())
	_, asked := one.State(t.Context())
	for what, err := range map[string]error{"install": installed, "remove": removed, "state": asked} {
		if p := hosttest.Problem(t, err); p.Code != service.CodeUnavailable || p.Remedy == "" {
			t.Errorf("%s ended with %v", what, err)
		}
	}
	if _, err := os.Stat(units); err == nil {
		t.Error("a unit was written")
	}
}

func TestLingeringIsMentioned(t *testing.T) {
	t.Parallel()
	for _, lingers := range []bool{false, true} {
		report, err := service.Systemd(t.TempDir(), "/none", (&system{lingers: lingers}).run).Install(t.Context(), agent())
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(report.Note, "enable-linger") == lingers {
			t.Errorf("lingers %v: the note is %q", lingers, report.Note)
		}
	}
}

// TestTheUnitIsRight asks systemd itself, on machines that have it.
func TestTheUnitIsRight(t *testing.T) {
	t.Parallel()
	units := t.TempDir()
	program := filepath.Join(t.TempDir(), "plumb line")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	one := service.Systemd(units, "/none", (&system{}).run)
	if _, err := one.Install(t.Context(), service.Agent{Program: program, DataDir: agent().DataDir}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(units, "plumbline.service")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := `ExecStart="` + program + `" --data-dir "/data/50%% \"of\" $$it" agent` + "\n"
	if !strings.Contains(string(raw), want) || strings.Count(string(raw), "ExecStart=") != 1 {
		t.Errorf("the unit has no %s:\n%s", want, raw)
	}
	if analyze, err := exec.LookPath("systemd-analyze"); err == nil {
		verify := exec.Command(analyze, "verify", "--user", "--man=no", file)
		verify.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+t.TempDir())
		said, err := verify.CombinedOutput()
		if err != nil || strings.Contains(string(said), file) {
			t.Errorf("systemd says %v of the unit: %s", err, said)
		}
	}
}

func TestThePlistIsRight(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	if _, err := service.Launchd(home, (&system{}).run).Install(t.Context(), service.Agent{Program: "/opt/a & b/plumbline"}); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(home, "Library", "LaunchAgents", "dev.plumbline.agent.plist"))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for d := xml.NewDecoder(strings.NewReader(string(raw))); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(xml.CharData); ok && strings.TrimSpace(string(text)) != "" {
			texts = append(texts, string(text))
		}
	}
	want := []string{"Label", "dev.plumbline.agent", "ProgramArguments", "/opt/a & b/plumbline", "agent", "RunAtLoad"}
	if !slices.Equal(texts[:len(want)], want) {
		t.Errorf("it says %q", texts)
	}
}
