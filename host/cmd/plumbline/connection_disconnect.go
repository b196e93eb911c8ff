package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

func (a *app) connectionImpactCommand() *cobra.Command {
	return &cobra.Command{
		Use: "impact ALIAS", Short: "Show what depends on a connection, and whose credential it uses", Args: exactly(1),
		RunE: answered(a, ofFirst((*calls.Client).Impact), printImpact),
	}
}

func printImpact(w io.Writer, i host.Impact) error {
	for _, l := range i.Lists {
		fmt.Fprintf(w, "list:        %s: %d records of %s; %s\n", l.Kind, l.Records,
			strings.Join(each(l.Streams, func(s host.StreamStats) string { return s.Name }), ", "), otherSources(l.Others))
	}
	if len(i.Lists) == 0 {
		fmt.Fprintf(w, "list:        none: nothing was read of %s yet\n", i.Alias)
	}
	for _, s := range i.Shared {
		fmt.Fprintf(w, "shares with: %s, the rate limit of the same system\n", s.Alias)
	}
	for _, h := range i.Holds {
		fmt.Fprintf(w, "hold:        %s\n", display.Visible(h.Reason))
	}
	c := i.Credential
	if c.Identity != "" {
		fmt.Fprintf(w, "signs in as: %s\n", display.Visible(c.Identity))
	}
	for _, s := range c.Secrets {
		by := "the audit log does not tell by whom"
		if s.Actor != nil {
			by = "by " + s.Actor.String()
		}
		fmt.Fprintf(w, "secret:      %s, set %s, %s\n", s.Name, ago(&s.SetAt), by)
	}
	for _, p := range c.People {
		fmt.Fprintf(w, "%s %s (%s), %s, says %s\n", "person:     ", display.Visible(cmp.Or(p.Name, p.Email)), p.Role,
			personState(p), p.Connection)
	}
	return nil
}

func otherSources(others []host.ImpactLink) string {
	if len(others) == 0 {
		return "no other connection has this kind"
	}
	return "also from " + strings.Join(each(others, func(o host.ImpactLink) string { return o.Alias }), ", ")
}

// personState warns of a person who left or is leaving.
func personState(p host.CredentialOwner) string {
	switch {
	case p.State == "left" && p.EndedAt != "":
		return "LEFT on " + display.Visible(p.EndedAt)
	case p.State == "left":
		return "LEFT"
	case p.State == "leaving":
		return "LEAVES on " + display.Visible(p.EndedAt)
	}
	return "works for the company"
}

func (a *app) connectionDisconnectCommand() *cobra.Command {
	disconnect := func(ctx context.Context, c *calls.Client, args []string) (host.ConnectionStatus, error) {
		if err := c.Disconnect(ctx, args[0]); err != nil {
			return host.ConnectionStatus{}, err
		}
		return c.Connection(ctx, args[0])
	}
	return &cobra.Command{
		Use: "disconnect ALIAS", Short: "Stop reading a connection, delete its secrets and keep its history", Args: exactly(1),
		Long: "Cancels a sync that goes on, deletes the connection's secrets and its schedule, and keeps its records, runs and settings.\n" +
			"Its records stay in lists of past moments and are no longer part of current ones. Nothing changes at the source.\n\n" +
			"To take it up again:          plumbline connection reconnect ALIAS\n" +
			"To delete its history as well: plumbline connection remove ALIAS --delete-history",
		RunE: answered(a, disconnect, func(w io.Writer, s host.ConnectionStatus) error {
			return say(w, "Disconnected %s. Its history is kept; `plumbline connection reconnect %s` takes it up again.\n", s.Alias, s.Alias)
		}),
	}
}

func (a *app) connectionReconnectCommand() *cobra.Command {
	var flags inputFlags
	c := &cobra.Command{
		Use: "reconnect ALIAS", Short: "Take up a disconnected connection again, with new secrets", Args: exactly(1),
		Long:    "Takes up a disconnected connection again. Its id, history, settings and links stay, and its schedule is set again.",
		Example: "  plumbline connection reconnect envoy-hq --secret api_key=env:ENVOY_KEY",
	}
	c.Flags().StringArrayVar(&flags.set, "set", nil, "setting as KEY=VALUE; others stay")
	c.Flags().StringArrayVar(&flags.unset, "unset", nil, "setting to remove")
	c.Flags().StringArrayVar(&flags.secrets, "secret", nil,
		"secret as KEY=env:VARIABLE, KEY=file:PATH or KEY=- for standard input: UTF-8 text of at most 64 KiB")
	c.Flags().StringVar(&flags.schedule, "schedule", "", "when it runs by itself (default the schedule it had)")
	reconnect := func(ctx context.Context, client *calls.Client, args []string) (none host.ConnectionStatus, err error) {
		connection, err := client.Connection(ctx, args[0])
		if err != nil {
			return none, err
		}
		var given connections.Reconnection
		if c.Flags().Changed("schedule") {
			given.Schedule = &flags.schedule
		}
		if given.Secrets, err = a.secrets(flags.secrets); err != nil {
			return none, err
		}
		if len(flags.set)+len(flags.unset) > 0 {
			connector, err := client.Connector(ctx, connection.Connector)
			if err != nil {
				return none, err
			}
			schema, err := readSchema(connector)
			if err != nil {
				return none, err
			}
			if given.Settings, err = schema.settings(connection.Settings, flags.set, flags.unset); err != nil {
				return none, err
			}
		}
		return client.Reconnect(ctx, args[0], given)
	}
	c.RunE = answered(a, reconnect, func(w io.Writer, s host.ConnectionStatus) error {
		return say(w, "Reconnected %s. Sync it with `plumbline connection sync %s`.\n", s.Alias, s.Alias)
	})
	return c
}

func (a *app) connectionRemoveCommand() *cobra.Command {
	var yes, history bool
	c := &cobra.Command{
		Use: "remove ALIAS --delete-history", Short: "Delete a connection with its secrets, records and history", Args: exactly(1),
		Long: "Deletes a connection with its secrets, records and history for good. Nothing changes at the source.\n" +
			"To keep the history, disconnect it instead: `plumbline connection disconnect ALIAS`. Without a terminal it does not ask.",
		DisableFlagsInUseLine: true,
	}
	c.Flags().BoolVar(&history, "delete-history", false, "delete what was read and its history as well; without it nothing is deleted")
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	remove := answered(a, gone("removed", (*calls.Client).RemoveConnection), printRemoved)
	c.RunE = func(c *cobra.Command, args []string) error {
		if !history {
			return usagef("nothing was deleted: say --delete-history to delete %s with its records and history, "+
				"or keep them: `plumbline connection disconnect %s`", args[0], args[0])
		}
		if !yes && a.onTerminal() {
			typed, err := a.ask(fmt.Sprintf("This deletes %s with its records and history for good. Type its name to go on: ", args[0]))
			if err != nil {
				return err
			}
			if typed != args[0] {
				return refusal(host.CodeCancelled, args[0]+" was not removed: you did not type its name", "")
			}
		}
		return remove(c, args)
	}
	return c
}

// disconnected says since when and by whom a connection is disconnected; "" when it is not.
func disconnected(d *host.Disconnection) string {
	if d == nil {
		return ""
	}
	return fmt.Sprintf("%s by %s; its history is kept", ago(&d.At), d.By)
}
