package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

type inputFlags struct {
	set, unset, secrets []string
	schedule, deadline  string
	owner               string
}

func (f *inputFlags) register(c *cobra.Command) {
	flags := c.Flags()
	flags.StringArrayVar(&f.set, "set", nil,
		"setting as KEY=VALUE; repeat for more, and for each value of a list (or give the list as JSON)")
	flags.StringArrayVar(&f.secrets, "secret", nil,
		"secret as KEY=env:VARIABLE, KEY=file:PATH or KEY=- for standard input: UTF-8 text of at most 64 KiB")
	flags.StringVar(&f.schedule, "schedule", "",
		`when it runs by itself: a cron expression such as "0 3 * * *", @hourly, @daily or "@every 6h"`)
	flags.StringVar(&f.deadline, "deadline", "", "longest a sync of it may take, e.g. 90m; empty for the configuration's sync.deadline")
	flags.StringVar(&f.owner, "owner", "", "who looks after it: a name or an e-mail address; empty for none")
	flags.String("removal-share", "",
		"share of a stream that one sync removes without a person, 0 to 1; empty for the configuration's sync.removal_share")
	flags.String("removal-count", "",
		"number of records that one sync removes without a person, if that is more; empty for the configuration's sync.removal_count")
}

// removals returns what the flags set over before, or nil without those flags.
func removals(c *cobra.Command, before *host.RemovalOverride) (*host.RemovalOverride, error) {
	if !c.Flags().Changed("removal-share") && !c.Flags().Changed("removal-count") {
		return nil, nil
	}
	var o host.RemovalOverride
	if before != nil {
		o = *before
	}
	share := func(text string) (float64, error) { return strconv.ParseFloat(text, 64) }
	var err error
	if o.Share, err = override(c, "removal-share", "a share from 0 to 1 such as 0.1", o.Share, share); err != nil {
		return nil, err
	}
	if o.Count, err = override(c, "removal-count", "a whole number", o.Count, strconv.Atoi); err != nil {
		return nil, err
	}
	return &o, o.Validate()
}

// override reads the flag of a limit: nil when it is empty, before when it is not given.
func override[T any](c *cobra.Command, name, rule string, before *T, read func(string) (T, error)) (*T, error) {
	text := c.Flag(name).Value.String()
	if !c.Flags().Changed(name) {
		return before, nil
	}
	if text == "" {
		return nil, nil
	}
	v, err := read(text)
	if err != nil {
		return nil, usagef("--%s must be %s, not %q", name, rule, text)
	}
	return &v, nil
}

// removalWords says which limits of the configuration a connection overrides.
func removalWords(o *host.RemovalOverride) string {
	if o == nil {
		return ""
	}
	var parts []string
	if o.Share != nil {
		parts = append(parts, fmt.Sprintf("share %v", *o.Share))
	}
	if o.Count != nil {
		parts = append(parts, fmt.Sprintf("count %d", *o.Count))
	}
	return strings.Join(parts, ", ")
}

func (a *app) connectionAddCommand() *cobra.Command {
	var alias string
	var check bool
	var flags inputFlags
	c := &cobra.Command{
		Use: "add CONNECTOR", Short: "Add a connection", Args: exactly(1),
		Example: "  plumbline connection add envoy --alias envoy-hq --secret api_key=env:ENVOY_KEY --schedule @daily",
	}
	c.Flags().StringVar(&alias, "alias", "", "name of the connection (default the connector's id)")
	c.Flags().BoolVar(&check, "check", false, "test the settings first and add nothing when they do not work")
	flags.register(c)
	add := func(ctx context.Context, client *calls.Client, args []string) (added host.ConnectionStatus, err error) {
		n := connections.NewConnection{Connector: args[0], Alias: alias, Schedule: flags.schedule, Deadline: flags.deadline, Owner: flags.owner}
		if !c.Flags().Changed("alias") {
			n.Alias = args[0]
		}
		if n.Removals, err = removals(c, nil); err != nil {
			return added, err
		}
		if err := a.fill(ctx, client, &n, flags); err != nil {
			return added, err
		}
		if check {
			request := connections.CheckRequest{Connector: n.Connector, Settings: n.Settings, Secrets: n.Secrets}
			if err := a.check(ctx, client, request, a.errs); err != nil {
				return added, err
			}
		}
		return client.AddConnection(ctx, n)
	}
	c.RunE = answered(a, add, func(w io.Writer, added host.ConnectionStatus) error {
		return say(w, "Added %s. Sync it with `plumbline connection sync %s`.\n", added.Alias, added.Alias)
	})
	return c
}

