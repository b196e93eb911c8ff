package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const shipped = "bin/connectors"

// newStarts is how often each connector is started to describe itself. After the first
// start, the system has its file in memory.
const newStarts = 15

// exampleDescription is the description that the program declarative runs: without one
// it is no connector.
const exampleDescription = "plugins/declarative/testdata/acme.yaml"

// describes measures the size of every program in the connectors' directory, and how
// long it takes to describe itself, from the start of its process.
func (b *bench) describes(ctx context.Context) error {
	entries, err := os.ReadDir(shipped)
	if err != nil {
		return fmt.Errorf("list connectors: %w", err)
	}
	for _, e := range entries {
		program, err := filepath.Abs(filepath.Join(shipped, e.Name()))
		if err != nil {
			return fmt.Errorf("find connector: %w", err)
		}
		info, err := e.Info()
		if err != nil {
			return fmt.Errorf("examine connector: %w", err)
		}
		size := figure{Name: "size_" + e.Name(), Figure: float64(info.Size()), Unit: "bytes", Note: "of the program file"}
		if err := b.print(size); err != nil {
			return err
		}
		if err := b.describe(ctx, e.Name(), program); err != nil {
			return fmt.Errorf("describe %s: %w", e.Name(), err)
		}
	}
	return nil
}

// describe starts one connector again and again.
func (b *bench) describe(ctx context.Context, name, program string) error {
	times := make([]time.Duration, 0, newStarts)
	size := 0
	for range cap(times) {
		cmd := exec.CommandContext(ctx, program, "describe")
		cmd.Env = []string{"PLUMBLINE_MANIFEST=" + exampleDescription}
		begun := time.Now()
		text, err := cmd.Output()
		if err != nil {
			return err
		}
		times, size = append(times, time.Since(begun)), len(text)
	}
	return b.print(figure{
		Name: "describe_" + name, Figure: ms(percentile(times, 50)), Unit: "ms",
		Note: fmt.Sprintf("process start to end, median of %d starts of a new process; %d bytes of description", len(times), size),
	})
}
