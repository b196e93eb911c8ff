package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
)

func (a *app) verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Check that nothing stored was changed, lost or damaged", Args: exactly(0),
		Long: "Reads everything that is stored and checks every file by its checksums, every document by its hash, the hash\n" +
			"chains of each connection's change log and of the audit log from end to end, and the anchors: the latest link of\n" +
			"each chain when runs ended. It names the first bad entry of each kind. The exit code is 0 when everything agrees\n" +
			"and 8 when something is bad.\n\n" +
			"It works through the running agent, or on a data directory that is not in use. There it checks the files before\n" +
			"anything opens them.",
		Example: "  plumbline verify\n  plumbline verify --json | jq .bad",
		RunE:    func(c *cobra.Command, _ []string) error { return a.verify(c.Context()) },
	}
}

func (a *app) verify(ctx context.Context) error {
	config, err := a.config(nil)
	if err != nil {
		return err
	}
	var v host.Verification
	if client, ok := a.attach(ctx, config.DataDir); ok {
		started, err := client.StartVerify(ctx)
		if err != nil {
			return err
		}
		ended, err := a.followTask(ctx, client, started)
		if err != nil {
			return err
		}
		v = *ended.Verification
	} else {
		bar := &progressLine{app: a}
		v, err = boot.VerifyClosed(ctx, a.options(config, "error"), bar.show)
		bar.done()
		if err != nil {
			return err
		}
	}
	if err = emit(a, v, printVerification); err == nil && !v.OK() {
		err = outcome{exitGate}
	}
	return err
}

func printVerification(w io.Writer, v host.Verification) error {
	for _, b := range v.Bad {
		fmt.Fprintf(w, "BAD  %s: %s\n", b.Kind, display.Visible(b.Message))
		printBad(w, b)
	}
	for _, b := range v.Unfinished {
		fmt.Fprintf(w, "note  %s: %s\n", b.Kind, display.Visible(b.Message))
		printBad(w, b)
	}
	header := []string{"CONNECTION", "RECORDS", "VERSIONS", "CHAIN", "LATEST LINK"}
	chains := append(slices.Clone(v.Connections), v.Audit)
	if err := tableOf(w, header, chains, func(c host.ChainState) []string {
		return []string{c.Alias, fmt.Sprint(c.Records), fmt.Sprint(c.Versions), fmt.Sprint(c.Length), c.Head}
	}); err != nil {
		return err
	}
	verdict := "everything agrees"
	if !v.OK() {
		verdict = "something is bad; keep a copy of the data directory before you do anything else"
	}
	return say(w, "\n%d files (%d MiB) and %d anchors checked in %s: %s\n",
		v.Files, v.Bytes>>20, v.Anchors, v.FinishedAt.Sub(v.StartedAt).Round(time.Millisecond), verdict)
}

func printBad(w io.Writer, b host.BadEntry) {
	number, at, offset := "", "", b.File
	if b.Number > 0 {
		number = fmt.Sprint(b.Number)
	}
	if b.At != nil {
		at = b.At.Format(time.RFC3339Nano)
	}
	if b.Offset > 0 {
		offset += fmt.Sprintf(", byte %d", b.Offset)
	}
	for part := range slices.Chunk([]string{
		"connection", b.Alias, "stream", b.Stream, "record", b.Key, "run", b.Run, "written", at, "number", number, "file", offset,
	}, 2) {
		if part[1] != "" {
			fmt.Fprintf(w, "      %-10s  %s\n", part[0], part[1])
		}
	}
	if b.Further > 0 {
		fmt.Fprintf(w, "      and %d more of this kind\n", b.Further)
	}
}

// followTask waits for a task to end and shows its progress on a terminal. An
// interrupt cancels it.
func (a *app) followTask(ctx context.Context, c *calls.Client, t host.Task) (host.Task, error) {
	bar := &progressLine{app: a}
	defer bar.done()
	for t.Status == "running" {
		bar.line(t.Phase, t.Done, t.Total)
		now, err := c.Task(ctx, t.ID, t.Version, operation.WaitParam{Wait: "10s"})
		if err != nil {
			if ctx.Err() == nil {
				return t, err
			}
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer cancel()
			if _, err := c.CancelTask(ending, t.ID); err != nil {
				return t, err
			}
			return t, context.Cause(ctx)
		}
		t = now
	}
	switch {
	case t.Error != nil:
		return t, t.Error
	case t.Status == "cancelled":
		return t, refusal(host.CodeCancelled, "the "+t.Kind+" was cancelled", "")
	}
	return t, nil
}
