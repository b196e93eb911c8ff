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
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

func (a *app) connectionCommand() *cobra.Command {
	pause := func(c *calls.Client, ctx context.Context, ref string) (host.ConnectionStatus, error) {
		return c.Pause(ctx, ref, "")
	}
	return group("connection", "Add, watch and sync connections",
		a.connectionAddCommand(), a.connectionListCommand(), a.connectionCoverageCommand(),
		&cobra.Command{
			Use: "show ALIAS", Short: "Show a connection, its health and its latest run", Args: exactly(1),
			RunE: answered(a, ofFirst((*calls.Client).Connection), printConnection),
		},
		a.connectionEditCommand(), a.connectionCheckCommand(), a.connectionSyncCommand(), a.connectionHeldCommand(),
		a.connectionRejectCommand(), a.connectionExplainCommand(),
		&cobra.Command{
			Use: "pause ALIAS", Short: "Stop starting scheduled runs of a connection", Args: exactly(1),
			RunE: answered(a, ofFirst(pause), func(w io.Writer, s host.ConnectionStatus) error { return say(w, "Paused %s.\n", s.Alias) }),
		},
		&cobra.Command{
			Use: "resume ALIAS", Short: "Start scheduled runs of a paused connection again", Args: exactly(1),
			RunE: answered(a, ofFirst((*calls.Client).Resume),
				func(w io.Writer, s host.ConnectionStatus) error { return say(w, "Resumed %s.\n", s.Alias) }),
		},
		a.connectionImpactCommand(), a.connectionDisconnectCommand(), a.connectionReconnectCommand(), a.connectionRemoveCommand(),
	)
}

func printConnections(w io.Writer, list []host.ConnectionItem) error {
	if len(list) == 0 {
		return say(w, "No connections. `plumbline connector list` shows the connectors you can add one for.\n")
	}
	header := []string{"ALIAS", "CONNECTOR", "HEALTH", "REASON", "ACTIVITY", "LAST SUCCESS", "NEXT RUN", "OWNER"}
	return tableOf(w, header, list, func(s host.ConnectionItem) []string {
		doing := word(s.Activity)
		if s.LastRun != nil {
			doing = activity(s.Activity, s.LastRun.Queue)
		}
		return []string{s.Alias, s.Connector, word(s.Health), word(s.Reason), doing, ago(s.LastSuccessAt), ago(s.NextRunAt), s.Owner}
	})
}

// connectorWord names the connector of a connection, and marks an unverified one.
func connectorWord(s host.ConnectionStatus) string {
	switch s.ConnectorTrust {
	case host.TrustDevelopment:
		return s.Connector + " (" + loud(s.ConnectorTrust) + ")"
	case host.TrustUnverified:
		return s.Connector + " (UNVERIFIED: neither signed nor trusted; `plumbline connector trust " + s.Connector + "`)"
	default:
		return s.Connector
	}
}

func printConnection(w io.Writer, s host.ConnectionStatus) error {
	secrets := each(s.Secrets, func(k host.SecretInfo) string { return fmt.Sprintf("%s (set %s)", k.Name, ago(&k.SetAt)) })
	doing := word(s.Activity)
	if s.LastRun != nil {
		doing = activity(s.Activity, s.LastRun.Queue)
	}
	if err := pairs(w,
		"alias", s.Alias, "id", s.ID, "connector", connectorWord(s), "categories", words(s.Categories),
		"health", fmt.Sprintf("%s, %s, since %s", word(s.Health), word(s.Reason), ago(&s.Since)), "explanation", s.Explanation,
		"what to do", s.Remedy, "activity", doing, "schedule", cmp.Or(s.Schedule, "none: it runs only when you sync it"),
		"deadline", s.Deadline, "owner", s.Owner, "removals", removalWords(s.Removals), "paused", paused(s.Paused), "disconnected",
		disconnected(s.Disconnection),
		"next run", ago(s.NextRunAt), "last success", ago(s.LastSuccessAt),
		"settings", string(s.Settings), "secrets", strings.Join(secrets, ", "),
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
		return say(w, "\nNo run yet. `plumbline connection sync %s` starts the first.\n", s.Alias)
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

func (a *app) connectionCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check ALIAS", Short: "Test a connection's settings against the live system", Args: exactly(1),
		Long: "Reaches the system, signs in and tries each permission, without reading records. It stores nothing.\n" +
			"The exit code is 0 when everything works, 4 when a credential or a permission is to blame, 3 otherwise.",
		RunE: func(c *cobra.Command, args []string) error {
			return a.with(c.Context(), func(client *calls.Client) error {
				return a.check(c.Context(), client, connections.CheckRequest{Connection: args[0]}, a.out)
			})
		},
	}
}

// check runs a check and shows each probe on w as soon as its result is known.
// A failed check is an outcome: check has printed the problem.
func (a *app) check(ctx context.Context, client *calls.Client, request connections.CheckRequest, w io.Writer) error {
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
		if check, err = client.Check(ctx, check.ID, check.Version, operation.WaitParam{Wait: "10s"}); err != nil {
			return err
		}
	}
	switch {
	case a.json:
		if err := a.printJSON(check); err != nil {
			return err
		}
	case check.Error != nil:
		printProblem(w, check.Error)
	case check.Identity != "":
		fmt.Fprintln(w, "signed in as", display.Visible(check.Identity))
	}
	if check.Status == "ok" {
		return nil
	}
	return outcome{blame(each(check.Probes, func(p host.Probe) *host.Problem { return p.Error }))}
}

func showProbes(w io.Writer, probes []host.Probe, shown map[string]host.ProbeState) {
	for _, p := range probes {
		if p.State == host.ProbeRunning || shown[p.ID] == p.State {
			continue
		}
		shown[p.ID] = p.State
		fmt.Fprintf(w, "  %-28s %-10s %s\n", display.Visible(p.Title), word(p.State), continued(p.Message, "  "))
		printProblem(w, p.Error)
	}
}
