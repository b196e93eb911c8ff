package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/datadir"
	"github.com/plumbline-dev/plumbline/host/internal/service"
)

func (a *app) serviceCommand() *cobra.Command {
	return group("service", "Keep syncing in the background: the agent as a service of this user",
		a.serviceInstallCommand(), a.serviceRemoveCommand(), a.serviceStatusCommand())
}

func (a *app) serviceInstallCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "install", Short: "Start the agent now and whenever this user logs in", Args: exactly(0),
		Long: "Has the system start the agent now and whenever this user logs in: a user unit of systemd on Linux, an agent of\n" +
			"launchd on macOS. The window then shows what this agent serves. --data-dir and --config become part of the service.\n" +
			"It may be repeated, and changes only what differs. A server has the package plumbline-agent instead.",
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		agent, err := a.backgroundAgent()
		if err != nil {
			return err
		}
		return a.serviceDoes(c.Context(), func(ctx context.Context, s *service.Service) (service.Report, error) {
			if err := a.free(ctx, s); err != nil {
				return service.Report{}, err
			}
			return s.Install(ctx, agent)
		})
	}
	return c
}

func (a *app) serviceRemoveCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "remove", Short: "Stop the agent of this user and start it no more", Args: exactly(0),
		Long: "Stops the agent that `plumbline service install` had the system start, and starts it no more. The data stays.",
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.serviceDoes(c.Context(), func(ctx context.Context, s *service.Service) (service.Report, error) { return s.Remove(ctx) })
	}
	return c
}

func (a *app) serviceStatusCommand() *cobra.Command {
	c := &cobra.Command{Use: "status", Short: "Show whether the agent is a service of this user", Args: exactly(0)}
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := service.New()
		if err != nil {
			return err
		}
		state, err := s.State(c.Context())
		if err != nil {
			return err
		}
		return emit(a, state, printService)
	}
	return c
}

// serviceDoes runs an operation and says what it did, also when it ended half-way.
func (a *app) serviceDoes(ctx context.Context, do func(context.Context, *service.Service) (service.Report, error)) error {
	s, err := service.New()
	if err != nil {
		return err
	}
	report, err := do(ctx, s)
	if err != nil {
		for _, did := range report.Did {
			fmt.Fprintln(a.errs, did)
		}
		return err
	}
	return emit(a, report, func(w io.Writer, r service.Report) error {
		for _, did := range r.Did {
			fmt.Fprintln(w, did)
		}
		if len(r.Did) == 0 {
			fmt.Fprintln(w, "nothing had to be changed")
		}
		return printService(w, r.State)
	})
}

func printService(w io.Writer, s service.State) error {
	is := map[bool]string{true: "yes", false: "no"}
	return pairs(w, "service", s.Name, "described by", s.File, "starts at login", is[s.Installed], "runs now", is[s.Running], "note", s.Note)
}

// backgroundAgent is what the service runs: this program, with what the command line and
// the environment say of its data.
func (a *app) backgroundAgent() (service.Agent, error) {
	program, err := os.Executable()
	if err != nil {
		return service.Agent{}, fmt.Errorf("find this program: %w", err)
	}
	config, err := a.config(nil)
	if err != nil {
		return service.Agent{}, err
	}
	agent := service.Agent{Program: program, Config: a.configFile}
	if !config.InDefaultPlace() {
		agent.DataDir = config.DataDir
	}
	if agent.Config != "" {
		if agent.Config, err = filepath.Abs(agent.Config); err != nil {
			return service.Agent{}, unreadable("config", a.configFile, err)
		}
	}
	return agent, nil
}

// free refuses to install a service whose agent could not open its data, because another
// process has the data directory.
func (a *app) free(ctx context.Context, s *service.Service) error {
	state, err := s.State(ctx)
	if err != nil || state.Running {
		return err
	}
	config, err := a.config(nil)
	if err != nil {
		return err
	}
	owner, _ := datadir.ReadOwner(config.DataDir)
	if _, runs := calls.Attach(ctx, config.DataDir); !runs {
		return nil
	}
	remedy := "End that process first."
	if owner.Program == "desktop" {
		remedy = "Turn on \"Keep syncing in the background\" in the Settings of the window, or close the window first."
	}
	return refusal(host.CodeLocked, fmt.Sprintf("a plumbline %s, process %d, has the data directory %s and syncs already",
		owner.Program, owner.PID, config.DataDir), remedy)
}
