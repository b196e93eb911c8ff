package service

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
)

// unitText is the unit that the packages install.
//
//go:embed plumbline.service
var unitText string

const (
	unitName = "plumbline.service"
	// packagedUnit is where the packages put the unit, and packagedProgram what it runs.
	packagedUnit    = "/usr/lib/systemd/user/plumbline.service"
	packagedProgram = "/usr/bin/plumbline"
)

// systemd looks after a user unit.
type systemd struct {
	units    string // directory of this user's units
	packaged string // the unit of the package
	run      runner
}

func (s *systemd) file() string { return filepath.Join(s.units, unitName) }

func (s *systemd) ctl(ctx context.Context, args ...string) (string, error) {
	return s.run(ctx, "systemctl", append([]string{"--user"}, args...)...)
}

// reach fails when this user has no systemd, as in a container or in a shell of su.
func (s *systemd) reach(ctx context.Context) error {
	_, err := s.ctl(ctx, "show", "--property=Version")
	if err == nil {
		return nil
	}
	return unavailable("the service manager of this user cannot be reached: "+err.Error(),
		"Log in as this user, not through su or sudo, and try again. Where no systemd runs, start `plumbline agent` yourself.").Because(err)
}

func (s *systemd) install(ctx context.Context, agent Agent) (did []string, err error) {
	if err := s.reach(ctx); err != nil {
		return nil, err
	}
	changed, err := s.describe(agent)
	if err != nil {
		return nil, err
	}
	if changed != "" {
		did = append(did, changed)
		if _, err := s.ctl(ctx, "daemon-reload"); err != nil {
			return did, fmt.Errorf("read units again: %w", err)
		}
	}
	if !s.is(ctx, "enabled") {
		if _, err := s.ctl(ctx, "enable", unitName); err != nil {
			return did, fmt.Errorf("enable service: %w", err)
		}
		did = append(did, "enabled "+unitName+", which starts the agent at login")
	}
	return s.begin(ctx, did, changed != "")
}

// begin starts the unit, or starts it again when its description changed.
func (s *systemd) begin(ctx context.Context, did []string, changed bool) ([]string, error) {
	verb, done := "start", "started the agent"
	if s.is(ctx, "active") {
		if !changed {
			return did, nil
		}
		verb, done = "restart", "restarted the agent"
	}
	if _, err := s.ctl(ctx, verb, unitName); err != nil {
		return did, (&host.Problem{
			Code: CodeUnavailable, Message: "the agent did not start: " + err.Error(),
			Remedy: "Its log says why: journalctl --user -u " + unitName,
			Fault:  host.FaultHost, Retry: host.RetryAfter,
		}).Because(err)
	}
	return append(did, done), nil
}

// describe brings the description of the unit to what the agent needs, and says what it
// changed. The unit of the package is used when it runs this agent.
func (s *systemd) describe(agent Agent) (changed string, err error) {
	if s.isPackaged(agent) {
		was, err := erase(s.file())
		if !was || err != nil {
			return "", err
		}
		return "removed " + s.file() + " in favour of " + s.packaged, nil
	}
	wrote, err := write(s.file(), []byte(unit(agent)))
	if !wrote || err != nil {
		return "", err
	}
	return "wrote " + s.file(), nil
}

func (s *systemd) isPackaged(agent Agent) bool {
	if _, err := os.Stat(s.packaged); err != nil || agent.DataDir != "" || agent.Config != "" {
		return false
	}
	program, err := filepath.EvalSymlinks(packagedProgram)
	if err != nil {
		return false
	}
	own, err := filepath.EvalSymlinks(agent.Program)
	return err == nil && own == program
}

// unit returns the text of the unit that runs an agent.
func unit(agent Agent) string {
	command := agent.command()
	for i, word := range command {
		command[i] = quoted(word)
	}
	text := strings.Replace(unitText, "ExecStart="+packagedProgram+" agent", "ExecStart="+strings.Join(command, " "), 1)
	return "# " + mark + "; `plumbline service remove` removes it.\n" + text
}

// quoted writes one word of a command as systemd reads it.
func quoted(word string) string {
	if !strings.ContainsAny(word, " \t\"'\\%$;") {
		return word
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`, `$`, `$$`).Replace(word) + `"`
}

func (s *systemd) remove(ctx context.Context) (did []string, err error) {
	if err := s.reach(ctx); err != nil {
		return nil, err
	}
	if s.is(ctx, "active") {
		if _, err := s.ctl(ctx, "stop", unitName); err != nil {
			return did, fmt.Errorf("stop service: %w", err)
		}
		did = append(did, "stopped the agent")
	}
	if s.is(ctx, "enabled") {
		if _, err := s.ctl(ctx, "disable", unitName); err != nil {
			return did, fmt.Errorf("disable service: %w", err)
		}
		did = append(did, "disabled "+unitName)
	}
	was, err := erase(s.file())
	if err != nil || !was {
		return did, err
	}
	did = append(did, "removed "+s.file())
	if _, err := s.ctl(ctx, "daemon-reload"); err != nil {
		return did, fmt.Errorf("read units again: %w", err)
	}
	return did, nil
}

func (s *systemd) state(ctx context.Context) (State, error) {
	if err := s.reach(ctx); err != nil {
		return State{}, err
	}
	state := State{Name: unitName, Installed: s.is(ctx, "enabled"), Running: s.is(ctx, "active")}
	for _, file := range []string{s.file(), s.packaged} {
		if _, err := os.Stat(file); err == nil {
			state.File = file
			break
		}
	}
	if state.Installed && !s.lingers(ctx) {
		state.Note = "The agent runs while you are logged in. `loginctl enable-linger` lets it run all the time."
	}
	return state, nil
}

// is reports whether the unit is enabled or active, which systemctl says in that word.
func (s *systemd) is(ctx context.Context, what string) bool {
	said, err := s.ctl(ctx, "is-"+what, unitName)
	return err == nil && said == what
}

// lingers reports whether the units of this user run while nobody is logged in.
func (s *systemd) lingers(ctx context.Context) bool {
	said, err := s.run(ctx, "loginctl", "show-user", strconv.Itoa(os.Getuid()), "--property=Linger", "--value")
	return err == nil && said == "yes"
}