func (a *app) fill(ctx context.Context, client *calls.Client, n *connections.NewConnection, flags inputFlags) error {
	connector, err := client.Connector(ctx, n.Connector)
	if err != nil {
		return err
	}
	if !a.json {
		fmt.Fprintf(a.errs, "%s reaches\n%s\n", connector.Name, strings.Join(reachLines(connector), "\n"))
	}
	schema, err := readSchema(connector)
	if err != nil {
		return err
	}
	if n.Settings, err = schema.settings(nil, flags.set, nil); err != nil {
		return err
	}
	n.Secrets, err = a.secrets(flags.secrets)
	return err
}

func (a *app) connectionEditCommand() *cobra.Command {
	var alias string
	var flags inputFlags
	c := &cobra.Command{
		Use: "edit ALIAS", Short: "Change a connection; what you do not name stays", Args: exactly(1),
		Example: "  plumbline connection edit envoy-hq --secret api_key=- --schedule \"0 3 * * *\"",
	}
	c.Flags().StringVar(&alias, "alias", "", "new name")
	c.Flags().StringArrayVar(&flags.unset, "unset", nil, "setting to remove")
	flags.register(c)
	change := func(ctx context.Context, client *calls.Client, args []string) (after host.ConnectionStatus, err error) {
		before, err := client.Connection(ctx, args[0])
		if err != nil {
			return after, err
		}
		edit, err := a.edit(c, client, before, alias, flags)
		if err != nil {
			return after, err
		}
		return client.EditConnection(ctx, before.ID, before.Revision, edit)
	}
	c.RunE = answered(a, change, func(w io.Writer, after host.ConnectionStatus) error { return say(w, "Changed %s.\n", after.Alias) })
	return c
}

func (a *app) edit(
	c *cobra.Command, client *calls.Client, before host.ConnectionStatus, alias string, flags inputFlags,
) (edit connections.Edit, err error) {
	given := func(name string, value *string) *string {
		if c.Flags().Changed(name) {
			return value
		}
		return nil
	}
	edit.Alias, edit.Schedule = given("alias", &alias), given("schedule", &flags.schedule)
	edit.Deadline, edit.Owner = given("deadline", &flags.deadline), given("owner", &flags.owner)
	if edit.Removals, err = removals(c, before.Removals); err != nil {
		return edit, err
	}
	if len(flags.set)+len(flags.unset) > 0 {
		connector, err := client.Connector(c.Context(), before.Connector)
		if err != nil {
			return edit, err
		}
		schema, err := readSchema(connector)
		if err != nil {
			return edit, err
		}
		if edit.Settings, err = schema.settings(before.Settings, flags.set, flags.unset); err != nil {
			return edit, err
		}
	}
	edit.Secrets, err = a.secrets(flags.secrets)
	if err == nil && edit.Alias == nil && edit.Schedule == nil && edit.Deadline == nil && edit.Owner == nil && edit.Removals == nil &&
		edit.Settings == nil && len(edit.Secrets) == 0 {
		err = usagef("nothing to change: give --alias, --set, --unset, --secret, --schedule, --deadline, --owner, --removal-share or " +
			"--removal-count")
	}
	return edit, err
}
