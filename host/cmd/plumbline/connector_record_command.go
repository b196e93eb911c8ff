package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk/conform"
)

func (a *app) connectorRecordCommand() *cobra.Command {
	var settings, secrets, out string
	var limit time.Duration
	c := &cobra.Command{
		Use: "record PROGRAM", Short: "Record a connector's requests and the answers, for tests without a network", Args: exactly(1),
		Long: "Checks and syncs once with the live system and writes every request and answer into a directory, for\n" +
			"`plumbline connector test`. It replaces secrets by made-up ones before it writes anything: those in the secrets\n" +
			"file, tokens that the system issues, and headers and parameters that look like secrets.\n\n" +
			"The records themselves are real. Replace names and addresses before you publish a recording.",
		Example: "  plumbline connector record ./acme --settings settings.json --secrets secrets.json --out testdata/acme",
	}
	flags := c.Flags()
	flags.StringVar(&settings, "settings", "", "the connection's settings, a JSON file")
	flags.StringVar(&secrets, "secrets", "", "the connection's secrets, a JSON file")
	flags.StringVar(&out, "out", "", "directory to write (required); created when it does not exist")
	flags.DurationVar(&limit, "limit", 10*time.Minute, "how long the run may take")
	c.RunE = func(c *cobra.Command, args []string) error {
		if out == "" {
			return usagef("--out is missing: name the directory to write")
		}
		config := conform.Config{Program: args[0], CaseTimeout: limit}
		if err := readSettingsFiles(settings, secrets, &config); err != nil {
			return err
		}
		return a.record(c.Context(), config, out)
	}
	return c
}

// recordReport is the outcome, as --json prints it.
type recordReport struct {
	Directory string         `json:"directory"`
	Exchanges int            `json:"exchanges"`
	Records   map[string]int `json:"records"`
	Complete  bool           `json:"complete"`
	Reason    string         `json:"reason,omitempty"` // why it is not complete
}

func (a *app) record(ctx context.Context, config conform.Config, out string) error {
	if entries, err := os.ReadDir(out); err == nil && len(entries) > 0 {
		return refusal(host.CodeInvalid, out+" is not empty", "Name a new directory, or empty this one: a recording is written as a whole.")
	}
	recorded, err := conform.Record(ctx, config, nil)
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	if err := recorded.Fixture.Save(out); err != nil {
		return err
	}
	r := recordReport{Directory: out, Exchanges: len(recorded.Fixture.Exchanges), Records: recorded.Records, Complete: recorded.Whole == nil}
	if recorded.Whole != nil {
		r.Reason = recorded.Whole.Error()
	}
	return emit(a, r, func(w io.Writer, r recordReport) error {
		for _, name := range slices.Sorted(maps.Keys(r.Records)) {
			fmt.Fprintf(w, "%s: %d records\n", name, r.Records[name])
		}
		fmt.Fprintf(w, "%d exchanges written to %s\n", r.Exchanges, r.Directory)
		if !r.Complete {
			fmt.Fprintf(w, "The run was not complete, and most cases need a complete one: %s\n", r.Reason)
		}
		return nil
	})
}
