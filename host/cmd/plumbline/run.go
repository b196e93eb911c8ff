package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
)

func (a *app) runCommand() *cobra.Command {
	c := group("run", "Look at runs, their steps and logs")
	c.AddCommand(a.runListCommand(), a.runShowCommand(), a.runLogsCommand(), a.runCancelCommand())
	return c
}

func (a *app) runListCommand() *cobra.Command {
	limit := 50
	c := &cobra.Command{Use: "list [ALIAS]", Short: "List runs, newest first", Args: atMost(1)}
	c.Flags().IntVar(&limit, "limit", limit, "how many at most; 0 for all")
	c.RunE = func(c *cobra.Command, args []string) error {
		query := url.Values{}
		if len(args) > 0 {
			query.Set("connection", args[0])
		}
		return a.with(c.Context(), func(client *api.Client) error {
			return paged(c.Context(), a, client, "/runs", query, limit,
				[]string{"RUN", "CONNECTION", "STATUS", "TRIGGER", "BY", "STARTED", "TOOK", "CHANGES"},
				func(r host.Run) []string {
					total := host.Counts{}
					for _, s := range r.Steps {
						total.Read, total.Added = total.Read+s.Read, total.Added+s.Added
						total.Changed, total.Removed = total.Changed+s.Changed, total.Removed+s.Removed
					}
					return []string{
						r.ID, r.Alias, word(r.Status), word(r.Trigger), actorWord(r.Actor),
						ago(r.StartedAt), duration(r.StartedAt, r.FinishedAt), counts(total),
					}
				})
		})
	}
	return c
}

func (a *app) runShowCommand() *cobra.Command {
	c := &cobra.Command{Use: "show RUN", Short: "Show a run with its steps", Args: exactly(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *api.Client) error {
			var r host.Run
			if err := get(c.Context(), client, pathOf("runs", args[0]), nil, &r); err != nil {
				return err
			}
			if a.json {
				return printJSON(a.out, r)
			}
			return printRun(a.out, r)
		})
	}
	return c
}

func (a *app) runLogsCommand() *cobra.Command {
	var follow bool
	c := &cobra.Command{Use: "logs RUN", Short: "Print a run's log", Args: exactly(1)}
	c.Flags().BoolVarP(&follow, "follow", "f", false, "go on until the run has ended")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *api.Client) error { return a.logs(c.Context(), client, args[0], follow) })
	}
	return c
}

// logs prints every line there is, and with follow those still to come.
func (a *app) logs(ctx context.Context, client *api.Client, run string, follow bool) error {
	all := []host.Log{}
	last, hints := 0, api.Events{}
	if err := get(ctx, client, "/events", nil, &hints); err != nil {
		return err
	}
	for {
		var r host.Run
		if err := get(ctx, client, pathOf("runs", run), nil, &r); err != nil {
			return err
		}
		for {
			var page api.Items[host.Log]
			if err := get(ctx, client, pathOf("runs", run, "logs"), url.Values{"after": {fmt.Sprint(last)}}, &page); err != nil {
				return err
			}
			if len(page.Items) == 0 {
				break
			}
			last = page.Items[len(page.Items)-1].Number
			if a.json {
				all = append(all, page.Items...)
				continue
			}
			for _, l := range page.Items {
				fmt.Fprintf(a.out, "%s %-5s %-12s %s\n",
					l.At.Local().Format("15:04:05.000"), l.Level, host.Visible(l.Step), continued(l.Message, strings.Repeat(" ", 12)))
			}
		}
		if !follow || r.Status.Final() {
			break
		}
		if err := get(ctx, client, "/events", url.Values{"after": {fmt.Sprint(hints.Last)}, "wait": {"2s"}}, &hints); err != nil {
			return err
		}
	}
	if a.json {
		return printJSON(a.out, api.Items[host.Log]{Items: all})
	}
	return nil
}

func (a *app) runCancelCommand() *cobra.Command {
	c := &cobra.Command{Use: "cancel RUN", Short: "Ask a run to stop; what was read is kept", Args: exactly(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *api.Client) error {
			var r host.Run
			if err := client.Call(c.Context(), http.MethodPost, pathOf("runs", args[0], "cancel"), nil, nil, nil, &r); err != nil {
				return err
			}
			if a.json {
				return printJSON(a.out, r)
			}
			_, err := fmt.Fprintf(a.out, "Asked run %s of %s to stop.\n", r.ID, r.Alias)
			return err
		})
	}
	return c
}
