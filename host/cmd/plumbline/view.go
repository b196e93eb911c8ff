package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
)

// overView lays what p asks for over a saved view.
func overView(ctx context.Context, client *calls.Client, name string, p *api.ConnectionsParams) error {
	views, err := client.Views(ctx, host.ViewConnections)
	if err != nil {
		return err
	}
	for _, v := range views {
		if !strings.EqualFold(v.Name, name) {
			continue
		}
		saved, err := url.ParseQuery(v.Query)
		if err != nil {
			return fmt.Errorf("read view %s: %w", v.Name, err)
		}
		for key, to := range map[string]*[]string{"health": &p.Health, "reason": &p.Reason, "category": &p.Category, "owner": &p.Owner} {
			if len(*to) == 0 {
				*to = saved[key]
			}
		}
		for key, to := range map[string]*string{"needs": &p.Needs, "order": &p.Order, "group": &p.Group, "connector": &p.Connector} {
			if *to == "" {
				*to = saved.Get(key)
			}
		}
		p.Query = strings.TrimSpace(saved.Get("q") + " " + p.Query)
		return nil
	}
	return usagef("no view called %q; `plumbline view list` shows the names", name)
}

func (a *app) viewCommand() *cobra.Command {
	save := func(ctx context.Context, c *calls.Client, args []string) (host.SavedView, error) {
		return c.SaveView(ctx, host.SavedView{Page: host.ViewConnections, Name: args[0], Query: args[1]})
	}
	list := func(ctx context.Context, c *calls.Client, _ []string) ([]host.SavedView, error) {
		return c.Views(ctx, host.ViewConnections)
	}
	remove := func(c *calls.Client, ctx context.Context, name string) error {
		return c.RemoveView(ctx, host.ViewConnections, name)
	}
	return group("view", "Keep lists of connections under a name",
		&cobra.Command{
			Use: "list", Short: "List the saved views", Args: exactly(0),
			RunE: listed(a, list, []string{"VIEW", "QUERY"}, func(v host.SavedView) []string { return []string{v.Name, v.Query} }),
		},
		&cobra.Command{
			Use: "save NAME QUERY", Short: "Keep a list with its filter and order under a name, for everyone", Args: exactly(2),
			Example: "  plumbline view save \"Anna's\" \"owner=anna&health=unhealthy\"\n  plumbline connection list --view \"Anna's\"",
			RunE:    answered(a, save, func(w io.Writer, v host.SavedView) error { return say(w, "Saved %s.\n", v.Name) }),
		},
		&cobra.Command{
			Use: "remove NAME", Short: "Delete a saved view", Args: exactly(1),
			RunE: answered(a, gone("removed", remove), func(w io.Writer, _ map[string]string) error { return say(w, "Removed.\n") }),
		},
	)
}
