package main

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	usecase "github.com/plumbline-dev/plumbline/host/internal/app"
)

func (a *app) statusCommand() *cobra.Command {
	var failOn string
	c := &cobra.Command{Use: "status", Short: "Show the host and every connection at a glance", Args: exactly(0)}
	c.Flags().StringVar(&failOn, "fail-on", "", "exit with 8 when a connection is this: unhealthy or unknown")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if failOn != "" && failOn != string(host.HealthUnhealthy) && failOn != string(host.HealthUnknown) {
			return usagef("--fail-on must be unhealthy or unknown, not %q", failOn)
		}
		return a.with(c.Context(), func(client *api.Client) error { return a.status(c.Context(), client, failOn) })
	}
	return c
}

func (a *app) status(ctx context.Context, client *api.Client, failOn string) error {
	status, err := client.Status(ctx)
	if err != nil {
		return err
	}
	connections := []host.ConnectionItem{}
	err = client.EachConnection(ctx, api.ConnectionsParams{}, func(item host.ConnectionItem) error {
		connections = append(connections, item)
		return nil
	})
	if err != nil {
		return err
	}
	if err := a.printStatus(status, connections); err != nil {
		return err
	}
	for _, s := range connections {
		if failOn != "" && string(s.Health) == failOn {
			return outcome{exitGate}
		}
	}
	return nil
}

func (a *app) printStatus(s usecase.Status, connections []host.ConnectionItem) error {
	if a.json {
		return printJSON(a.out, struct {
			usecase.Status
			Items []host.ConnectionItem `json:"items"`
		}{s, connections})
	}
	started := s.StartedAt
	owner := fmt.Sprintf("%s, process %d, started %s", s.Mode, s.PID, ago(&started))
	if s.Mode == "command" {
		owner = "no agent runs; nothing is synced on schedule"
	}
	n := s.Counts
	if err := pairs(a.out,
		[2]string{"plumbline", s.Version}, [2]string{"host", owner}, [2]string{"data", s.DataDir},
		[2]string{"connections", fmt.Sprintf("%d healthy, %d unhealthy, %d unknown, %d paused", n.Healthy, n.Unhealthy, n.Unknown, n.Paused)},
		[2]string{"runs", fmt.Sprintf("%d running, %d queued", n.Running, n.Queued)},
		[2]string{"disk", strings.TrimSpace(s.Disk.Message + " " + s.Disk.Remedy)},
	); err != nil {
		return err
	}
	for _, d := range s.Developments {
		fmt.Fprintf(a.out, "\nIN DEVELOPMENT: %s\n", d.Message)
	}
	for _, c := range connections {
		for _, n := range c.Notices {
			if n.Code != host.CodeInDevelopment { // named above
				fmt.Fprintf(a.out, "\nnotice: %s: %s\n  what to do: %s\n", c.Alias, n.Message, n.Remedy)
			}
		}
	}
	fmt.Fprintln(a.out)
	return printConnections(a.out, connections)
}

func (a *app) doctorCommand() *cobra.Command {
	c := &cobra.Command{Use: "doctor", Short: "Examine the installation and say how to mend what is wrong", Args: exactly(0)}
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with(c.Context(), func(client *api.Client) error {
			findings, err := client.Doctor(c.Context())
			if err != nil {
				return err
			}
			if a.json {
				if err := printJSON(a.out, api.Items[host.Finding]{Items: findings}); err != nil {
					return err
				}
				return doctorOutcome(findings)
			}
			for _, f := range findings {
				fmt.Fprintf(a.out, "%-4s  %-22s %s\n", f.Status, f.Title, f.Message)
				if f.Fix != "" {
					fmt.Fprintf(a.out, "      %-22s what to do: %s\n", "", f.Fix)
				}
			}
			return doctorOutcome(findings)
		})
	}
	return c
}

func doctorOutcome(findings []host.Finding) error {
	for _, f := range findings {
		if f.Status == "fail" {
			return outcome{exitError}
		}
	}
	return nil
}

func (a *app) configCommand() *cobra.Command {
	c := group("config", "Look at the configuration")
	show := &cobra.Command{
		Use: "show", Short: "Show every key, its value and where it was set", Args: exactly(0),
		Long: "Shows the configuration in force. Nothing is masked, because no secret is ever part of it.",
	}
	show.RunE = func(*cobra.Command, []string) error {
		config, err := a.config(nil)
		if err != nil {
			return err
		}
		if path := config.Unread(); path != "" {
			fmt.Fprintf(a.errs, "%s may not be read by this user; what it sets is not in force\n", path)
		}
		if a.json {
			return printJSON(a.out, api.Items[host.Setting]{Items: config.Settings()})
		}
		rows := [][]string{{"data-dir", config.DataDir, "", "Where everything is kept"}}
		for _, s := range config.Settings() {
			rows = append(rows, []string{s.Key, s.Value, s.Origin, s.Description + " (" + s.Environment + ")"})
		}
		return table(a.out, []string{"KEY", "VALUE", "SET BY", "MEANING"}, rows)
	}
	c.AddCommand(show)
	return c
}

func (a *app) versionCommand() *cobra.Command {
	c := &cobra.Command{Use: "version", Short: "Print the version", Args: exactly(0)}
	c.RunE = func(*cobra.Command, []string) error {
		if a.json {
			return printJSON(a.out, map[string]string{"version": version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH})
		}
		_, err := fmt.Fprintf(a.out, "plumbline %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return err
	}
	return c
}

// openAPICommand prints what the front end's types are generated from.
func (a *app) openAPICommand() *cobra.Command {
	c := &cobra.Command{Use: "openapi", Short: "Print the description of the API (OpenAPI 3.1)", Args: exactly(0)}
	c.RunE = func(*cobra.Command, []string) error {
		raw, err := api.OpenAPI("v1")
		if err != nil {
			return fmt.Errorf("describe API: %w", err)
		}
		var doc strings.Builder
		if err := indent(&doc, raw); err != nil {
			return err
		}
		_, err = fmt.Fprintln(a.out, doc.String())
		return err
	}
	return c
}
