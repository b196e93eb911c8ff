// Command conformance runs the whole conformance kit over connectors in one file, each against the
// system that simulator.yaml beside it describes, and prints a line for each. `make conformance`
// builds the programs and runs it from the top of the repository. It fails when a connector fails a
// case that it must pass.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/sdk/conform"
)

// report is what `plumbline connector test --json` prints.
type report struct {
	Passed   int              `json:"passed"`
	Failed   int              `json:"failed"`
	NotTried int              `json:"not_tried"`
	Seconds  float64          `json:"seconds"`
	Results  []conform.Result `json:"results"`
}

// command is one call of conformance.
type command struct {
	plumbline string
	atOnce    int
	out       io.Writer
}

func main() {
	c := command{out: os.Stdout}
	flag.StringVar(&c.plumbline, "plumbline", "bin/plumbline", "the program that has the kit")
	flag.IntVar(&c.atOnce, "at-once", 2, "how many connectors are tried at one moment")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := c.run(ctx, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		stop()
		os.Exit(1)
	}
}

// run tries the connectors with these ids; none stands for all.
func (c command) run(ctx context.Context, ids []string) error {
	var files []string
	for _, id := range ids {
		files = append(files, filepath.Join("plugins", id, id+".connector.yaml"))
	}
	if len(ids) == 0 {
		var err error
		if files, err = filepath.Glob("plugins/*/*.connector.yaml"); err != nil || len(files) == 0 {
			return errors.Join(err, errors.New("there are no connectors here: run this from the top of the repository"))
		}
	}
	var mu sync.Mutex
	var sum report
	var failing []string
	var trying errgroup.Group
	trying.SetLimit(c.atOnce)
	for _, file := range files {
		trying.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			r, err := c.try(ctx, file)
			mu.Lock()
			defer mu.Unlock()
			id := filepath.Base(filepath.Dir(file))
			if err != nil {
				return fmt.Errorf("%s: %w", id, err)
			}
			sum.Passed, sum.Failed, sum.NotTried = sum.Passed+r.Passed, sum.Failed+r.Failed, sum.NotTried+r.NotTried
			if c.show(id, r) {
				failing = append(failing, id)
			}
			return nil
		})
	}
	if err := trying.Wait(); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%d connectors: %d cases passed, %d failed, %d not tried\n", len(files), sum.Passed, sum.Failed, sum.NotTried)
	if len(failing) > 0 {
		return fmt.Errorf("these fail a case that they must pass: %s", strings.Join(failing, ", "))
	}
	return nil
}

// try runs the kit over one connector.
func (c command) try(ctx context.Context, file string) (r report, err error) {
	cmd := exec.CommandContext(ctx, c.plumbline, "connector", "test", file, "--json")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it ends the programs that it started
	var said bytes.Buffer
	cmd.Stderr = &said
	printed, err := cmd.Output()
	const failedCases = 8
	if exit := new(exec.ExitError); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != failedCases) {
		return r, fmt.Errorf("%w\n%s", err, said.String())
	}
	if err := json.Unmarshal(printed, &r); err != nil {
		return r, fmt.Errorf("read report: %w\n%s", err, said.String())
	}
	if strings.Contains(said.String(), "cannot be read whole") {
		return r, errors.New(strings.TrimSpace(said.String()))
	}
	return r, nil
}

// show prints what became of one connector, and reports whether it fails a case that it must pass.
func (c command) show(id string, r report) (fails bool) {
	fmt.Fprintf(c.out, "%-16s %3d passed, %d failed, %2d not tried, %3.0f s\n", id, r.Passed, r.Failed, r.NotTried, r.Seconds)
	for _, one := range r.Results {
		if one.Verdict != conform.Failed {
			continue
		}
		fails = fails || one.Level == conform.Must
		fmt.Fprintf(c.out, "  %s (%s) %s\n    %s\n", one.ID, one.Level, one.Title, strings.ReplaceAll(one.Detail, "\n", "\n    "))
	}
	return fails
}
