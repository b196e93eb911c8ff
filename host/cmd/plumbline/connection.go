package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	usecase "github.com/plumbline-dev/plumbline/host/internal/app"
)

func (a *app) connectionCommand() *cobra.Command {
	c := group("connection", "Add, watch and sync connections")
	c.AddCommand(
		a.connectionAddCommand(), a.connectionListCommand(), a.connectionShowCommand(), a.connectionEditCommand(),
		a.connectionCheckCommand(), a.connectionSyncCommand(), a.connectionHeldCommand(), a.connectionRejectCommand(),
		a.connectionSimpleCommand("pause", "Keep a connection from running by itself", pause),
		a.connectionSimpleCommand("resume", "Let a connection run by itself again", resume),
		a.connectionRemoveCommand(),
	)
	return c
}

// inputFlags are the flags that say what a connection is configured with.
type inputFlags struct {
	set, unset, secrets []string
	schedule, deadline  string

	removalShare, removalCount string
}

func (f *inputFlags) register(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.set, "set", nil, "setting as KEY=VALUE; repeat for more, and for each value of a list (or give the list as JSON)")
	c.Flags().StringArrayVar(&f.secrets, "secret", nil, "secret as KEY=env:VARIABLE, KEY=file:PATH or KEY=- for standard input: UTF-8 text of at most 64 KiB")
	c.Flags().StringVar(&f.schedule, "schedule", "", `when it runs by itself: a cron expression such as "0 3 * * *", @hourly, @daily or "@every 6h"`)
	c.Flags().StringVar(&f.deadline, "deadline", "", "longest a sync of it may take, e.g. 90m; empty for the configuration's sync.deadline")
	c.Flags().StringVar(&f.removalShare, "removal-share", "", "share of a stream that one sync removes without a person, 0 to 1; empty for the configuration's sync.removal_share")
	c.Flags().StringVar(&f.removalCount, "removal-count", "", "number of records that one sync removes without a person, if that is more; empty for the configuration's sync.removal_count")
}

// removals returns what the flags say in place of before; nil when they say nothing.
func (f *inputFlags) removals(c *cobra.Command, before *host.RemovalOverride) (*host.RemovalOverride, error) {
	share, count := c.Flags().Changed("removal-share"), c.Flags().Changed("removal-count")
	if !share && !count {
		return nil, nil
	}
	var o host.RemovalOverride
	if before != nil {
		o = *before
	}
	if share {
		o.Share = nil
		if f.removalShare != "" {
			v, err := strconv.ParseFloat(f.removalShare, 64)
			if err != nil {
				return nil, usagef("--removal-share must be a share from 0 to 1 such as 0.1, not %q", f.removalShare)
			}
			o.Share = &v
		}
	}
	if count {
		o.Count = nil
		if f.removalCount != "" {
			n, err := strconv.Atoi(f.removalCount)
			if err != nil {
				return nil, usagef("--removal-count must be a whole number, not %q", f.removalCount)
			}
			o.Count = &n
		}
	}
	return &o, o.Validate()
}

// removalWords says what a connection sets in place of the configuration's limits.
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
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *api.Client) error {
			n := usecase.NewConnection{Connector: args[0], Alias: alias, Schedule: flags.schedule, Deadline: flags.deadline}
			if !c.Flags().Changed("alias") {
				n.Alias = args[0]
			}
			var err error
			if n.Removals, err = flags.removals(c, nil); err != nil {
				return err
			}
			if err := a.fill(c.Context(), client, &n, flags); err != nil {
				return err
			}
			if check {
				request := usecase.CheckRequest{Connector: n.Connector, Settings: n.Settings, Secrets: n.Secrets}
				if err := a.check(c.Context(), client, request, a.errs); err != nil {
					return err
				}
			}
			added, err := client.AddConnection(c.Context(), n)
			if err != nil {
				return err
			}
			return a.showAdded(added)
		})
	}
	return c
}

// fill reads settings and secrets by the connector's schema.
func (a *app) fill(ctx context.Context, client *api.Client, n *usecase.NewConnection, flags inputFlags) error {
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

func (a *app) showAdded(added host.ConnectionStatus) error {
	if a.json {
		return printJSON(a.out, added)
	}
	_, err := fmt.Fprintf(a.out, "Added %s. Sync it with `plumbline connection sync %s`.\n", added.Alias, added.Alias)
	return err
}

func (a *app) connectionListCommand() *cobra.Command {
	var health string
	c := &cobra.Command{Use: "list", Short: "List connections with their health", Args: exactly(0)}
	c.Flags().StringVar(&health, "health", "", "only healthy, unhealthy, unknown or paused ones; a paused one is none of the others")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return a.with(c.Context(), func(client *api.Client) error {
			connections := api.Items[host.ConnectionItem]{Items: []host.ConnectionItem{}}
			err := client.EachConnection(c.Context(), api.ConnectionsParams{Health: health}, func(item host.ConnectionItem) error {
				connections.Items = append(connections.Items, item)
				return nil
			})
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(a.out, connections)
			}
			return printConnections(a.out, connections.Items)
		})
	}
	return c
}

