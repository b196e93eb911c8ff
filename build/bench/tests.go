package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// judged measures how tests are judged: 1,000 tests over many records, then again after a sync in which one record in a hundred changed.
// It runs the benchmark of package assess, because no program has a thousand tests.
func (b *bench) judged(ctx context.Context) error {
	c := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkTests$", "-benchtime", "1x", "-timeout", "24h",
		"./host/internal/assess")
	c.Env = append(os.Environ(), fmt.Sprintf("PLUMBLINE_BENCH_RECORDS=%d", b.testRecords), "TMPDIR="+b.dir)
	text, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("measure tests: %w\n%s", err, text)
	}
	note := fmt.Sprintf("1,000 tests over %d records; %s", b.testRecords, machine())
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if !strings.HasPrefix(lines.Text(), "BenchmarkTests") {
			continue
		}
		fields := strings.Fields(lines.Text())
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return fmt.Errorf("read figure %q: %w", fields[i], err)
			}
			name, unit := fields[i+1], ""
			if at := strings.LastIndexByte(name, '-'); at > 0 {
				name, unit = name[:at], name[at+1:]
			}
			if unit == "op" || name == "ns/op" {
				continue
			}
			if err := b.print(figure{Name: "tests_" + strings.ReplaceAll(name, "-", "_"), Figure: value, Unit: unit, Note: note}); err != nil {
				return err
			}
		}
	}
	return nil
}
