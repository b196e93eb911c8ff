package main

import (
	"context"
	"io"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
)

func (a *app) connectionListCommand() *cobra.Command {
	var p api.ConnectionsParams
	var view string
	var needs bool
	c := &cobra.Command{
		Use: "list [QUERY ...]", Short: "List connections with their health", Args: cobra.ArbitraryArgs,
		Long: "Lists connections, all or those that a query selects: words of the alias, connector or owner, and the terms\n" +
			"status:, reason:, category:, owner:, connector: and needs:you. A dash before a word or a term means without it.",
		Example: "  plumbline connection list status:unhealthy category:identity\n  plumbline connection list --needs-you --order last_success",
	}
	flags := c.Flags()
	flags.StringSliceVar(&p.Health, "health", nil, "only healthy, unhealthy, unknown or paused connections; a paused one is none of the "+
		"others")
	flags.StringSliceVar(&p.Reason, "reason", nil, "only connections of this reason, such as late or action_required")
	flags.StringSliceVar(&p.Category, "category", nil, "only connections of this category, such as identity")
	flags.StringSliceVar(&p.Owner, "owner", nil, "only connections of this owner; none for those without one")
	flags.BoolVar(&needs, "needs-you", false, "only connections that a person has to act on")
	flags.BoolVar(&p.Disconnected, "disconnected", false, "the disconnected connections, whose history is kept, instead of the others")
	flags.StringVar(&p.Order, "order", "", "newest, urgent, or a column such as alias, owner, last_success or records; -alias for the "+
		"other way round")
	flags.StringVar(&p.Group, "group", "", "keep connections together by health, reason, category or owner")
	flags.StringVar(&view, "view", "", "the saved view of this name; flags and QUERY narrow it")
	c.RunE = answered(a, func(ctx context.Context, client *calls.Client, args []string) (operation.Items[host.ConnectionItem], error) {
		p.Query = strings.Join(args, " ")
		if needs {
			p.Needs = "you"
		}
		if view != "" {
			if err := overView(ctx, client, view, &p); err != nil {
				return operation.Items[host.ConnectionItem]{}, err
			}
		}
		all, err := connectionsOf(ctx, client, p)
		return itemsOf(all), err
	}, func(w io.Writer, list operation.Items[host.ConnectionItem]) error {
		p.Order, p.Group = "", ""
		if len(list.Items) == 0 && !reflect.ValueOf(p).IsZero() {
			return say(w, "No connection matches.\n")
		}
		return printConnections(w, list.Items)
	})
	return c
}
