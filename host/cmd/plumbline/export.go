package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

// exportFlags are what every export takes.
type exportFlags struct {
	lookup.ExportRequest
	file string
}

func (a *app) exportCommand() *cobra.Command {
	c := group("export", "Write a list into a file that says what it is",
		a.exportOf(host.ExportRecords, "[ALIAS [STREAM]]", "Export records as they are, or were", 2,
			"  plumbline export records --kind account --as-of 2026-06-30 -o accounts.csv\n  plumbline export records corp-ldap users --format "+
				"jsonl"),
		a.exportOf(host.ExportChanges, "[ALIAS]", "Export what runs added, changed and removed", 1,
			"  plumbline export changes --since 2026-01-01 --until 2026-03-31 --diff -o first-quarter.csv"),
		a.exportOf(host.ExportAudit, "[NAME]", "Export who changed what", 1, "  plumbline export audit --since 2026-01-01 -o audit.csv"),
		a.exportOf(host.ExportLog, "RUN", "Export the log of a run", 1, "  plumbline export log 01JD… --level warn"),
		a.exportOf(host.ExportConnections, "", "Export the connections with their health", 0, ""),
		a.exportOf(host.ExportRuns, "[ALIAS]", "Export runs", 1, ""),
		a.exportOf(host.ExportAccounts, "", "Export accounts with whose they are and what is decided about them", 0,
			"  plumbline export accounts --page infrastructure --facet flag:dormant -o dormant.csv"),
		a.exportListCommand(),
	)
	c.Long = "Writes a list as CSV or JSON Lines. The file begins with what it is: product, filter, moment with time zone, who made it,\n" +
		"demo or real data, and each source with its health and last complete read. Its last line has the number of rows and a\n" +
		"hash, so that a file that was cut is noticed. In CSV a text that a spreadsheet would run as a formula has an apostrophe\n" +
		"before it. The file holds what the list shows and is not encrypted. Every export is in the audit log."
	return c
}

func (a *app) exportOf(what, args, short string, most int, example string) *cobra.Command {
	f := &exportFlags{ExportRequest: lookup.ExportRequest{What: what}}
	c := &cobra.Command{Use: strings.TrimSpace(what + " " + args), Short: short, Args: atMost(most), Example: example}
	if what == host.ExportLog {
		c.Args = exactly(1)
	}
	c.Flags().StringVarP(&f.file, "output", "o", "", "file to write, replacing it; standard output without it")
	c.Flags().StringVar(&f.Format, "format", host.FormatCSV, "csv or jsonl")
	f.filters(c.Flags())
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := f.place(args, time.Now()); err != nil {
			return err
		}
		if err := f.check(a.json); err != nil {
			return err
		}
		return a.with(c.Context(), func(client *calls.Client) error { return a.export(c.Context(), client, f) })
	}
	return c
}

// check refuses what cannot be written, before anything is read.
func (f *exportFlags) check(asJSON bool) error {
	switch {
	case f.Format != host.FormatCSV && f.Format != host.FormatJSONL:
		return usagef("--format must be csv or jsonl, not %q", f.Format)
	case f.Change != "" && !slices.Contains([]string{"added", "changed", "removed"}, f.Change):
		return usagef("--change must be added, changed or removed, not %q", f.Change)
	case asJSON && f.file == "":
		return usagef("with --json give a file with -o: standard output then says what was written")
	case f.file == "":
		return nil
	}
	dir := filepath.Dir(f.file)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return host.Invalid("output", f.file, "cannot be made: the directory "+dir+" does not exist")
	}
	return nil
}

