package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/proof"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (a *app) frameworkCommand() *cobra.Command {
	list := func(ctx context.Context, client *calls.Client, _ []string) ([]assurance.Framework, error) {
		return client.Frameworks(ctx)
	}
	header := []string{
		"FRAMEWORK", "REQUIREMENTS", "PASSING", "FAILING", "STALE", "UNPROVEN", "NEEDS EVIDENCE", "NOT APPLICABLE", "UNCOVERED", "TITLE",
	}
	return group("framework", "See how far the requirements of frameworks are met",
		&cobra.Command{
			Use: "list", Short: "List the frameworks, with how many requirements are in which state", Args: exactly(0),
			Example: "  plumbline framework list",
			RunE: listed(a, list, header, func(f assurance.Framework) []string {
				n := f.Counts
				return append([]string{f.ID}, append(each([]int{
					f.Total, n.Passing, n.Failing, n.Stale, n.Unproven, n.NeedsEvidence, n.NotApplicable, n.Uncovered,
				}, func(n int) string { return fmt.Sprint(n) }), f.Title)...)
			}),
		},
		&cobra.Command{
			Use: "show FRAMEWORK", Short: "Show a framework, its requirements and the controls that meet them", Args: exactly(1),
			Long: "A requirement has the worst state of its controls that apply, and is uncovered when no control meets it.",
			Example: "  plumbline framework show soc2\n" +
				"  plumbline framework show soc2 --json | jq '.requirements[] | select(.state == \"uncovered\") | .id'",
			RunE: answered(a, ofFirst((*calls.Client).Framework), printFramework),
		},
		a.frameworkImportCommand(),
		&cobra.Command{
			Use: "remove-text FRAMEWORK", Short: "Remove the text that was imported for a framework", Args: exactly(1),
			Long: "A framework that the product does not bring is removed with its text.", Example: "  plumbline framework remove-text iso-27001",
			RunE: answered(a, gone("removed", (*calls.Client).RemoveText), func(w io.Writer, r map[string]string) error {
				return say(w, "Removed the text of %s.\n", r["removed"])
			}),
		},
	)
}

func printFramework(w io.Writer, f assurance.Framework) error {
	fmt.Fprintf(w, "%s, %s\n\n", display.Visible(f.Title), display.Visible(f.Version))
	imported := ""
	if t := f.Text; t != nil {
		imported = fmt.Sprintf("%s, %d requirements, imported by %s %s", t.Name, t.Requirements, t.By, ago(&t.At))
		if t.Problem != "" {
			imported += "; " + t.Problem
		}
	}
	if err := pairs(w, "licence", f.Licence, "text", imported, "shown by", fmt.Sprintf(
		"%d controls by tests, %d by evidence, %d by both, %d by nothing", f.Share.Tests, f.Share.Evidence, f.Share.Both, f.Share.Nothing),
	); err != nil {
		return err
	}
	fmt.Fprintln(w)
	return tableOf(w, []string{"REQUIREMENT", "STATE", "CONTROLS", "TITLE"}, f.Requirements, func(r assurance.Requirement) []string {
		controls := each(r.Controls, func(c assurance.ControlRef) string { return c.ID })
		return []string{r.ID, word(r.State), strings.Join(controls, ", "), r.Title}
	})
}

func (a *app) frameworkImportCommand() *cobra.Command {
	var in proof.TextInput
	c := &cobra.Command{
		Use: "import FILE --framework ID", Short: "Import the text of a framework that you may use", Args: exactly(1),
		Long: "The file is a catalogue in OSCAL's JSON, or a table in CSV whose first line is id,title,text. Its text stays in the data\n" +
			"directory. For a framework of the product the ids are compared with those it has; ids that it does not have are named\n" +
			"and left out. Another id makes a new framework. A file with a mistake is refused, with the line and column or the JSON\n" +
			"path, and nothing is stored. An import replaces the one before.",
		Example: "  plumbline framework import iso27001.csv --framework iso-27001 --preview\n" +
			"  plumbline framework import pci.csv --framework pci-dss --title \"PCI DSS 4.0.1\"",
	}
	c.Flags().StringVar(&in.ID, "framework", "", "id of the framework")
	c.Flags().StringVar(&in.Title, "title", "", "title of a new framework (default as the catalogue says)")
	c.Flags().BoolVar(&in.Preview, "preview", false, "say what would be stored, and store nothing")
	c.RunE = answered(a, func(ctx context.Context, client *calls.Client, args []string) (result assurance.TextImport, err error) {
		if in.ID == "" {
			return result, usagef("say which framework the text is of: --framework ID")
		}
		file, err := openSized(args[0])
		if err != nil {
			return result, err
		}
		defer file.Close()
		in.Name = filepath.Base(args[0])
		return client.ImportText(ctx, in, file)
	}, printTextImport)
	return c
}

// openSized opens a file to upload. A file that is too long is refused before anything is sent.
func openSized(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable("file", path, err)
	}
	info, err := file.Stat()
	switch {
	case err != nil:
		err = unreadable("file", path, err)
	case !info.Mode().IsRegular():
		err = host.Invalid("file", nil, "cannot be read: "+path+" is no regular file")
	case info.Size() > assurance.MaxFile:
		err = host.Invalid("file", nil, fmt.Sprintf("has %d bytes; at most %d MB are allowed", info.Size(), assurance.MaxFile/1_000_000))
	}
	if err != nil {
		_ = file.Close() // it was only read
		return nil, err
	}
	return file, nil
}

func printTextImport(w io.Writer, t assurance.TextImport) error {
	what := "Imported"
	if t.Preview {
		what = "Would import"
	}
	fmt.Fprintf(w, "%s %d requirements for %s (%s).\n", what, t.Matched, display.Visible(t.Title), display.Visible(t.Framework))
	for _, list := range []struct {
		ids  []string
		says string
	}{{t.Unknown, "not in the framework, left out"}, {t.Missing, "not in the file"}} {
		if n := len(list.ids); n > 0 {
			shown := list.ids[:min(n, 20)]
			more := ""
			if n > len(shown) {
				more = fmt.Sprintf(" and %d more", n-len(shown))
			}
			fmt.Fprintf(w, "%d %s: %s%s\n", n, list.says, display.Visible(strings.Join(shown, ", ")), more)
		}
	}
	fmt.Fprintln(w)
	return tableOf(w, []string{"REQUIREMENT", "TITLE", "TEXT"}, t.Sample, func(s assurance.TextSample) []string {
		first, _, _ := strings.Cut(s.Text, "\n")
		return []string{s.ID, s.Title, display.Cut(first, 60)}
	})
}
