package devbuild

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// buildGrace is how long a build that was interrupted has to end.
const buildGrace = 3 * time.Second

// Built is a program and what it was built from.
type Built struct {
	Program string // absolute path
	SHA256  string // lower-case hex
	Took    time.Duration
	dirs    []string // other directories whose files went into it
}

// BuildError is a build that failed, with what it printed.
type BuildError struct {
	Output string
	cause  error
}

// Error implements error.
func (e *BuildError) Error() string { return "build: " + e.cause.Error() }

// Unwrap returns why the command failed.
func (e *BuildError) Unwrap() error { return e.cause }

// Build builds the program, below scratch when the source names no file for it. A
// *BuildError says that the author's sources do not build.
func (s Source) Build(ctx context.Context, scratch string) (Built, error) {
	began := time.Now()
	built := Built{Program: s.program}
	switch {
	case s.golang:
		built.Program = filepath.Join(scratch, "connector")
		if runtime.GOOS == "windows" {
			built.Program += ".exe"
		}
		if _, err := s.run(ctx, "go", "build", "-o", built.Program, "."); err != nil {
			return built, err
		}
		built.dirs = s.packages(ctx)
	case s.build != nil:
		if _, err := s.run(ctx, s.build...); err != nil {
			return built, err
		}
	}
	var err error
	if built.SHA256, err = hashFile(built.Program); err != nil {
		return built, &BuildError{Output: "there is no program: " + err.Error(), cause: err}
	}
	built.Took = time.Since(began)
	return built, nil
}

// run runs a command in the source's directory and returns what it printed.
func (s Source) run(ctx context.Context, command ...string) (string, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = s.Path
	together(cmd)
	cmd.WaitDelay = buildGrace
	out, err := cmd.CombinedOutput()
	endGroup(cmd)
	text := strings.TrimRight(string(out), "\n")
	switch {
	case ctx.Err() != nil:
		return text, context.Cause(ctx)
	case errors.Is(err, exec.ErrNotFound):
		return text, problem("There is no "+command[0]+" on this machine to build with.",
			"Install it, or build elsewhere and give the program.").Because(err)
	case err != nil:
		return text, &BuildError{Output: text, cause: err}
	}
	return text, nil
}

// packages returns the directories of the packages that went into the program and were not
// downloaded. It returns none when go list fails: then only the source's own directory
// is watched.
func (s Source) packages(ctx context.Context) []string {
	const local = `{{with .Module}}{{if or .Main .Replace}}{{$.Dir}}{{end}}{{end}}`
	out, err := s.run(ctx, "go", "list", "-deps", "-f", local, ".")
	if err != nil {
		return nil
	}
	return strings.Fields(out)
}

func shell(line string) []string {
	if runtime.GOOS == "windows" {
		return []string{"cmd", "/C", line}
	}
	return []string{"sh", "-c", line}
}

func hashFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("hash %s: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
