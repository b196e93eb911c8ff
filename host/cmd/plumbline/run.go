package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
)

func (a *app) runCommand() *cobra.Command {
	return group("run", "Show runs with their steps and logs, and cancel them",
		a.runListCommand(),
		&cobra.Command{
			Use: "show RUN", Short: "Show a run with its steps", Args: exactly(1),
			RunE: answered(a, ofFirst((*calls.Client).Run), printRun),
		},
		a.runLogsCommand(),
		a.runExplainCommand(),
		&cobra.Command{
			Use: "cancel RUN", Short: "Ask a run to stop; the records it has read are kept", Args: exactly(1),
			RunE: answered(a, ofFirst((*calls.Client).CancelRun),
				func(w io.Writer, r host.Run) error { return say(w, "Asked run %s of %s to stop.\n", r.ID, r.Alias) }),
		},
	)
}

func (a *app) runListCommand() *cobra.Command {
	var limit int
	var filter api.RunFilter
	c := &cobra.Command{
		Use: "list [ALIAS]", Short: "List runs, newest first", Args: atMost(1),
		Long:    "Lists runs. With a flag other than --limit only those that have finished.",
		Example: "  plumbline run list okta\n  plumbline run list --since 2026-01-01 --outcome failed,partial --cause credential",
	}
	limitFlag(c, &limit, 50)
	fleetFlags(c, &filter.FleetParams)
	c.Flags().StringSliceVar(&filter.Outcomes, "outcome", nil, "only these: completed, partial, failed, inconclusive or cancelled")
	c.Flags().StringSliceVar(&filter.Causes, "cause", nil, "only runs that this kept from completing, e.g. credential, network, vendor_outage")
	c.Flags().BoolVar(&filter.Late, "late", false, "only runs that began a minute or more after their schedule wanted them")
	runs := func(ctx context.Context, client *calls.Client, args []string, p operation.PageParams) (operation.Items[host.Run], error) {
		filter.Connections = args
		page, err := client.FindRuns(ctx, filter, p)
		return operation.Items[host.Run]{Items: page.Items, Next: page.Next, Demo: page.Demo}, err
	}
	c.RunE = paged(a, &limit, runs, []string{"RUN", "CONNECTION", "STATUS", "TRIGGER", "BY", "STARTED", "TOOK", "CHANGES"}, runRow)
	return c
}

func (a *app) runLogsCommand() *cobra.Command {
	var follow bool
	var last int
	var p api.LogParams
	c := &cobra.Command{
		Use: "logs RUN", Short: "Print a run's log, or the lines of it that are asked for", Args: exactly(1),
		Example: "  plumbline run logs 01JD… --level warn\n  plumbline run logs 01JD… --last 20",
	}
	c.Flags().StringVar(&p.Level, "level", "", "only this level and the more serious ones: debug, info, warn or error")
	c.Flags().StringVar(&p.Step, "step", "", "only lines of this step")
	c.Flags().StringVar(&p.Query, "query", "", "only lines that hold this")
	c.Flags().IntVar(&last, "last", 0, "only so many of the last lines, the newest at the end")
	c.Flags().BoolVarP(&follow, "follow", "f", false, "go on until the run has ended")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *calls.Client) error {
			if last > 0 && !follow {
				return a.lastLogs(c.Context(), client, args[0], p, last)
			}
			return a.logs(c.Context(), client, args[0], p, follow)
		})
	}
	return c
}

// logs prints every stored line, and with follow the lines still to come.
func (a *app) logs(ctx context.Context, client *calls.Client, run string, p api.LogParams, follow bool) error {
	all := []host.Log{}
	hints, err := client.Events(ctx, 0, operation.WaitParam{})
	if err != nil {
		return err
	}
	for {
		r, err := client.Run(ctx, run)
		if err != nil {
			return err
		}
		for {
			page, err := client.Logs(ctx, run, p)
			if err != nil {
				return err
			}
			lines := page.Items
			if len(lines) == 0 {
				break
			}
			p.After = lines[len(lines)-1].Number
			if a.json {
				all = append(all, lines...)
				continue
			}
			a.printLogs(lines)
		}
		if !follow || r.Status.Final() {
			break
		}
		if hints, err = client.Events(ctx, hints.Last, operation.WaitParam{Wait: "2s"}); err != nil {
			return err
		}
	}
	if a.json {
		return a.printJSON(itemsOf(all))
	}
	return nil
}

func (a *app) printLogs(lines []host.Log) {
	for _, l := range lines {
		fmt.Fprintf(a.out, "%s %-5s %-12s %s\n",
			l.At.Local().Format("15:04:05.000"), l.Level, display.Visible(l.Step), continued(l.Message, strings.Repeat(" ", 12)))
	}
}

// lastLogs prints the last lines of a log.
func (a *app) lastLogs(ctx context.Context, client *calls.Client, run string, p api.LogParams, last int) error {
	p.Order = "newest"
	all := []host.Log{}
	for len(all) < last {
		p.Limit = min(last-len(all), 10_000)
		page, err := client.Logs(ctx, run, p)
		if err != nil {
			return err
		}
		if all, p.Cursor = append(all, page.Items...), page.Next; p.Cursor == "" {
			break
		}
	}
	slices.Reverse(all)
	if a.json {
		return printJSON(a.out, itemsOf(all))
	}
	a.printLogs(all)
	return nil
}
