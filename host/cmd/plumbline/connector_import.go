package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// importOptions say what is imported, and where to.
type importOptions struct {
	mapping, out, id string
	force            bool
}

// finding is a part of a manifest that has no translation, or that should be known.
type finding struct {
	Line   int    `json:"line"`
	Stream string `json:"stream,omitempty"`
	Reason string `json:"reason"`
}

// imported is what `connector import --json` prints.
type imported struct {
	ID      string    `json:"id"`
	Path    string    `json:"path"` // of the file that was written; "" when no stream could be translated
	Streams []string  `json:"streams"`
	LeftOut []finding `json:"left_out"`
	Notes   []finding `json:"notes"`
	Next    []string  `json:"next"`
}

func (a *app) connectorImportCommand() *cobra.Command {
	var o importOptions
	c := &cobra.Command{
		Use: "import MANIFEST", Short: "Translate a low-code connector manifest into a connector file", Args: exactly(1),
		Long: `Translates a declarative manifest of Airbyte (manifest.yaml) into one YAML file of
Plumbline's own language, and checks the file before it is written. A stream of which
any part has no translation is left out; the command names each with its line and the
reason, and the file has them in a comment.

Every stream has the kind custom and keeps the vendor's own document. A mapping file
gives streams a kind, with fields, and the form and the guide their texts. It is kept
apart, so that a newer manifest can be imported with it again.

The exit code is 0 when everything was translated, 3 when something was left out, and
5 when the manifest or the mapping has a mistake.`,
		Example: `  plumbline connector import source-acme/manifest.yaml
  plumbline connector import acme.yaml --mapping acme.mapping.yaml --force
  plumbline connector import acme.yaml --id acme-eu --out connectors/acme-eu.connector.yaml`,
	}
	c.Flags().StringVar(&o.mapping, "mapping", "", "file with the kinds and fields of the streams")
	c.Flags().StringVar(&o.out, "out", "", "where to write it (default: ID.connector.yaml)")
	c.Flags().StringVar(&o.id, "id", "", "id of the connector (default: the name of the manifest, or of its directory)")
	c.Flags().BoolVar(&o.force, "force", false, "overwrite the file")
	c.RunE = func(c *cobra.Command, args []string) error { return a.importManifest(c.Context(), args[0], o) }
	return c
}

func (a *app) importManifest(ctx context.Context, manifest string, o importOptions) error {
	if _, err := os.Stat(manifest); err != nil {
		return unreadable("manifest", manifest, err)
	}
	var result struct {
		imported
		File string `json:"file"`
	}
	if err := a.translate(ctx, manifest, o, &result); err != nil {
		return err
	}
	done := result.imported
	done.Next = []string{}
	if result.File != "" {
		done.Path = o.out
		if done.Path == "" {
			done.Path = done.ID + ".connector.yaml"
		}
		if err := o.write(done.Path, result.File); err != nil {
			return err
		}
		done.Next = []string{"plumbline connector test " + done.Path}
	}
	if !a.json {
		for _, one := range done.Notes {
			fmt.Fprintf(a.errs, "note: %s\n", display.Visible(one.String()))
		}
		for _, one := range done.LeftOut {
			fmt.Fprintf(a.errs, "left out: %s\n", display.Visible(one.String()))
		}
	}
	if err := emit(a, done, printImported); err != nil {
		return err
	}
	if len(done.LeftOut) > 0 {
		return outcome{exitSomeFailed}
	}
	return nil
}

func (f finding) String() string {
	if f.Stream == "" {
		return fmt.Sprintf("line %d: %s", f.Line, f.Reason)
	}
	return fmt.Sprintf("line %d: stream %s: %s", f.Line, f.Stream, f.Reason)
}

// translate runs the program declarative on a manifest.
func (a *app) translate(ctx context.Context, manifest string, o importOptions, into any) error {
	described, _, err := a.described("import.connector.yaml")
	if err != nil {
		return err
	}
	args := []string{"import"}
	for flag, value := range map[string]string{"--mapping": o.mapping, "--id": o.id} {
		if value != "" {
			args = append(args, flag, value)
		}
	}
	program := exec.CommandContext(ctx, described.Program, append(args, manifest)...)
	var output, said bytes.Buffer
	program.Stdout, program.Stderr = &output, &said
	err = program.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return context.Canceled
	case err != nil && (!errors.As(err, &exit) || output.Len() == 0):
		message := strings.TrimSpace(said.String())
		if message == "" {
			return fmt.Errorf("translate manifest: %w", err)
		}
		return refusal(host.CodeInvalid, message, "Correct what the message names, and import again.")
	}
	if err := json.Unmarshal(output.Bytes(), into); err != nil {
		return fmt.Errorf("read what was translated: %w", err)
	}
	return nil
}

// write writes the file. It overwrites none without --force.
func (o importOptions) write(path, text string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) && !o.force {
		if err != nil {
			return unreadable("out", path, err)
		}
		return refusal(host.CodeInvalid, "there is a file "+path, "Give --force to overwrite it, or another name with --out.")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	return durable.WriteBytes(path, 0o644, []byte(text))
}

func printImported(w io.Writer, done imported) error {
	if done.Path == "" {
		return say(w, "No stream of the manifest could be translated: nothing was written.\n")
	}
	missing := ""
	if len(done.LeftOut) > 0 {
		missing = fmt.Sprintf(", %d parts left out", len(done.LeftOut))
	}
	return say(w, "%s: %d streams%s\n\nNext:\n\n  %s\n", done.Path, len(done.Streams), missing, strings.Join(done.Next, "\n  "))
}
