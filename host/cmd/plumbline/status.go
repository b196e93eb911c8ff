package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	usecase "github.com/plumbline-dev/plumbline/host/internal/app"
)

type overview struct {
	usecase.Status
	Items []host.ConnectionItem `json:"items"`
}

func (a *app) statusCommand() *cobra.Command {
	var failOn string
	c := &cobra.Command{Use: "status", Short: "Show the host and every connection at a glance", Args: exactly(0)}
	c.Flags().StringVar(&failOn, "fail-on", "", "exit with 8 when a connection is this: unhealthy or unknown")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if failOn != "" && failOn != string(host.HealthUnhealthy) && failOn != string(host.HealthUnknown) {
			return usagef("--fail-on must be unhealthy or unknown, not %q", failOn)
		}
		return a.with(c.Context(), func(client *calls.Client) error { return a.status(c.Context(), client, failOn) })
	}
	return c
}

func (a *app) status(ctx context.Context, client *calls.Client, failOn string) error {
	status, err := client.Status(ctx)
	if err != nil {
		return err
	}
	connections, err := connectionsOf(ctx, client, api.ConnectionsParams{})
	if err != nil {
		return err
	}
	if err := emit(a, overview{status, itemsOf(connections).Items}, printStatus); err != nil {
		return err
	}
	if slices.ContainsFunc(connections, func(s host.ConnectionItem) bool { return failOn != "" && string(s.Health) == failOn }) {
		return outcome{exitGate}
	}
	return nil
}

func printStatus(w io.Writer, s overview) error {
	owner := fmt.Sprintf("%s, process %d, started %s", s.Mode, s.PID, ago(&s.StartedAt))
	if s.Mode == "command" {
		owner = "no agent runs; nothing is synced on schedule"
	}
	n := s.Counts
	if err := pairs(w,
		"plumbline", s.Version, "host", owner, "data", s.DataDir,
		"connections", fmt.Sprintf("%d healthy, %d unhealthy, %d unknown, %d paused", n.Healthy, n.Unhealthy, n.Unknown, n.Paused),
		"runs", fmt.Sprintf("%d running, %d queued", n.Running, n.Queued),
		"disk", strings.TrimSpace(s.Disk.Message+" "+s.Disk.Remedy),
	); err != nil {
		return err
	}
	for _, d := range s.Developments {
		fmt.Fprintf(w, "\nIN DEVELOPMENT: %s\n", d.Message)
	}
	for _, c := range s.Items {
		for _, n := range c.Notices {
			if n.Code != host.CodeInDevelopment { // printed above
				fmt.Fprintf(w, "\nnotice: %s: %s\n  what to do: %s\n", c.Alias, n.Message, n.Remedy)
			}
		}
	}
	fmt.Fprintln(w)
	return printConnections(w, s.Items)
}

func (a *app) doctorCommand() *cobra.Command {
	var bundled bundleFlags
	c := &cobra.Command{
		Use: "doctor", Short: "Examine the installation and say how to correct what is wrong", Args: exactly(0),
		Long: "Examines the installation and says how to correct what is wrong.\n" +
			"The exit code is 0 when every line is ok or warn, and 1 when one is fail.\n\n" +
			"With --bundle it lists what support needs, with sizes, and writes it into a zip file once you agree. What looks like a\n" +
			"credential or an address of a person is masked; settings and records are not in it.",
		Example: "  plumbline doctor\n  plumbline doctor --bundle support.zip",
	}
	c.Flags().StringVar(&bundled.file, "bundle", "", "write a redacted archive for support into this file")
	c.Flags().BoolVar(&bundled.yes, "yes", false, "write the archive without asking")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with(c.Context(), func(client *calls.Client) error {
			if c.Flags().Changed("bundle") {
				return a.bundle(c.Context(), client, bundled)
			}
			findings, err := client.Doctor(c.Context())
			if err == nil {
				err = emit(a, itemsOf(findings), printFindings)
			}
			if err == nil && slices.ContainsFunc(findings, func(f host.Finding) bool { return f.Status == "fail" }) {
				err = outcome{exitError}
			}
			return err
		})
	}
	return c
}

func printFindings(w io.Writer, list operation.Items[host.Finding]) error {
	for _, f := range list.Items {
		fmt.Fprintf(w, "%-4s  %-22s %s\n", f.Status, f.Title, f.Message)
		if f.Fix != "" {
			fmt.Fprintf(w, "      %-22s what to do: %s\n", "", f.Fix)
		}
	}
	return nil
}

func (a *app) configCommand() *cobra.Command {
	return group("config", "Show the configuration", &cobra.Command{
		Use: "show", Short: "Show every key, its value and where it was set", Args: exactly(0),
		Long: "Shows the configuration in force. It masks nothing, because the configuration holds no secrets.",
		RunE: func(*cobra.Command, []string) error {
			config, err := a.config(nil)
			if err != nil {
				return err
			}
			if path := config.Unread(); path != "" {
				fmt.Fprintf(a.errs, "This user may not read %s; its settings are not in force.\n", path)
			}
			return emit(a, itemsOf(config.Settings()), func(w io.Writer, list operation.Items[host.Setting]) error {
				rows := [][]string{{"data-dir", config.DataDir, "", "The data directory"}}
				for _, s := range list.Items {
					rows = append(rows, []string{s.Key, s.Value, s.Origin, s.Description + " (" + s.Environment + ")"})
				}
				return table(w, []string{"KEY", "VALUE", "SET BY", "MEANING"}, rows)
			})
		},
	})
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: exactly(0),
		RunE: func(*cobra.Command, []string) error {
			v := map[string]string{"version": version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH}
			return emit(a, v, func(w io.Writer, v map[string]string) error {
				return say(w, "plumbline %s (%s, %s/%s)\n", v["version"], v["go"], v["os"], v["arch"])
			})
		},
	}
}

// openAPICommand prints what the front end's types are generated from.
func (a *app) openAPICommand() *cobra.Command {
	return &cobra.Command{
		Use: "openapi", Short: "Print the description of the API (OpenAPI 3.1)", Args: exactly(0),
		RunE: func(*cobra.Command, []string) error {
			raw, err := api.OpenAPI("v1")
			if err != nil {
				return fmt.Errorf("describe API: %w", err)
			}
			var doc bytes.Buffer
			if err := json.Indent(&doc, raw, "", "  "); err != nil {
				return fmt.Errorf("indent API: %w", err)
			}
			return say(a.out, "%s\n", &doc)
		},
	}
}
