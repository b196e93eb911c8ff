//go:build unix

package supervisor_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
)

// process returns the process id of a run's connector, as its log has it.
func (b *bundle) process(t *testing.T, run string) int {
	t.Helper()
	logs, err := linesOf(b.store.Logs(journal.LogQuery{Run: run, Limit: 100}))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range append(logs, b.supervisor.PendingLogs(run)...) {
		if found := regexp.MustCompile(`, process (\d+),`).FindStringSubmatch(line.Message); found != nil {
			pid, err := strconv.Atoi(found[1])
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Fatal("the log names no process")
	return 0
}

// TestCancelEndsWithinTenSecondsInEveryState cancels real connectors wherever they
// are and however little they listen. Nothing of them is left.
func TestCancelEndsWithinTenSecondsInEveryState(t *testing.T) {
	t.Parallel()
	asleep := filepath.Join(t.TempDir(), "asleep")
	if err := os.WriteFile(asleep, []byte("#!/bin/sh\nexec sleep 1000\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	stopped := func(b *bundle, t *testing.T, run host.Run) int {
		b.reading(t, run.ID, 200)
		pid := b.process(t, run.ID)
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		return pid
	}
	tests := map[string]struct {
		connector, script string
		until             func(*bundle, *testing.T, host.Run) int // returns the process, 0 = none to look for
	}{
		"its program never introduces itself": {connector: "asleep", script: `{}`, until: func(b *bundle, t *testing.T, run host.Run) int {
			b.await(t, run.ID, "starting", func(r host.Run) bool { return step(r, "start").Status == host.StatusRunning })
			return 0
		}},
		"it signs in and does not listen": {connector: "fake", script: `{"connect":{"hang":true}}`,
			until: func(b *bundle, t *testing.T, run host.Run) int {
				b.await(t, run.ID, "signing in", func(r host.Run) bool { return step(r, "connect").Status == host.StatusRunning })
				return b.process(t, run.ID)
			}},
		"it reads and does not listen": {connector: "fake",
			script: `{"streams":[{"name":"users","records":300,"page":100,"fail_at":200,"hang":true}]}`, until: func(b *bundle, t *testing.T,
				run host.Run) int {
				b.reading(t, run.ID, 200)
				return b.process(t, run.ID)
			}},
		"it was stopped by a signal": {connector: "fake", until: stopped},
		"it waits for a rate limit": {connector: "fake",
			script: `{"streams":[{"name":"users","records":300,"page":100,"fail_at":200,"throttle_ms":600000}]}`, until: func(b *bundle,
				t *testing.T, run host.Run) int {
				b.reading(t, run.ID, 200)
				return b.process(t, run.ID)
			}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(b *bundle, config *supervisor.Config) {
				config.Starter.Catalog = b.catalog(t, config.Starter.Launcher, filepath.Join(b.dir, "cache"), filepath.Join(shared, "programs"),
					filepath.Dir(asleep))
			})
			if test.script == "" {
				test.script, _ = b.blocking("never")
			}
			run := b.start(t, b.connection(t, test.connector, "corp", test.script), supervisor.Options{Trigger: host.TriggerManual})
			pid := test.until(b, t, run)
			begun := time.Now()
			b.supervisor.Cancel(run.ID)
			ended := b.ended(t, run.ID)
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("it took %s to end", took)
			}
			if ended.Status != host.StatusCancelled {
				t.Errorf("it ended as %s", told(ended))
			}
			if pid != 0 {
				if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
					t.Errorf("process %d is left: %v", pid, err)
				}
			}
			if left, err := filepath.Glob(filepath.Join(b.dir, "connector-work", fmt.Sprint(test.connector, "-*"))); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}
