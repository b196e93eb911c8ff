package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/scaffold"
)

// created is what `connector new --json` prints.
type created struct {
	ID    string   `json:"id"`
	Dir   string   `json:"dir"`
	Files []string `json:"files"`
	Tidy  bool     `json:"tidy"` // its dependencies have been resolved
	Next  []string `json:"next"` // commands, in order
}

func (a *app) connectorNewCommand() *cobra.Command {
	var o scaffold.Options
	var category string
	var noTidy, declarative, python bool
	c := &cobra.Command{
		Use: "new NAME", Short: "Write a new connector to start from", Args: exactly(1),
		Long: `Writes a small complete connector in Go, in Python or as one YAML file. It passes
the conformance cases; in Go and Python it syncs from a made-up API that comes with
it. The category decides the kind of its records. No file is overwritten.

The categories: ` + strings.Join(each(host.Categories(), func(c host.CategoryTitle) string { return string(c.ID) }), ", ") + `.

A connector in Go or Python is built against Plumbline's SDK: the one in --sdk; else
the one of the source checkout that holds this program or this directory; else, in Go,
the released one of this program's version.`,
		Example: `  plumbline connector new acme --category user_access_review
  plumbline connector new acme --category hris --declarative
  plumbline connector new acme --category edr --python --sdk ~/src/plumbline
  plumbline connector new acme-hr --category hris --dir ~/src/acme-hr --module github.com/you/acme-hr`,
	}
	c.Flags().StringVar(&category, "category", string(host.CategoryCustom), "category of the system it reads")
	c.Flags().StringVar(&o.Dir, "dir", "", "where to write it (default: a directory called NAME)")
	c.Flags().StringVar(&o.Module, "module", "", "Go module path (default example.com/NAME)")
	c.Flags().StringVar(&o.SDK, "sdk", "", "directory of Plumbline's sources to build against")
	c.Flags().BoolVar(&declarative, "declarative", false, "write one YAML file that describes the connector, instead of a Go program")
	c.Flags().BoolVar(&python, "python", false, "write it in Python")
	c.Flags().BoolVar(&noTidy, "no-tidy", false, "do not resolve the dependencies with \"go mod tidy\"")
	c.RunE = func(c *cobra.Command, args []string) error {
		o.ID, o.Category = args[0], host.Category(category)
		if o.Dir == "" {
			o.Dir = o.ID
		}
		if strings.HasPrefix(version, "v") && !strings.Contains(version, "-") {
			o.Version = version
		}
		if o.SDK == "" && (o.Version == "" || python) {
			o.SDK = checkout()
		}
		switch {
		case declarative && python:
			return usagef("--declarative and --python are two languages: give one of them")
		case declarative:
			o.Language = scaffold.Declarative
		case python:
			o.Language = scaffold.Python
		}
		return a.newConnector(c.Context(), o, !noTidy && o.Language == scaffold.Go)
	}
	return c
}

// checkout returns the source checkout that holds this program or this directory, or "".
func checkout() string {
	var dirs []string
	if program, err := os.Executable(); err == nil {
		dirs = append(dirs, filepath.Dir(program))
	}
	if dir, err := os.Getwd(); err == nil {
		dirs = append(dirs, dir)
	}
	return scaffold.Sources(dirs...)
}

func (a *app) newConnector(ctx context.Context, o scaffold.Options, tidy bool) error {
	files, err := scaffold.Write(o)
	if err != nil {
		return err
	}
	made := created{ID: o.ID, Dir: o.Dir, Files: files, Next: []string{
		"cd " + o.Dir, "go build -o " + o.ID + " .", "plumbline connector test ./" + o.ID, "go test ./...",
	}}
	switch o.Language {
	case scaffold.Declarative:
		made.Next = []string{"cd " + o.Dir, "plumbline connector test " + o.ID + ".connector.yaml"}
	case scaffold.Python:
		made.Next = []string{"cd " + o.Dir, "./build.sh " + o.ID, "plumbline connector test ./" + o.ID}
	}
	if tidy {
		if !a.json {
			fmt.Fprintf(a.out, "Wrote %d files to %s. Resolving dependencies …\n", len(files), o.Dir)
		}
		if made.Tidy, err = goModTidy(ctx, o.Dir); err != nil {
			return err
		}
	}
	if !made.Tidy && o.Language == scaffold.Go {
		made.Next = append([]string{made.Next[0], "go mod tidy"}, made.Next[1:]...)
	}
	return emit(a, made, func(w io.Writer, made created) error {
		for _, f := range files {
			fmt.Fprintln(w, "  "+filepath.Join(o.Dir, f))
		}
		next := strings.Join(made.Next, "\n  ")
		return say(w, "\nNext:\n\n  %s\n\nIts README.md says how to sync it and what to change for your system.\n", next)
	})
}

// goModTidy resolves the dependencies of the module in dir, or returns false when
// there is no Go on this machine.
func goModTidy(ctx context.Context, dir string) (bool, error) {
	program, err := exec.LookPath("go")
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("find go: %w", err)
	}
	cmd := exec.CommandContext(ctx, program, "mod", "tidy")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS=")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case errors.As(err, &exit):
		return false, &host.Problem{
			Code: host.CodeInvalid, Message: "the connector was written, but its dependencies could not be resolved",
			Remedy: "Make sure that this machine reaches a Go module proxy, then run `go mod tidy` in " + dir + ".",
			Fault:  host.FaultNetwork, Retry: host.RetryAfter, Detail: strings.TrimSpace(string(out)),
		}
	case err != nil:
		return false, fmt.Errorf("run go mod tidy: %w", err)
	}
	return true, nil
}
