package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/proof"
	"github.com/plumbline-dev/plumbline/host/internal/monitor/written"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// ownTests explains in the help how a test of the company's own comes about.
const ownTests = "A test of your own is a file in YAML or JSON with the fields that `plumbline test show TEST --yaml` prints. Its id\n" +
	"begins with own-. It is a draft until it is published; then it is judged like the others. A mistake is named with its line\n" +
	"and column, and nothing is stored.\n"

func (a *app) testWriteCommands() []*cobra.Command {
	return []*cobra.Command{
		a.testNewCommand(), a.testCheckCommand(), a.testPreviewCommand(), a.testPublishCommand(), a.testRetireCommand(),
		a.testVersionsCommand(), a.testOwnCommand(), a.testDiscardCommand(),
	}
}

// writing reads a test from a file; - is standard input.
func (a *app) writing(path string) (verdict.Writing, error) {
	var raw []byte
	var err error
	if path == "-" {
		raw, err = io.ReadAll(io.LimitReader(a.in, 1<<20))
	} else {
		raw, err = os.ReadFile(path)
	}
	if err != nil {
		return verdict.Writing{}, unreadable("FILE", path, err)
	}
	return verdict.Writing{Source: string(raw)}, nil
}

// testOf returns the test with an id; of a test of the company's own its draft.
func testOf(ctx context.Context, client *calls.Client, args []string) (verdict.Test, error) {
	own, err := client.CustomTest(ctx, args[0])
	if !host.IsNotFound(err) {
		return own.Test, err
	}
	judged, err := client.Test(ctx, args[0])
	return judged.Test, err
}

func printTestFile(w io.Writer, t verdict.Test) error {
	raw, err := written.Write(t)
	if err != nil {
		return err
	}
	return say(w, "%s", display.VisibleText(string(raw)))
}

func (a *app) testNewCommand() *cobra.Command {
	var copied string
	c := &cobra.Command{
		Use: "new [FILE]", Short: "Store the draft of a test of your own, or of its next version", Args: atMost(1), Long: ownTests,
		Example: "  plumbline test new kiosks.yaml\n  plumbline test new --copy disks-encrypted\n" +
			"  plumbline test show own-disks-encrypted --yaml > own.yaml",
	}
	c.Flags().StringVar(&copied, "copy", "", "begin with a copy of this test in place of a file")
	c.RunE = answered(a, func(ctx context.Context, client *calls.Client, args []string) (verdict.Custom, error) {
		if (len(args) == 0) == (copied == "") {
			return verdict.Custom{}, usagef("give a FILE or --copy TEST; see `plumbline test new --help`")
		}
		if copied != "" {
			return client.NewCustomTest(ctx, verdict.Writing{Copy: copied})
		}
		w, err := a.writing(args[0])
		if err != nil {
			return verdict.Custom{}, err
		}
		checked, err := client.CheckCustomTest(ctx, w)
		if err != nil || checked.Test == nil {
			return storeNew(ctx, client, w, err)
		}
		before, err := client.CustomTest(ctx, checked.Test.ID)
		if host.IsNotFound(err) {
			return storeNew(ctx, client, w, nil)
		} else if err != nil {
			return verdict.Custom{}, err
		}
		return client.PutCustomTest(ctx, before.ID, strconv.FormatUint(before.Revision, 10), w)
	}, func(w io.Writer, c verdict.Custom) error {
		return say(w, "The draft of %s is stored. `plumbline test preview %s` judges it, `plumbline test publish %s` puts it in use.\n",
			c.ID, c.ID, c.ID)
	})
	return c
}

// storeNew stores a new test, which refuses one with a mistake.
func storeNew(ctx context.Context, client *calls.Client, w verdict.Writing, err error) (verdict.Custom, error) {
	if err != nil {
		return verdict.Custom{}, err
	}
	return client.NewCustomTest(ctx, w)
}

func (a *app) testCheckCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "check FILE", Short: "Say what is wrong with a test in a file, and store nothing", Args: exactly(1), Long: ownTests,
		Example: "  plumbline test check kiosks.yaml",
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		wrong := false
		ask := func(ctx context.Context, client *calls.Client, args []string) (verdict.Checked, error) {
			w, err := a.writing(args[0])
			if err != nil {
				return verdict.Checked{}, err
			}
			checked, err := client.CheckCustomTest(ctx, w)
			wrong = len(checked.Mistakes) > 0
			return checked, err
		}
		show := func(w io.Writer, checked verdict.Checked) error {
			for _, m := range checked.Mistakes {
				fmt.Fprintf(w, "%s:%d:%d: %s: %s\n", args[0], m.Line, m.Column, display.Visible(m.Field), display.Visible(unplaced(m)))
			}
			if checked.Test != nil {
				return say(w, "%s is well-formed.\n", checked.Test.ID)
			}
			return nil
		}
		if err := answered(a, ask, show)(c, args); err != nil {
			return err
		}
		if wrong {
			return outcome{exitGate}
		}
		return nil
	}
	return c
}

