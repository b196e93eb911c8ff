// Command bench measures the real program with the scripted connector and prints
// one JSON object a line; build/README.md says what each figure is. `make bench`
// builds the program and runs bench from the top of the repository.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"time"
)

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
	testRecords int    // that tests are judged over
	runs        int    // of each connection that insights are measured over
	dir         string // of this measurement; deleted afterwards
	out         *json.Encoder
}

func main() {
	b := bench{out: json.NewEncoder(os.Stdout)}
	flag.IntVar(&b.records, "records", 1_000_000, "records of the syncs measured")
	flag.IntVar(&b.connections, "connections", 1000, "connections that are due at one moment; 0 leaves that measurement out")
	flag.IntVar(&b.waiting, "waiting", 1000, "connections due at one moment that wait 20 s for their vendors; 0 leaves it out")
	flag.IntVar(&b.listRecords, "list-records", 1_000_000, "accounts that lists are measured over; 0 leaves that measurement out")
	flag.IntVar(&b.runs, "runs", 1000, "runs of each of 200 connections that insights are measured over; 0 leaves that measurement out")
	flag.IntVar(&b.testRecords, "test-records", 1_000_000, "records that 1,000 tests are judged over; 0 leaves that measurement out")
	only := flag.String("only", "", "measure only this: sync, connectors, crowd, waiting, lists, insights or tests")
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
	// TMPDIR decides on which disk: one that is memory measures no disk.
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
	for _, m := range []struct {
		only    string
		size    int // 0 leaves it out
		measure func(context.Context) error
	}{
		{"", 1, b.starts},
		{"sync", 1, b.firstRecord},
		{"sync", 1, b.syncs},
		{"connectors", 1, b.describes},
		{"crowd", b.connections, b.crowd},
		{"waiting", b.waiting, b.waitingCrowd},
		{"lists", b.listRecords, b.lists},
		{"insights", b.runs, b.insights},
		{"tests", b.testRecords, b.judged},
	} {
		if m.size == 0 || only != "" && only != m.only {
			continue
		}
		if err := m.measure(ctx); err != nil {
			return err
		}
	}
	return nil
}

// print prints figures, and leaves out those of memory that the system does not report.
func (b *bench) print(figures ...figure) error {
	for _, f := range figures {
		if f.Figure == 0 && f.Unit == "MiB" {
			continue
		}
		switch {
		case f.Figure >= 100:
			f.Figure = math.Round(f.Figure)
		case f.Figure >= 1:
			f.Figure = math.Round(f.Figure*10) / 10
		default: // a share of a core, for which tenths are too coarse
			f.Figure = math.Round(f.Figure*1000) / 1000
		}
		if f.Ceiling > 0 {
			f.Ceiling = math.Round(f.Ceiling)
			f.Ratio = math.Round(100*f.Figure/f.Ceiling) / 100
		}
		if err := b.out.Encode(f); err != nil {
			return fmt.Errorf("print figure: %w", err)
		}
	}
	return nil
}

// starts measures from the start of the agent's process until its socket answers.
func (b *bench) starts(ctx context.Context) error {
	times := make([]time.Duration, 5)
	for i := range times {
		if err := b.with(ctx, "starts", func(a *agent) error { times[i] = a.Ready; return nil }); err != nil {
			return err
		}
	}
	note := fmt.Sprintf("process start to first answer on the socket, median of %d; the very first, which makes key and store, took %.0f ms",
		len(times), ms(times[0]))
	return b.print(figure{Name: "agent_start", Figure: ms(percentile(times, 50)), Unit: "ms", Note: note})
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func perSecond(n int, d time.Duration) float64 { return float64(n) / d.Seconds() }

func machine() string {
	return fmt.Sprintf("%s/%s, %d cores, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
}