func printConnections(w io.Writer, list []host.ConnectionItem) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(w, "No connections. `plumbline connector list` shows what can be connected.")
		return err
	}
	rows := make([][]string, 0, len(list))
	for _, s := range list {
		rows = append(rows, []string{
			s.Alias, s.Connector, word(s.Health), word(s.Reason), itemActivity(s), ago(s.LastSuccessAt), ago(s.NextRunAt),
		})
	}
	return table(w, []string{"ALIAS", "CONNECTOR", "HEALTH", "REASON", "ACTIVITY", "LAST SUCCESS", "NEXT RUN"}, rows)
}

func (a *app) connectionShowCommand() *cobra.Command {
	c := &cobra.Command{Use: "show ALIAS", Short: "Show a connection, its health and its latest run", Args: exactly(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *api.Client) error {
			s, err := client.Connection(c.Context(), args[0])
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(a.out, s)
			}
			return printConnection(a.out, s)
		})
	}
	return c
}

// unverified names a connection's connector, and marks one nobody vouched for.
func unverified(s host.ConnectionStatus) string {
	if s.ConnectorTrust == host.TrustDevelopment {
		return s.Connector + " (" + loud(s.ConnectorTrust) + ")"
	}
	if s.ConnectorTrust == host.TrustUnverified {
		return s.Connector + " (UNVERIFIED: neither signed nor trusted; `plumbline connector trust " + s.Connector + "`)"
	}
	return s.Connector
}

func printConnection(w io.Writer, s host.ConnectionStatus) error {
	secrets := make([]string, len(s.Secrets))
	for i, k := range s.Secrets {
		secrets[i] = fmt.Sprintf("%s (set %s)", k.Name, ago(&k.SetAt))
	}
	schedule := s.Schedule
	if schedule == "" {
		schedule = "only when asked"
	}
	since := s.Since
	if err := pairs(w,
		[2]string{"alias", s.Alias}, [2]string{"id", s.ID}, [2]string{"connector", unverified(s)}, [2]string{"categories", words(s.Categories)},
		[2]string{"health", fmt.Sprintf("%s, %s, since %s", word(s.Health), word(s.Reason), ago(&since))}, [2]string{"", s.Explanation},
		[2]string{"what to do", s.Remedy}, [2]string{"activity", activity(s)},
		[2]string{"schedule", schedule}, [2]string{"deadline", s.Deadline}, [2]string{"removals", removalWords(s.Removals)}, [2]string{"paused", paused(s.Paused)}, [2]string{"next run", ago(s.NextRunAt)}, [2]string{"last success", ago(s.LastSuccessAt)},
		[2]string{"settings", string(s.Settings)}, [2]string{"secrets", strings.Join(secrets, ", ")},
	); err != nil {
		return err
	}
	for _, n := range s.Notices {
		fmt.Fprintf(w, "notice:  %s\n         what to do: %s\n", continued(n.Message, "         "), continued(n.Remedy, "         "))
	}
	for _, stream := range s.Streams {
		fmt.Fprintf(w, "stream:  %s, %d records, complete %s\n", stream.Name, stream.Records, ago(stream.LastCompleteAt))
		if stream.Held != nil {
			printHeld(w, s.Alias, *stream.Held)
		}
	}
	if s.LastRun == nil {
		_, err := fmt.Fprintf(w, "\nNo run yet. `plumbline connection sync %s` starts the first.\n", s.Alias)
		return err
	}
	fmt.Fprintln(w)
	return printRun(w, *s.LastRun)
}

// paused says since when and by whom a connection is paused; "" when it is not.
func paused(p *host.Pause) string {
	if p == nil {
		return ""
	}
	who := "by a person"
	if p.By == host.PausedByHost {
		who = "by Plumbline; resume it with `plumbline connection resume`"
	}
	return fmt.Sprintf("since %s, %s", ago(&p.Since), who)
}

func (a *app) connectionEditCommand() *cobra.Command {
	var alias string
	var flags inputFlags
	c := &cobra.Command{
		Use: "edit ALIAS", Short: "Change a connection; what is not named stays", Args: exactly(1),
		Example: "  plumbline connection edit envoy-hq --secret api_key=- --schedule \"0 3 * * *\"",
	}
	c.Flags().StringVar(&alias, "alias", "", "new name")
	c.Flags().StringArrayVar(&flags.unset, "unset", nil, "setting to remove")
	flags.register(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *api.Client) error {
			before, err := client.Connection(c.Context(), args[0])
			if err != nil {
				return err
			}
			edit, err := a.edit(c, client, before, alias, flags)
			if err != nil {
				return err
			}
			after, err := client.EditConnection(c.Context(), before.ID, before.Revision, edit)
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(a.out, after)
			}
			_, err = fmt.Fprintf(a.out, "Changed %s.\n", after.Alias)
			return err
		})
	}
	return c
}

