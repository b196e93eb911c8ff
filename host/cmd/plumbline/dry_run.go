package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/dryrun"
	"github.com/plumbline-dev/plumbline/sdk/conform"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// dryRuns tries connections one after the other and prints what a run would change.
func (a *app) dryRuns(ctx context.Context, client *calls.Client, aliases []string) error {
	tried := make([]host.DryRun, 0, len(aliases))
	for _, alias := range aliases {
		d, err := a.dryRun(ctx, client, alias)
		if err != nil {
			return err
		}
		tried = append(tried, d)
	}
	err := emit(a, tried, func(w io.Writer, all []host.DryRun) error {
		for _, d := range all {
			printDryRun(w, d)
		}
		return say(w, "Nothing was stored.\n")
	})
	for _, d := range tried {
		for _, s := range d.Streams {
			if err == nil && s.Outcome != host.OutcomeComplete {
				err = outcome{exitSomeFailed}
			}
		}
	}
	return err
}

// dryRun tries one connection through the host.
func (a *app) dryRun(ctx context.Context, client *calls.Client, alias string) (host.DryRun, error) {
	started, err := client.StartDryRun(ctx, alias)
	if err != nil {
		return host.DryRun{}, err
	}
	ended, err := a.followTask(ctx, client, started)
	if err != nil {
		return host.DryRun{}, err
	}
	return *ended.DryRun, nil
}

// dryRunOf compares what a program reads from a recording with what is stored of a
// connection. It needs no network and none of the connection's secrets.
func dryRunOf(
	ctx context.Context, client *calls.Client, alias string, connector host.Connector, config conform.Config,
) (host.DryRun, error) {
	connection, err := client.Connection(ctx, alias)
	if err != nil {
		return host.DryRun{}, err
	}
	sent, whole, err := conform.Read(ctx, config)
	if err != nil {
		return host.DryRun{}, err
	}
	d := host.DryRun{
		Connection: connection.ID, Alias: connection.Alias, Connector: connector.ID + " " + connector.Version, Streams: []host.DryRunStream{},
	}
	for _, info := range connector.Streams {
		c := dryrun.NewComparison(info)
		if err := eachRecord(ctx, client, alias, info.Name, c.Stored); err != nil {
			return d, err
		}
		result := host.StreamResult{Stream: info.Name, Outcome: host.OutcomeComplete}
		if whole != nil {
			result.Outcome = host.OutcomePartial
			result.Problem = refusal(host.CodeInvalid, "the run on the recording was not complete: "+whole.Error(), "Record the system again.")
		}
		for _, r := range sent {
			if r.Stream == info.Name {
				result.Read++
				take(c, info, r, &result)
			}
		}
		if err := eachRecord(ctx, client, alias, info.Name, c.Show); err != nil {
			return d, err
		}
		limits := connection.Removals.Over(host.DefaultRemovalLimits)
		d.Streams = append(d.Streams, c.Result(result, limits))
	}
	return d, nil
}

// take gives a record to the comparison. One that breaks its kind's schema is a gap, as in
// a run.
func take(c *dryrun.Comparison, info host.StreamInfo, r conform.Sent, result *host.StreamResult) {
	if r.Removed {
		c.Gone(r.Key)
		return
	}
	doc, err := kind.Accept(kind.Kind(info.Kind), r.Doc)
	if err != nil {
		result.Outcome = host.OutcomeGaps
		p := refusal(host.CodeSchemaUnexpected, fmt.Sprintf("it is not a valid %s: %v", info.Kind, err), "Correct the expression of the field.")
		result.Gaps = append(result.Gaps, host.Gap{Scope: "record " + display.Visible(r.Key), Error: *p})
		return
	}
	c.Sent(r.Key, doc)
}

// eachRecord calls fn with every record that is stored of a stream.
func eachRecord(ctx context.Context, client *calls.Client, alias, stream string, fn func(key string, doc []byte)) error {
	for p := (api.ListParams{Stream: stream}); ; {
		p.Limit = 1000
		page, err := client.Records(ctx, alias, p)
		if problem := new(host.Problem); errors.As(err, &problem) && problem.Code == host.CodeNotFound {
			return nil // nothing was read of it yet
		}
		if err != nil {
			return err
		}
		for _, r := range page.Items {
			fn(r.Key, r.Data)
		}
		if p.Cursor = page.Next; p.Cursor == "" {
			return nil
		}
	}
}

func printDryRun(w io.Writer, d host.DryRun) {
	fmt.Fprintf(w, "%s, read with %s: a run would make these changes\n", display.Visible(d.Alias), d.Connector)
	for _, s := range d.Streams {
		fmt.Fprintf(w, "  %s: %d read, %d would be added, %d changed, %d removed; %d stay as they are\n",
			s.Stream, s.Read, s.Added, s.Changed, s.Removed, s.Unchanged)
		if s.Held != "" {
			fmt.Fprintf(w, "    a run would hold these removals until a person decides (rule: %s)\n", s.Held)
		}
		if s.Outcome != host.OutcomeComplete {
			fmt.Fprintf(w, "    not read whole (%s), so nothing would be removed\n", word(s.Outcome))
		}
		if s.Error != nil {
			fmt.Fprintf(w, "    %s\n", continued(s.Error.Message, "    "))
			if s.Error.Remedy != "" {
				fmt.Fprintf(w, "    what to do: %s\n", continued(s.Error.Remedy, "    "))
			}
		}
		for _, gap := range s.Gaps {
			fmt.Fprintf(w, "    gap %s: %s\n", display.Visible(gap.Scope), continued(gap.Error.Message, "    "))
		}
		for _, change := range s.Changes {
			printChange(w, change)
		}
	}
}

func printChange(w io.Writer, change host.DryRunChange) {
	sign := map[host.ChangeKind]string{host.ChangeAdded: "+", host.ChangeChanged: "~", host.ChangeRemoved: "-"}[change.Kind]
	fmt.Fprintf(w, "    %s %s\n", sign, display.Visible(change.Key))
	if change.Kind != host.ChangeChanged {
		return
	}
	for _, f := range change.Fields {
		fmt.Fprintf(w, "        %s: %s → %s\n", display.Visible(f.Field), valueWord(f.Before), valueWord(f.After))
	}
}

// valueWord is a value of a field in one line.
func valueWord(raw []byte) string {
	if raw == nil {
		return "unknown"
	}
	return display.Visible(display.Cut(string(raw), 120))
}
