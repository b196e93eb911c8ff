// Command bench measures the real program with the scripted connector and prints
// one JSON object a line; build/README.md says what each figure is. It is run by
// `make bench` from the top of the repository, which builds what it measures.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// figure is one line of the output.
type figure struct {
	Name    string  `json:"name"`
	Figure  float64 `json:"figure"`
	Unit    string  `json:"unit"`
	Ceiling float64 `json:"ceiling,omitempty"` // what the bare store does
	Ratio   float64 `json:"ratio,omitempty"`   // figure as a share of ceiling
	Note    string  `json:"note,omitempty"`
}

// bench is one measurement of everything.
type bench struct {
	records     int
	connections int    // of the crowd
	waiting     int    // of the crowd that waits for its vendors
	listRecords int    // of the lists
	program     string // plumbline
	connectors  string // directory of the shipped connectors
	dir         string // of this measurement; deleted afterwards
	out         *json.Encoder
}

func main() {
	b := bench{out: json.NewEncoder(os.Stdout)}
	flag.IntVar(&b.records, "records", 1_000_000, "records of the syncs measured")
	flag.IntVar(&b.connections, "connections", 1000, "connections that are due at one moment; 0 leaves that measurement out")
	flag.IntVar(&b.waiting, "waiting", 1000, "connections due at one moment that wait 20 s for their vendors; 0 leaves that measurement out")
	flag.IntVar(&b.listRecords, "list-records", 1_000_000, "accounts that lists are measured over; 0 leaves that measurement out")
	only := flag.String("only", "", "measure nothing but this: sync, connectors, crowd, waiting or lists")
	flag.StringVar(&b.program, "program", "bin/plumbline", "the program measured")
	flag.StringVar(&b.connectors, "connectors", "bin/connectors", "directory of the shipped connectors")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.run(ctx, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func (b *bench) run(ctx context.Context, only string) (err error) {
	if b.records < 1000 {
		return fmt.Errorf("%d records say nothing: give at least 1000", b.records)
	}
	// Where it is, is up to TMPDIR: a disk that is memory measures no disk.
	if b.dir, err = os.MkdirTemp("", "plb"); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	fake := filepath.Join(b.dir, "connectors", "fake")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", fake, "./sdk/sdktest/cmd/fake")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build scripted connector: %w\n%s", err, text)
	}
	measures := []func(context.Context) error{b.starts, b.firstRecord, b.syncs, b.describes}
	switch only {
	case "sync":
		measures = []func(context.Context) error{b.firstRecord, b.syncs}
	case "connectors":
		measures = []func(context.Context) error{b.describes}
	case "crowd", "waiting", "lists":
		measures = nil
	}
	if b.connections > 0 && (only == "" || only == "crowd") {
		measures = append(measures, b.crowd)
	}
	if b.waiting > 0 && (only == "" || only == "waiting") {
		measures = append(measures, b.waitingCrowd)
	}
	if b.listRecords > 0 && (only == "" || only == "lists") {
		measures = append(measures, b.lists)
	}
	for _, measure := range measures {
		if err := measure(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) print(f figure) error {
	switch {
	case f.Figure >= 100:
		f.Figure = float64(int(f.Figure + 0.5))
	case f.Figure >= 1:
		f.Figure = float64(int(f.Figure*10+0.5)) / 10
	default: // a share of a core, of which a tenth of a percent would be a coarse one
		f.Figure = float64(int(f.Figure*1000+0.5)) / 1000
	}
	if f.Ceiling > 0 {
		f.Ceiling = float64(int(f.Ceiling + 0.5))
		f.Ratio = float64(int(100*f.Figure/f.Ceiling+0.5)) / 100
	}
	if err := b.out.Encode(f); err != nil {
		return fmt.Errorf("print figure: %w", err)
	}
	return nil
}

// starts measures from the start of the agent's process until its socket answers.
func (b *bench) starts(ctx context.Context) error {
	times := make([]time.Duration, 0, 5)
	for range cap(times) {
		a, err := b.agent(ctx, "starts")
		if err != nil {
			return err
		}
		times = append(times, a.Ready)
		if err := a.stop(); err != nil {
			return err
		}
	}
	first := times[0]
	return b.print(figure{
		Name: "agent_start", Figure: ms(median(times)), Unit: "ms",
		Note: fmt.Sprintf("process start to first answer on the socket, median of %d; the very first, which makes key and store, took %.0f ms", len(times), ms(first)),
	})
}

func median(times []time.Duration) time.Duration {
	sorted := slices.Clone(times)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func perSecond(n int, d time.Duration) float64 { return float64(n) / d.Seconds() }

func machine() string {
	return fmt.Sprintf("%s/%s, %d cores, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}
