package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/sdk/conform"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

type conformance struct {
	fixtures string
	settings string
	secrets  string
	cases    []string
	level    string
	list     bool
}

func (a *app) connectorTestCommand() *cobra.Command {
	var o conformance
	c := &cobra.Command{
		Use: "test PROGRAM", Short: "Try a connector program against the conformance kit", Args: atMost(1),
		Long: "Starts the program as a host does and tries every case of the conformance kit, without a network: a recording,\n" +
			"which `plumbline connector record` makes, answers the connector's requests. A case that lacks something is not\n" +
			"tried; it says what is missing. A connector in one file needs no recording: without --fixtures, the system that\n" +
			"simulator.yaml beside the file describes answers, or else one that is derived from the file.\n\n" +
			"The exit code is 0 when every case passed that the connector must pass, and 8 when one did not.",
		Example: "  plumbline connector test ./bin/connectors/envoy --fixtures plugins/envoy/testdata/fixtures\n" +
			"  plumbline connector test ./acme --fixtures testdata/acme --case R2 --case X\n" +
			"  plumbline connector test acme.connector.yaml\n" +
			"  plumbline connector test --list --level must",
	}
	flags := c.Flags()
	flags.StringVar(&o.fixtures, "fixtures", "", "directory of a recording")
	flags.StringVar(&o.settings, "settings", "", "settings as a JSON file, for a connector that reads this machine and needs no recording")
	flags.StringVar(&o.secrets, "secrets", "", "secrets as a JSON file, to go with --settings")
	flags.StringArrayVar(&o.cases, "case", nil, "only this case, such as R2, or this group, such as R; may be repeated")
	flags.StringVar(&o.level, "level", "", "only cases of this level: must or should")
	flags.BoolVar(&o.list, "list", false, "only list the cases")
	c.RunE = func(c *cobra.Command, args []string) error { return a.testConnector(c.Context(), args, o) }
	return c
}

func (a *app) testConnector(ctx context.Context, args []string, o conformance) error {
	cases, err := o.chosen()
	if err != nil {
		return err
	}
	if o.list {
		return a.listCases(cases)
	}
	if len(args) == 0 {
		return usagef("name the program to test\nUsage: plumbline connector test PROGRAM [--fixtures DIR]")
	}
	config, err := a.kitFor(ctx, o, args[0])
	if err != nil {
		return err
	}
	bar := &progressLine{app: a}
	begun, done := time.Now(), int64(0)
	results := conform.Run(ctx, config, cases, func(conform.Result) {
		done++
		bar.line("cases tried", done, int64(len(cases)))
	})
	bar.done()
	r := newConformanceReport(args[0], results, time.Since(begun))
	r.Interrupted = ctx.Err() != nil
	err = emit(a, r, printConformance)
	switch {
	case err != nil:
		return err
	case r.Interrupted:
		return context.Canceled
	case !r.Conforms:
		return outcome{exitGate}
	}
	return nil
}

func (o conformance) chosen() ([]conform.Case, error) {
	all := conform.Cases()
	for _, want := range o.cases {
		if !slices.ContainsFunc(all, func(c conform.Case) bool { return matchesCase(c, want) }) {
			return nil, usagef("there is no case %q; `plumbline connector test --list` shows them", want)
		}
	}
	if o.level != "" && o.level != string(conform.Must) && o.level != string(conform.Should) {
		return nil, usagef("--level is must or should, not %q", o.level)
	}
	return slices.DeleteFunc(all, func(c conform.Case) bool {
		asked := len(o.cases) == 0 || slices.ContainsFunc(o.cases, func(want string) bool { return matchesCase(c, want) })
		return !asked || o.level != "" && o.level != string(c.Level)
	}), nil
}

func matchesCase(c conform.Case, want string) bool {
	return strings.EqualFold(c.ID, want) || strings.EqualFold(c.Group(), want)
}

func (a *app) kitFor(ctx context.Context, o conformance, program string) (conform.Config, error) {
	config := conform.Config{Program: program}
	if info, err := os.Stat(program); err != nil || info.IsDir() {
		return config, refusal(host.CodeInvalid, program+" is no program file", "Build the connector and give the path of the program.")
	}
	described, ok, err := a.described(program)
	if err != nil {
		return config, err
	}
	if ok {
		config = described
	}
	if o.fixtures != "" {
		fixture, err := replay.Load(o.fixtures)
		if err != nil {
			return config, refusal(host.CodeInvalid, err.Error(),
				"Give the directory that `plumbline connector record` made; sdk/conform/README.md describes its files.")
		}
		config.Fixture = &fixture
		return config, nil
	}
	if o.settings == "" {
		if len(config.Environ) > 0 { // a description
			config.Environ = append(slices.Clip(config.Environ), simulatedNow)
			config.Fixture, err = a.simulate(ctx, config)
		}
		return config, err
	}
	config.Live = true
	err = readSettingsFiles(o.settings, o.secrets, &config)
	return config, err
}