func (a *app) edit(c *cobra.Command, client *api.Client, before host.ConnectionStatus, alias string, flags inputFlags) (usecase.Edit, error) {
	var edit usecase.Edit
	if c.Flags().Changed("alias") {
		edit.Alias = &alias
	}
	if c.Flags().Changed("schedule") {
		edit.Schedule = &flags.schedule
	}
	if c.Flags().Changed("deadline") {
		edit.Deadline = &flags.deadline
	}
	var err error
	if edit.Removals, err = flags.removals(c, before.Removals); err != nil {
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
	if err == nil && edit.Alias == nil && edit.Schedule == nil && edit.Deadline == nil && edit.Removals == nil && edit.Settings == nil && len(edit.Secrets) == 0 {
		err = usagef("nothing to change: give --alias, --set, --unset, --secret, --schedule, --deadline, --removal-share or --removal-count")
	}
	return edit, err
}

func (a *app) connectionCheckCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "check ALIAS", Short: "Test a connection's settings against the live system", Args: exactly(1),
		Long: "Tries the connection without reading records: reach, authenticate, each permission. Stores nothing.",
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *api.Client) error {
			return a.check(c.Context(), client, usecase.CheckRequest{Connection: args[0]}, a.out)
		})
	}
	return c
}

// check runs a check and shows each probe on w as it is known. A check that
// fails is an outcome: it has been said what is wrong.
func (a *app) check(ctx context.Context, client *api.Client, request usecase.CheckRequest, w io.Writer) error {
	check, err := client.StartCheck(ctx, request)
	if err != nil {
		return err
	}
	shown := map[string]host.ProbeState{}
	for {
		if !a.json {
			showProbes(w, check.Probes, shown)
		}
		if check.Status != "running" {
			break
		}
		if check, err = client.Check(ctx, check.ID, check.Version, api.WaitParam{Wait: "10s"}); err != nil {
			return err
		}
	}
	if a.json {
		if err := printJSON(w, check); err != nil {
			return err
		}
	} else if check.Error != nil {
		printProblem(w, check.Error)
	} else if check.Identity != "" {
		fmt.Fprintln(w, "signed in as", host.Visible(check.Identity))
	}
	if check.Status == "ok" {
		return nil
	}
	return outcome{checkCode(check)}
}

func showProbes(w io.Writer, probes []host.Probe, shown map[string]host.ProbeState) {
	for _, p := range probes {
		if p.State == host.ProbeRunning || shown[p.ID] == p.State {
			continue
		}
		shown[p.ID] = p.State
		fmt.Fprintf(w, "  %-28s %-10s %s\n", host.Visible(p.Title), word(p.State), continued(p.Message, "  "))
		printProblem(w, p.Error)
	}
}

func checkCode(check host.Check) int {
	for _, p := range check.Probes {
		if p.Error != nil && authCode(p.Error.Code) {
			return exitAuth
		}
	}
	return exitSomeFailed
}

// connectionVerb changes a connection and returns it.
type connectionVerb func(ctx context.Context, client *api.Client, ref string) (host.ConnectionStatus, error)

func pause(ctx context.Context, client *api.Client, ref string) (host.ConnectionStatus, error) {
	return client.Pause(ctx, ref, "")
}

func resume(ctx context.Context, client *api.Client, ref string) (host.ConnectionStatus, error) {
	return client.Resume(ctx, ref)
}

func (a *app) connectionSimpleCommand(verb, short string, do connectionVerb) *cobra.Command {
	c := &cobra.Command{Use: verb + " ALIAS", Short: short, Args: exactly(1)}
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.with(c.Context(), func(client *api.Client) error {
			s, err := do(c.Context(), client, args[0])
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(a.out, s)
			}
			_, err = fmt.Fprintf(a.out, "%sd %s.\n", strings.ToUpper(verb[:1])+verb[1:], s.Alias)
			return err
		})
	}
	return c
}

func (a *app) connectionRemoveCommand() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "remove ALIAS", Short: "Remove a connection with its secrets, records and history", Args: exactly(1),
		Long: "Removes a connection with its secrets, records and history, for good. Nothing changes at the source.\n" +
			"To keep the history, pause the connection instead.",
	}
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := a.confirm(yes, args[0]); err != nil {
			return err
		}
		return a.with(c.Context(), func(client *api.Client) error {
			if err := client.RemoveConnection(c.Context(), args[0]); err != nil {
				return err
			}
			if a.json {
				return printJSON(a.out, map[string]string{"removed": args[0]})
			}
			_, err := fmt.Fprintf(a.out, "Removed %s.\n", args[0])
			return err
		})
	}
	return c
}

// confirm asks a person at a terminal. A script has said what it means by
// writing the command.
func (a *app) confirm(yes bool, alias string) error {
	if yes || !a.onTerminal() {
		return nil
	}
	fmt.Fprintf(a.errs, "This deletes %s with its records and history for good. Type its name to go on: ", alias)
	var typed string
	if _, err := fmt.Fscanln(a.in, &typed); err != nil || typed != alias {
		return usagef("not removed: the name was not repeated")
	}
	return nil
}