// unplaced returns the message of a mistake without its line and column.
func unplaced(m host.FieldError) string {
	return strings.TrimPrefix(m.Message, fmt.Sprintf("line %d, column %d: ", m.Line, m.Column))
}

func (a *app) testPreviewCommand() *cobra.Command {
	var asOf string
	c := &cobra.Command{
		Use: "preview FILE|TEST", Short: "Judge a test that is not published over what is stored, and store nothing", Args: exactly(1),
		Long:    "Judges the test in a file, or the draft of a test of your own, now or as of a past day: by the records and exclusions of then.",
		Example: "  plumbline test preview kiosks.yaml --as-of 2026-10-31\n  plumbline test preview own-kiosks",
	}
	c.Flags().StringVar(&asOf, "as-of", "", "a past day or time, such as 2026-10-31")
	c.RunE = answered(a, func(ctx context.Context, client *calls.Client, args []string) (verdict.Judged, error) {
		request := proof.PreviewRequest{AsOf: asOf}
		_, err := os.Stat(args[0])
		if err != nil && strings.HasPrefix(args[0], "own-") {
			request.ID = args[0]
		} else if request.Writing, err = a.writing(args[0]); err != nil {
			return verdict.Judged{}, err
		}
		return client.PreviewTest(ctx, request)
	}, printTest)
	return c
}

func (a *app) testPublishCommand() *cobra.Command {
	var note string
	c := &cobra.Command{
		Use: "publish TEST", Short: "Make a draft the next version, which is judged from now on", Args: exactly(1),
		Example: "  plumbline test publish own-kiosks --note \"Tablets count too\"",
	}
	c.Flags().StringVar(&note, "note", "", "what changed")
	c.RunE = answered(a, func(ctx context.Context, client *calls.Client, args []string) (verdict.Custom, error) {
		return client.PublishCustomTest(ctx, args[0], "", note)
	}, func(w io.Writer, c verdict.Custom) error {
		return say(w, "%s is published as version %d.\n", c.ID, c.Version)
	})
	return c
}

func (a *app) testRetireCommand() *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use: "retire TEST", Short: "End the use of a test of your own; its versions are kept", Args: exactly(1),
		Example: "  plumbline test retire own-kiosks --reason \"There are no kiosks any more\"",
	}
	c.Flags().StringVar(&reason, "reason", "", "why; compulsory")
	c.RunE = answered(a, func(ctx context.Context, client *calls.Client, args []string) (verdict.Custom, error) {
		return client.RetireCustomTest(ctx, args[0], "", reason)
	}, func(w io.Writer, c verdict.Custom) error { return say(w, "%s is retired.\n", c.ID) })
	return c
}

func (a *app) testVersionsCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "versions TEST", Short: "List the published versions of a test of your own, and what each changed", Args: exactly(1),
		Example: "  plumbline test versions own-kiosks",
	}
	c.RunE = answered(a, func(ctx context.Context, client *calls.Client, args []string) (operation.Items[verdict.CustomVersion], error) {
		all, err := client.CustomVersions(ctx, args[0])
		return itemsOf(all), err
	}, printVersions)
	return c
}

func printVersions(w io.Writer, all operation.Items[verdict.CustomVersion]) error {
	for _, v := range all.Items {
		fmt.Fprintf(w, "version %d  %s  %s  %s\n", v.Version, v.At.Local().Format(time.DateTime), v.By, display.Visible(v.Note))
		if v.Retired != nil {
			fmt.Fprintf(w, "    retired %s by %s: %s\n", v.Retired.At.Local().Format(time.DateTime), v.Retired.By, display.Visible(v.Retired.Reason))
		}
		for _, one := range v.Changes {
			fmt.Fprintf(w, "    %s\n      - %s\n      + %s\n", one.Field, continued(one.Before, "        "), continued(one.After, "        "))
		}
	}
	if len(all.Items) == 0 {
		return say(w, "It was never published.\n")
	}
	return nil
}

func (a *app) testOwnCommand() *cobra.Command {
	all := func(ctx context.Context, client *calls.Client, _ []string) ([]verdict.Custom, error) {
		return client.CustomTests(ctx)
	}
	header := []string{"TEST", "STATE", "VERSION", "DRAFT", "CHANGED", "BY", "TITLE"}
	return &cobra.Command{
		Use: "own", Short: "List the tests of your own, drafts too", Args: exactly(0), Example: "  plumbline test own",
		RunE: listed(a, all, header, func(c verdict.Custom) []string {
			draft := "no"
			if c.Unsettled {
				draft = "yes"
			}
			return []string{c.ID, word(c.State), strconv.Itoa(c.Version), draft, c.At.Local().Format(time.DateTime), c.By.String(), c.Test.Title}
		}),
	}
}

func (a *app) testDiscardCommand() *cobra.Command {
	return &cobra.Command{
		Use: "discard TEST", Short: "Discard the draft of a test of your own; what was published stays", Args: exactly(1),
		Example: "  plumbline test discard own-kiosks",
		RunE: answered(a, gone("discarded", (*calls.Client).DiscardCustomTest),
			func(w io.Writer, _ map[string]string) error { return say(w, "Discarded.\n") }),
	}
}
