package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
)

func (a *app) auditCommand() *cobra.Command {
	c := group("audit", "Look at who changed what")
	c.AddCommand(a.auditListCommand())
	return c
}

func (a *app) auditListCommand() *cobra.Command {
	limit := 50
	var p api.AuditParams
	c := &cobra.Command{
		Use: "list [NAME]", Short: "List who changed what, newest first",
		Long: "Every edit is an entry: of a connection (added, edited, paused, removed), of a hold on history, and of a person's\n" +
			"decision on held removals. An entry names who acted and how that was known. NAME is what the edited document is\n" +
			"called, such as a connection's alias, or its id. --json has each document before and after the edit; secrets\n" +
			"are never in it. Entries are kept when what they are about is removed, and `plumbline verify` checks them.",
		Example: "  plumbline audit list corp\n  plumbline audit list --since 2026-01-01 --actor anna --json",
		Args:    atMost(1),
	}
	c.Flags().IntVar(&limit, "limit", limit, "how many at most; 0 for all")
	c.Flags().StringVar(&p.Collection, "collection", "", "only these documents: connection, hold or decision")
	c.Flags().StringVar(&p.Actor, "actor", "", "only what this one did: a name, an id, or person, schedule, agent")
	c.Flags().StringVar(&p.Since, "since", "", "only since this time or day")
	c.Flags().StringVar(&p.Until, "until", "", "only until this time, or the end of this day")
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			p.Key = args[0]
		}
		return a.with(c.Context(), func(client *api.Client) error {
			page := func(at api.PageParams) (api.Items[host.Entry], error) {
				p.PageParams = at
				return client.Audit(c.Context(), p)
			}
			return paged(a, page, limit, []string{"ENTRY", "WHEN", "WHO", "DID", "WHAT", "FIELDS"}, func(e host.Entry) []string {
				name := e.Title
				if name == "" {
					name = e.Key
				}
				return []string{
					fmt.Sprint(e.Number), e.At.Local().Format(time.DateTime), host.Visible(e.Actor.String()), string(e.Action),
					host.Visible(e.Collection + " " + name), strings.Join(changedFields(e.Before, e.Document), ", "),
				}
			})
		})
	}
	return c
}

// changedFields returns the names of the fields that differ between two documents, but
// for those that every edit changes. A document that is new or gone has none.
func changedFields(before, after json.RawMessage) []string {
	var old, now map[string]json.RawMessage
	if json.Unmarshal(before, &old) != nil || json.Unmarshal(after, &now) != nil {
		return nil
	}
	names := map[string]bool{}
	for _, fields := range []map[string]json.RawMessage{old, now} {
		for name := range fields {
			if name != "revision" && name != "updated_at" && !bytes.Equal(old[name], now[name]) {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}
