package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/history"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/lookup"
)

func (a *app) changeCommand() *cobra.Command {
	f := changeFlags{}
	list := &cobra.Command{Use: "list ALIAS", Short: "List changes, newest first", Args: exactly(1)}
	f.add(list.Flags())
	limitFlag(list, &f.limit, 0)
	list.RunE = func(c *cobra.Command, args []string) error {
		f.of.Connections = args
		return a.with(c.Context(), func(client *calls.Client) error { return a.listChanges(c.Context(), client, &f) })
	}
	return group("change", "Show what runs added, changed and removed", list)
}

// changeFlags say which changes are listed.
type changeFlags struct {
	of    api.OfConnections
	p     api.ChangeParams
	diff  bool
	limit int
}

func (f *changeFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.p.Run, "run", "", "only the changes of this run")
	flags.StringVar(&f.of.Kind, "kind", "", "only records of this kind, e.g. account")
	flags.StringVar(&f.p.Stream, "stream", "", "only records of this stream")
	flags.StringVar(&f.p.Change, "change", "", "only added, changed or removed")
	flags.StringVar(&f.p.Query, "query", "", "only records whose key or name holds this")
	flags.BoolVar(&f.diff, "diff", false, "also what differs")
	spanFlags(flags, &f.p.Since, &f.p.Until)
}

// asked reports whether a flag asks for a list of changes instead of the feed.
func (f *changeFlags) asked() bool {
	return f.p != (api.ChangeParams{}) || f.of.Kind != "" || len(f.of.Connections) > 0 || f.diff
}

// listChanges prints changes, newest first.
func (a *app) listChanges(ctx context.Context, client *calls.Client, f *changeFlags) error {
	header := []string{"WHEN", "CHANGE", "CONNECTION", "STREAM", "KEY", "NAME", "RUN"}
	if f.diff {
		header = append(header, "WHAT DIFFERS")
	}
	row := func(c history.RecordChange) []string {
		cells := []string{c.At.Local().Format(time.DateTime), word(c.Kind), c.Alias, c.Stream, c.Key, c.Title, c.Run}
		if f.diff {
			cells = append(cells, diffWords(c.Kind, c.Diff, c.Cut, c.Lost))
		}
		return cells
	}
	printer := &listPrinter{app: a, header: header}
	return printPages(printer, f.limit, row, func(p operation.PageParams) ([]history.RecordChange, string, error) {
		page, err := client.History(ctx, f.of, f.p, f.diff, p)
		if err == nil && p.Cursor == "" {
			printer.notes = page.ChangeNotes
			a.noteChanges(page.ChangeNotes)
		}
		return page.Items, page.Next, err
	})
}

// noteChanges says on standard error what is not known of the changes of a period.
func (a *app) noteChanges(notes lookup.ChangeNotes) {
	switch {
	case a.json:
	case notes.Explanation != "":
		fmt.Fprintln(a.errs, notes.Explanation)
	case notes.PrunedBefore != nil:
		fmt.Fprintf(a.errs, "Changes before %s are no longer kept, at least in part.\n", moments(notes.PrunedBefore))
	}
}

func (a *app) changesCommand() *cobra.Command {
	var after string
	var follow, count bool
	var f changeFlags
	c := &cobra.Command{
		Use: "changes", Short: "Follow the changes of all connections, or list those of a period", Args: exactly(0),
		Long: "Prints what runs added, changed and removed, oldest first, each change once. Every change has a position. To go on\n" +
			"behind the last change you processed, also after a restart, keep its position and give it as --after. Without\n" +
			"--after the command begins with the oldest change that is kept; with --after latest it begins with the next change.\n\n" +
			"With --json it prints one object a line. A change has the same idempotency_key each time it is read.\n\n" +
			"With --since, --until or another filter it lists the changes of that period instead, newest first, without positions;\n" +
			"--count counts them by connection and stream.",
		Example: "  plumbline changes --after 1780000000000000000-1 --follow --json\n" +
			"  plumbline changes --since 2026-06-01 --until 2026-06-30 --change removed --kind account\n" +
			"  plumbline changes --since 2026-06-01 --count",
	}
	c.Flags().StringVar(&after, "after", "", "position to go on from, or latest")
	c.Flags().BoolVarP(&follow, "follow", "f", false, "wait for more until interrupted; without a running agent no more will come")
	c.Flags().StringArrayVar(&f.of.Connections, "connection", nil, "only changes of this connection; may be given several times")
	c.Flags().BoolVar(&count, "count", false, "print only how many there are")
	f.add(c.Flags())
	limitFlag(c, &f.limit, 0)
	c.RunE = func(c *cobra.Command, _ []string) error {
		listing := count || f.asked()
		if listing && (after != "" || follow) {
			return usagef("--after and --follow go through all changes from the oldest on; leave them out to list those of a period")
		}
		return a.with(c.Context(), func(client *calls.Client) error {
			switch {
			case count:
				return a.countChanges(c.Context(), client, &f)
			case listing:
				return a.listChanges(c.Context(), client, &f)
			}
			return a.changes(c.Context(), client, after, follow, f.limit)
		})
	}
	return c
}

// countChanges prints how many changes there are, by connection and stream.
func (a *app) countChanges(ctx context.Context, client *calls.Client, f *changeFlags) error {
	s, err := client.HistorySummary(ctx, f.of, f.p)
	if err != nil {
		return err
	}
	a.noteChanges(s.ChangeNotes)
	return emit(a, s, func(w io.Writer, s lookup.ChangeSummary) error {
		all := append(s.Items, history.StreamChanges{Alias: "all", Added: s.Added, Changed: s.Changed, Removed: s.Removed})
		return tableOf(w, []string{"CONNECTION", "STREAM", "ADDED", "CHANGED", "REMOVED"}, all, func(c history.StreamChanges) []string {
			return []string{c.Alias, c.Stream, fmt.Sprint(c.Added), fmt.Sprint(c.Changed), fmt.Sprint(c.Removed)}
		})
	})
}

func (a *app) changes(ctx context.Context, client *calls.Client, after string, follow bool, limit int) error {
	if err := checkLimit(limit); err != nil {
		return err
	}
	p := api.FeedParams{After: after}
	if follow {
		p.Wait = "25s"
	}
	for printed := 0; ; {
		if p.Limit = page(limit, printed); p.Limit == 0 {
			return nil
		}
		feed, err := client.Feed(ctx, p)
		if err != nil {
			return err
		}
		if err := a.printChanges(feed.Items); err != nil {
			return err
		}
		if len(feed.Items) == 0 && p.After != "latest" && !follow {
			return nil
		}
		printed += len(feed.Items)
		p.After = feed.Next
	}
}

// printChanges prints each page as it comes, so that a program at the other end of
// a pipe gets it at once.
func (a *app) printChanges(changes []host.FeedChange) error {
	for _, c := range changes {
		var err error
		if a.json {
			err = a.printJSONLine(c)
		} else {
			err = say(a.out, "%s  %-7s  %s  %s  %s  %s\n", c.At.Local().Format(time.DateTime), word(c.Kind),
				display.Visible(c.Alias), display.Visible(c.Stream), display.Visible(c.Key), c.Position)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