// filters adds the flags of the list that is exported.
func (f *exportFlags) filters(flags *pflag.FlagSet) {
	switch f.What {
	case host.ExportRecords:
		flags.StringVar(&f.Kind, "kind", "", "only records of this kind, e.g. account")
		flags.StringArrayVar(&f.Where, "where", nil, "a condition that must hold, as for record list; may be given several times")
		flags.StringVar(&f.Query, "query", "", "only records whose key or any text holds this")
		flags.StringVar(&f.Sort, "sort", "", "field to sort by, with - before it for descending")
		flags.StringVar(&f.AsOf, "as-of", "", "the records as of then, as for record list")
	case host.ExportChanges:
		flags.StringVar(&f.Run, "run", "", "only what this run did")
		flags.StringVar(&f.Kind, "kind", "", "only records of this kind, e.g. account")
		flags.StringVar(&f.Stream, "stream", "", "only records of this stream")
		flags.StringVar(&f.Change, "change", "", "only added, changed or removed")
		flags.StringVar(&f.Query, "query", "", "only records whose key or name holds this")
		flags.BoolVar(&f.Diff, "diff", false, "also what differs")
		spanFlags(flags, &f.Since, &f.Until)
	case host.ExportAudit:
		flags.StringVar(&f.Collection, "collection", "", "only these documents, such as connection or hold")
		flags.StringVar(&f.Actor, "actor", "", "only the edits of this actor")
		spanFlags(flags, &f.Since, &f.Until)
	case host.ExportLog:
		flags.StringVar(&f.Level, "level", "", "only this level and the more serious ones: debug, info, warn or error")
		flags.StringVar(&f.Step, "step", "", "only lines of this step")
		flags.StringVar(&f.Query, "query", "", "only lines that hold this")
	case host.ExportAccounts:
		flags.StringVar((*string)(&f.Page), "page", "", "page of accounts, e.g. version-control; all of them without it")
		flags.StringArrayVar(&f.Facets, "facet", nil, "NAME:VALUE, e.g. flag:dormant; may be given several times")
		flags.StringVar(&f.Query, "query", "", "only accounts whose name, address, user name or key holds this")
		flags.StringVar(&f.Sort, "sort", "", "field to sort by, with - before it for descending; name without it")
	case host.ExportConnections:
		flags.StringSliceVar(&f.Health, "health", nil, "only healthy, unhealthy, unknown or paused ones")
		flags.StringSliceVar(&f.Reason, "reason", nil, "only those of this reason, such as late or action_required")
		flags.StringSliceVar(&f.Owner, "owner", nil, "only those of this owner; none for those without one")
		flags.StringVar(&f.Connector, "connector", "", "only those of this connector")
		flags.StringSliceVar(&f.Category, "category", nil, "only those of this category")
		flags.StringVar(&f.Query, "query", "", "only those whose name or connector holds this")
	}
}

// spanFlags adds the flags of a span of time.
func spanFlags(flags *pflag.FlagSet, since, until *string) {
	flags.StringVar(since, "since", "", "only since this time or day")
	flags.StringVar(until, "until", "", "only until this time, or the end of this day")
}

// place puts the arguments of the command into the request.
func (f *exportFlags) place(args []string, now time.Time) (err error) {
	if f.AsOf != "" {
		if f.AsOf, err = moment(f.AsOf, now); err != nil {
			return err
		}
	}
	if len(args) == 0 {
		return nil
	}
	switch f.What {
	case host.ExportAudit:
		f.Key = args[0]
	case host.ExportLog:
		f.Run = args[0]
	default:
		f.Connections = args[:1]
	}
	if len(args) > 1 {
		f.Stream = args[1]
	}
	return nil
}

// export has the host write the file, and copies it.
func (a *app) export(ctx context.Context, client *calls.Client, f *exportFlags) error {
	started, err := client.StartExport(ctx, f.ExportRequest)
	if err != nil {
		return err
	}
	ended, err := a.followTask(ctx, client, started)
	if err != nil {
		return err
	}
	e := *ended.Export
	copied := func(w io.Writer) error {
		sum := sha256.New()
		if err := client.ExportFile(ctx, e, io.MultiWriter(w, sum)); err != nil {
			return err
		}
		if hex.EncodeToString(sum.Sum(nil)) != e.SHA256 {
			return errors.New("read export: the file has another hash than when it was written")
		}
		return nil
	}
	if f.file == "" {
		return copied(a.out)
	}
	if err := durable.Write(f.file, 0o600, copied); err != nil {
		return fmt.Errorf("write %s: %w", f.file, err)
	}
	return emit(a, e, func(w io.Writer, e host.Export) error {
		return say(w, "Wrote %d rows (%s) to %s.\n", e.Rows, byteCount(e.Bytes), display.Visible(f.file))
	})
}

func (a *app) exportListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the exports that were made, newest first", Args: exactly(0),
		RunE: listed(a, func(ctx context.Context, c *calls.Client, _ []string) ([]host.Export, error) { return c.Exports(ctx) },
			[]string{"WHEN", "WHAT", "BY", "STATUS", "ROWS", "FILE"}, func(e host.Export) []string {
				return []string{ago(&e.StartedAt), e.What, actorWord(e.By), e.Status, fmt.Sprint(e.Rows), e.File}
			}),
	}
}
