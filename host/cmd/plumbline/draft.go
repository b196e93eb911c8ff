package main

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
)

func (a *app) draftCommand() *cobra.Command {
	all := func(ctx context.Context, client *calls.Client, _ []string) ([]host.Draft, error) {
		return client.Drafts(ctx, api.DraftsParams{})
	}
	return group("draft", "Connections that were begun in the web UI and are not saved",
		&cobra.Command{
			Use: "list", Short: "List the drafts", Args: exactly(0),
			RunE: listed(a, all, []string{"DRAFT", "CONNECTOR", "ALIAS", "CHANGED", "BY"}, func(d host.Draft) []string {
				by := ""
				if d.UpdatedBy != nil {
					by = d.UpdatedBy.String()
				}
				return []string{d.ID, d.Connector, d.Alias, d.UpdatedAt.Local().Format(time.DateTime), by}
			}),
		},
		&cobra.Command{
			Use: "remove DRAFT", Short: "Discard a draft", Args: exactly(1),
			RunE: answered(a, gone("removed", (*calls.Client).DeleteDraft),
				func(w io.Writer, _ map[string]string) error { return say(w, "Removed.\n") }),
		},
	)
}