// described returns how the kit runs a file that describes a connector: with the
// program declarative. It is false for a program file.
func (a *app) described(file string) (conform.Config, bool, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return conform.Config{}, false, fmt.Errorf("find program: %w", err)
	}
	config, err := a.config(nil)
	if err != nil {
		return conform.Config{}, false, err
	}
	program, environ, ok := boot.Described(config, path)
	if ok && program == "" {
		return conform.Config{}, true, refusal(host.CodeConnectorGone, "the program declarative, which runs such files, is missing",
			"Install Plumbline again, or name the directory that holds it in PLUMBLINE_CONNECTORS_DIRS.")
	}
	return conform.Config{Program: program, Environ: environ}, ok, nil
}

func readSettingsFiles(settings, secrets string, config *conform.Config) error {
	for _, f := range []struct {
		path string
		into any
	}{{settings, &config.Settings}, {secrets, &config.Secrets}} {
		if f.path == "" {
			continue
		}
		raw, err := os.ReadFile(f.path)
		if err == nil {
			err = json.Unmarshal(raw, f.into)
		}
		message := f.path + " is not a file with a JSON object" // it may hold a secret and is not quoted
		switch {
		case errors.Is(err, os.ErrNotExist):
			message = "there is no file " + f.path
			fallthrough
		case err != nil:
			return refusal(host.CodeInvalid, message, `Give a file with a JSON object, such as {"base_url": "https://api.example.com"}.`)
		}
	}
	return nil
}

func (a *app) listCases(cases []conform.Case) error {
	if a.json {
		return printJSON(a.out, map[string][]conform.Result{"cases": each(cases, func(c conform.Case) conform.Result {
			return conform.Result{ID: c.ID, Level: c.Level, Title: c.Title, Link: c.Link()}
		})})
	}
	return tableOf(a.out, []string{"CASE", "LEVEL", "WHAT HAS TO HOLD"}, cases, func(c conform.Case) []string {
		return []string{c.ID, string(c.Level), c.Title}
	})
}

// conformanceReport is the whole outcome, as --json prints it.
type conformanceReport struct {
	Program     string           `json:"program"`
	Conforms    bool             `json:"conforms"` // no case failed that must pass
	Interrupted bool             `json:"interrupted,omitempty"`
	Passed      int              `json:"passed"`
	Failed      int              `json:"failed"`
	NotTried    int              `json:"not_tried"`
	Seconds     float64          `json:"seconds"`
	Results     []conform.Result `json:"results"`
}

func newConformanceReport(program string, results []conform.Result, took time.Duration) conformanceReport {
	r := conformanceReport{Program: filepath.Base(program), Conforms: true, Seconds: took.Seconds(), Results: results}
	for _, one := range results {
		switch one.Verdict {
		case conform.Passed:
			r.Passed++
		case conform.NotTried:
			r.NotTried++
		default:
			r.Failed++
			r.Conforms = r.Conforms && one.Level != conform.Must
		}
	}
	return r
}

func printConformance(w io.Writer, r conformanceReport) error {
	group := ""
	for _, one := range r.Results {
		if g := one.ID[:1]; g != group {
			group = g
			fmt.Fprintf(w, "\n%s\n", conform.GroupTitle(g))
		}
		verdict := string(one.Verdict)
		if one.Verdict == conform.Failed {
			verdict = "FAILED"
		}
		fmt.Fprintf(w, "  %-4s %-9s  %-6s  %s (%.1f s)\n", one.ID, verdict, one.Level, one.Title, one.Seconds)
		if one.Verdict == conform.Passed {
			continue
		}
		for line := range strings.Lines(strings.TrimSpace(one.Detail)) {
			fmt.Fprintf(w, "         %s\n", strings.TrimRight(line, "\n"))
		}
		fmt.Fprintf(w, "         %s\n", one.Link)
	}
	verdict := "It conforms."
	switch {
	case r.Interrupted:
		verdict = "Interrupted: not every case was tried."
	case !r.Conforms:
		verdict = "It does not conform: a case failed that it must pass."
	case r.NotTried > 0:
		verdict = "No case failed that it must pass, of those that could be tried."
	}
	return say(w, "\n%s: %d passed, %d failed, %d not tried in %.1f s. %s\n", r.Program, r.Passed, r.Failed, r.NotTried, r.Seconds, verdict)
}
