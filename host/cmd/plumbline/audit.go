package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
)

func (a *app) auditCommand() *cobra.Command {
	var limit int
	var p api.AuditParams
	c := &cobra.Command{
		Use: "list [NAME]", Short: "List who changed what, newest first",
		Long: "The audit log has an entry for every edit of a connection (added, edited, paused, removed), for every edit of a hold\n" +
			"on history, for every decision of a person (on held removals, on trust in a connector, on consent to a release), and\n" +
			"for every backup and export. An entry names who acted and how that was known.\n" +
			"NAME is the name of the edited document, such as a connection's alias, or its id. --json has each document before\n" +
			"and after the edit; secrets are never in it. Entries stay when their document is removed, and `plumbline verify`\n" +
			"checks them.",
		Example: "  plumbline audit list corp\n  plumbline audit list --since 2026-01-01 --actor anna --json",
		Args:    atMost(1),
	}
	limitFlag(c, &limit, 50)
	c.Flags().StringVar(&p.Collection, "collection", "", "only these documents: connection, hold, decision, trust, consent, backup, "+
		"export, assistant or assistant_call")
	c.Flags().StringVar(&p.Actor, "actor", "", "only the edits of this actor: a name, an id, or person, schedule, agent, assistant")
	c.Flags().StringVar(&p.Since, "since", "", "only since this time or day")
	c.Flags().StringVar(&p.Until, "until", "", "only until this time, or the end of this day")
	entries := func(ctx context.Context, client *calls.Client, args []string, at operation.PageParams) (operation.Items[host.Entry], error) {
		p.Key, p.PageParams = strings.Join(args, ""), at
		return client.Audit(ctx, p)
	}
	c.RunE = paged(a, &limit, entries, []string{"ENTRY", "WHEN", "WHO", "DID", "WHAT", "FIELDS"}, func(e host.Entry) []string {
		what := e.Collection + " " + cmp.Or(e.Title, e.Key)
		fields := strings.Join(changedFields(e.Before, e.Document), ", ")
		return []string{fmt.Sprint(e.Number), e.At.Local().Format(time.DateTime), e.Actor.String(), string(e.Action), what, fields}
	})
	return group("audit", "Show who changed what", c)
}

// changedFields returns the names of the fields that differ between two documents,
// without those that every edit changes. A new or a removed document has none.
func changedFields(before, after json.RawMessage) []string {
	var old, now map[string]json.RawMessage
	if json.Unmarshal(before, &old) != nil || json.Unmarshal(after, &now) != nil {
		return nil
	}
	same := func(name string) bool {
		return name == "revision" || name == "updated_at" || bytes.Equal(old[name], now[name])
	}
	all := maps.Clone(old)
	maps.Copy(all, now)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(all)), same)
}
