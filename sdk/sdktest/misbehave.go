package sdktest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
)

const lingerArg = "linger"

// Linger ends the program after ten minutes if LeaveChild started it, and otherwise returns at once. A
// program that leaves children calls it first.
func Linger() {
	if isChild() {
		<-time.After(10 * time.Minute)
		os.Exit(0)
	}
}

func isChild() bool { return len(os.Args) == 2 && os.Args[1] == lingerArg }

// LeaveChild starts this program again, as a process that keeps this one's outputs open and outlives it.
// Edits change its start.
func LeaveChild(edits ...func(*exec.Cmd)) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find program: %w", err)
	}
	if runtime.GOOS == "linux" {
		program = "/proc/self/exe" // a contained process may not open its file by name
	}
	child := exec.CommandContext(context.Background(), program, lingerArg) // outlives the run
	child.Args[0] = os.Args[0]                                             // tests find it by this name
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	for _, edit := range edits {
		edit(child)
	}
	if err := child.Start(); err != nil {
		return fmt.Errorf("start child: %w", err)
	}
	return nil
}

// Misbehave does what a connector must not do: "panic", "goroutine" (a panic in another goroutine),
// "exit0", "kill" or "hang". It returns only for another word.
func Misbehave(s *sdk.Session, word string) {
	token := s.Secret("token").Reveal()
	switch word {
	case "panic":
		panic("scripted panic with token " + token)
	case "goroutine":
		go panic("scripted panic with token " + token) // ends the program
	case "exit0":
		os.Exit(0)
	case "kill":
		if self, err := os.FindProcess(os.Getpid()); err != nil || self.Kill() != nil {
			os.Exit(1)
		}
	case "hang":
	default:
		return
	}
	select {}
}
