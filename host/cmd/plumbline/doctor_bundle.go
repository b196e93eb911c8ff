package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/bundle"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// bundleFlags say where an archive for support goes.
type bundleFlags struct {
	file string
	yes  bool
}

// bundled is what became of an archive.
type bundled struct {
	File  string        `json:"file"`
	Wrote bool          `json:"written"`
	Files []bundle.File `json:"files"`
}

// bundle lists what goes into an archive for support, and writes it once the person agrees.
func (a *app) bundle(ctx context.Context, client *calls.Client, f bundleFlags) error {
	if f.file == "" {
		return usagef("--bundle needs the name of a file that does not exist yet")
	}
	if _, err := os.Lstat(f.file); !errors.Is(err, fs.ErrNotExist) {
		return host.Invalid("bundle", f.file, "exists already; choose another name")
	}
	files, err := bundle.Gather(ctx, client, version)
	if err != nil {
		return fmt.Errorf("gather: %w", err)
	}
	result := bundled{File: f.file, Files: files}
	if !a.json {
		if err := printBundle(a.out, result); err != nil {
			return err
		}
	}
	agreed, err := a.agreesToBundle(f)
	if err != nil {
		return err
	}
	if agreed {
		if err := durable.Write(f.file, 0o600, func(to io.Writer) error { return bundle.Write(to, files) }); err != nil {
			return fmt.Errorf("write archive: %w", err)
		}
		result.Wrote = true
	}
	switch {
	case a.json:
		return a.printJSON(result)
	case agreed:
		return say(a.out, "\nWrote %s. Read it before you send it.\n", f.file)
	}
	return say(a.out, "\nNothing was written. Add --yes to write it.\n")
}

// agreesToBundle reports whether the person agrees to write what was listed.
func (a *app) agreesToBundle(f bundleFlags) (bool, error) {
	if f.yes || !a.canAsk() {
		return f.yes, nil
	}
	answer, err := a.ask("Write these into " + f.file + "? [y/N] ")
	answer = strings.ToLower(answer)
	return answer == "y" || answer == "yes", err
}

func printBundle(w io.Writer, b bundled) error {
	total := 0
	for _, f := range b.Files {
		total += f.Bytes
	}
	if err := tableOf(w, []string{"BYTES", "FILE", "WHAT IS IN IT"}, b.Files, func(f bundle.File) []string {
		return []string{fmt.Sprint(f.Bytes), f.Name, f.What}
	}); err != nil {
		return err
	}
	return say(w, "%d files, %d bytes before compression\n", len(b.Files), total)
}
