//go:build unix

package devbuild_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/devbuild"
)

// TestNothingOfABuildIsLeft interrupts a build and lets one end, each with a process
// that would run on. A pipe has an end as long as one of them has it open.
func TestNothingOfABuildIsLeft(t *testing.T) {
	t.Parallel()
	for name, last := range map[string]string{"interrupted": "sleep 60", "ended": "true"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			pipe := filepath.Join(dir, "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			reader, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			s := find(t, dir, devbuild.Options{Build: "exec 9<>pipe; (trap '' INT; exec sleep 60) & echo >&9; " + last, Program: "out"})
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			ended := make(chan struct{})
			go func() { // ends with the build
				defer close(ended)
				_, _ = s.Build(ctx, "") // it fails or is interrupted
			}()
			begun(t, reader)
			if name == "interrupted" {
				stop()
			}
			<-ended
			if err := reader.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, reader); err != nil {
				t.Errorf("a process of the build still runs: %v", err)
			}
		})
	}
}

// begun returns when a byte came; before somebody opens the other end there is none.
func begun(t *testing.T, reader *os.File) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(10 * time.Second); ; <-tick.C {
		if n, err := reader.Read(make([]byte, 1)); n > 0 {
			return
		} else if !errors.Is(err, io.EOF) || time.Now().After(end) {
			t.Fatalf("the build has not begun: %v", err)
		}
	}
}
