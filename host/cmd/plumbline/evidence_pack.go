package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/auditpack"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/internal/pack"
	"github.com/plumbline-dev/plumbline/host/internal/packing"
)

// packCommands are the commands of evidence packs, below evidence.
func (a *app) packCommands() []*cobra.Command {
	return []*cobra.Command{a.evidencePackCommand(), a.evidenceVerifyCommand(), a.evidenceKeyCommand()}
}

func (a *app) evidencePackCommand() *cobra.Command {
	var r packing.Request
	var file string
	c := &cobra.Command{
		Use: "pack", Short: "Put the evidence of a period into one file", Args: exactly(0),
		Long: "Writes a zip file for an auditor: the lists that tests read, whole, as they were at the end of the period; what the tests\n" +
			"found; which control meets which requirement; the same as OSCAL and OCSF; a page to read offline; a signed manifest. A\n" +
			"list that was not read on some days is in it all the same, and the first page says so.\n\n" +
			"The file is not encrypted: it holds records. A copy is kept until `plumbline evidence pack delete`. The audit log says who\n" +
			"made a pack and who read it. The same period, with a moment that has passed as its end, gives the same bytes again.",
		Example: "  plumbline evidence pack --framework soc2 --from 2026-01-01 --to 2026-03-31 --preview\n" +
			"  plumbline evidence pack --framework soc2 --from 2026-01-01 --to 2026-03-31 --to-file soc2-q1.zip\n" +
			"  plumbline evidence pack --framework soc2 --from 2026-01-01 --to 2026-03-31 --control multi-factor --to-file mfa.zip",
	}
	c.Flags().StringVar(&r.Framework, "framework", "", "framework, such as soc2 or iso-27001")
	c.Flags().StringVar(&r.From, "from", "", "first day of the period, or a time")
	c.Flags().StringVar(&r.To, "to", "", "last day of the period, or a time")
	c.Flags().StringArrayVar(&r.Controls, "control", nil, "only this control; may be given several times")
	c.Flags().BoolVar(&r.Preview, "preview", false, "say what the pack would hold, and keep nothing")
	c.Flags().StringVar(&file, "to-file", "", "file to write; an existing one is not replaced")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := checkPack(r, file); err != nil {
			return err
		}
		return a.with(c.Context(), func(client *calls.Client) error { return a.packEvidence(c.Context(), client, r, file) })
	}
	c.AddCommand(a.packListCommand(), a.packSaveCommand(), a.packDeleteCommand())
	return c
}

// checkPack refuses what cannot be made, before anything is read.
func checkPack(r packing.Request, file string) error {
	switch {
	case r.Framework == "" || r.From == "" || r.To == "":
		return usagef("give --framework, --from and --to")
	case file == "" && !r.Preview:
		return usagef("give the file to write with --to-file, or --preview")
	case file != "" && r.Preview:
		return usagef("--preview writes no file: leave --to-file out")
	case file == "":
		return nil
	}
	return checkNewFile(file)
}

// checkNewFile refuses a file that exists, or that has no directory.
func checkNewFile(file string) error {
	if _, err := os.Lstat(file); err == nil {
		return host.Invalid("to-file", file, "exists already; give another name")
	}
	dir := filepath.Dir(file)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return host.Invalid("to-file", file, "cannot be made: the directory "+dir+" does not exist")
	}
	return nil
}

// packEvidence has the host make a pack, and copies its file.
func (a *app) packEvidence(ctx context.Context, client *calls.Client, r packing.Request, file string) error {
	started, err := client.StartPack(ctx, r)
	if err != nil {
		return err
	}
	if _, err := a.followTask(ctx, client, started); err != nil {
		return err
	}
	made, err := client.Pack(ctx, started.ID)
	if err != nil {
		return err
	}
	if !r.Preview {
		if err := savePack(ctx, client, made, file); err != nil {
			return err
		}
	}
	return emit(a, made, func(w io.Writer, made auditpack.Pack) error { return printPack(w, made, file) })
}

// savePack copies the file of a pack.
func savePack(ctx context.Context, client *calls.Client, made auditpack.Pack, file string) error {
	err := durable.Create(file, 0o600, func(w io.Writer) error {
		sum := sha256.New()
		if err := client.PackFile(ctx, made, io.MultiWriter(w, sum)); err != nil {
			return err
		}
		if hex.EncodeToString(sum.Sum(nil)) != made.SHA256 {
			return errors.New("read pack: the file has another hash than when it was made")
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

func printPack(w io.Writer, made auditpack.Pack, file string) error {
	if made.Demo {
		fmt.Fprintln(w, "DEMO: the records are of a company that does not exist.")
	}
	if made.Preview {
		header := []string{"FILE", "LINES", "SIZE"}
		err := tableOf(w, header, made.Files, func(f auditpack.PackFile) []string {
			lines := ""
			if f.Records > 0 {
				lines = fmt.Sprint(f.Records)
			}
			return []string{f.Name, lines, byteCount(f.Bytes)}
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "\nThe pack would hold %d records in %d files and have %s.\n", made.Records, len(made.Files), byteCount(made.Bytes))
	} else {
		fmt.Fprintf(w, "Wrote %d records in %d files (%s) to %s.\n", made.Records, len(made.Files), byteCount(made.Bytes), display.Visible(file))
		fmt.Fprintf(w, "moment      %s\npublic key  %s\nsha256      %s\n", made.Moment.Format(time.RFC3339Nano), made.Key, made.SHA256)
	}
	return printLimits(w, made.Notices, made.Absent)
}

// printLimits says what limits a pack.
func printLimits(w io.Writer, notices, absent []string) error {
	if len(notices) > 0 {
		fmt.Fprintln(w, "\nWhat limits it:")
		for _, n := range notices {
			fmt.Fprintf(w, "- %s\n", display.Visible(n))
		}
	}
	if len(absent) > 0 {
		return say(w, "\nNot contained: %s.\n", display.Visible(strings.ToLower(strings.Join(absent, "; "))))
	}
	return nil
}

func (a *app) packListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the packs that were made, newest first", Args: exactly(0), Example: "  plumbline evidence pack list",
		RunE: listed(a, func(ctx context.Context, c *calls.Client, _ []string) ([]auditpack.Pack, error) { return c.Packs(ctx) },
			[]string{"ID", "WHEN", "FRAMEWORK", "PERIOD", "BY", "STATUS", "SIZE", "FILE"}, func(p auditpack.Pack) []string {
				size := ""
				if p.Kept {
					size = byteCount(p.Bytes)
				}
				period := p.From.Format(time.DateOnly) + " to " + p.Moment.Format(time.DateOnly)
				return []string{p.ID, ago(&p.StartedAt), p.Framework, period, actorWord(p.By), p.Status, size, p.File}
			}),
	}
}

func (a *app) packSaveCommand() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "save ID", Short: "Copy a pack that is kept into a file", Args: exactly(1),
		Example: "  plumbline evidence pack save 01JD… --to-file soc2-q1.zip",
	}
	c.Flags().StringVar(&file, "to-file", "", "file to write; an existing one is not replaced")
	c.RunE = func(c *cobra.Command, args []string) error {
		if file == "" {
			return usagef("give the file to write with --to-file")
		}
		if err := checkNewFile(file); err != nil {
			return err
		}
		return a.with(c.Context(), func(client *calls.Client) error {
			one, err := client.Pack(c.Context(), args[0])
			if err != nil {
				return err
			}
			if err := savePack(c.Context(), client, one, file); err != nil {
				return err
			}
			return emit(a, one, func(w io.Writer, one auditpack.Pack) error {
				return say(w, "Wrote %s to %s.\n", byteCount(one.Bytes), display.Visible(file))
			})
		})
	}
	return c
}

func (a *app) packDeleteCommand() *cobra.Command {
	return &cobra.Command{
		Use: "delete ID", Short: "Delete a pack with its file; the audit log keeps that it was made", Args: exactly(1),
		Example: "  plumbline evidence pack delete 01JD…",
		RunE: answered(a, gone("deleted", (*calls.Client).DeletePack), func(w io.Writer, answer map[string]string) error {
			return say(w, "Deleted the pack %s.\n", display.Visible(answer["deleted"]))
		}),
	}
}

func (a *app) evidenceVerifyCommand() *cobra.Command {
	var key string
	c := &cobra.Command{
		Use: "verify FILE", Short: "Check that a pack is whole and unchanged", Args: exactly(1),
		Long: "Needs no agent, no data directory and no network. It checks the signatures, the hash of every file, that no file is\n" +
			"missing or added, the hash of every record, and that the runs that read the lists are in the tree of the checkpoint. It\n" +
			"names each file that was changed. The exit code is 0 when everything agrees and 8 when something is wrong.\n\n" +
			"Without --key it believes the key that the pack names. That shows that the file is whole, not whose it is.",
		Example: "  plumbline evidence verify soc2-q1.zip --key RWQ…",
	}
	c.Flags().StringVar(&key, "key", "", "public key that has to have signed it, or a file with it")
	c.RunE = func(c *cobra.Command, args []string) error {
		report, err := verifyPack(c.Context(), args[0], key)
		if err != nil {
			return err
		}
		if err := emit(a, report, printReport); err != nil {
			return err
		}
		if !report.OK {
			return outcome{exitGate}
		}
		return nil
	}
	return c
}

// verifyPack verifies a file.
func verifyPack(ctx context.Context, name, key string) (pack.Report, error) {
	if raw, err := os.ReadFile(key); key != "" && err == nil {
		key = string(raw)
	}
	file, err := os.Open(name)
	if err != nil {
		return pack.Report{}, host.Invalid("file", name, "cannot be opened").Because(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return pack.Report{}, fmt.Errorf("read %s: %w", name, err)
	}
	return pack.Verify(ctx, file, info.Size(), key)
}

func printReport(w io.Writer, r pack.Report) error {
	if r.Demo {
		fmt.Fprintln(w, "DEMO: the records are of a company that does not exist.")
	}
	for _, c := range r.Complaints {
		fmt.Fprintf(w, "BAD  %s: %s\n", display.Visible(c.File), display.Visible(c.Message))
	}
	if r.Moment != nil {
		fmt.Fprintf(w, "%s, %s to %s, of %s\n", display.Visible(r.Framework), r.From.Format(time.DateOnly), r.Until.Format(time.DateOnly),
			r.Moment.Format(time.RFC3339Nano))
	}
	if !r.OK {
		return say(w, "The pack is not what was signed.\n")
	}
	fmt.Fprintf(w, "%d files, %d records and %d links of the journal agree.\n", r.Files, r.Records, r.Proofs)
	if err := printLimits(w, r.Notices, nil); err != nil {
		return err
	}
	if r.Pinned {
		return say(w, "Signed with the key that was given.\n")
	}
	return say(w, "Signed with %s.\nThe pack names that key itself: compare it with the company's, or give it with --key.\n", r.PublicKey)
}

func (a *app) evidenceKeyCommand() *cobra.Command {
	var renew bool
	c := &cobra.Command{
		Use: "key", Short: "Show the public key that verifies packs, or make a new one", Args: exactly(0),
		Long: "Give this key to those who verify packs, on another way than the packs. The first pack makes it. Its secret is sealed\n" +
			"like those of connections and is in no backup: after a restore a new one has to be made. With --new packs are signed\n" +
			"with a new key from now on; older ones stay valid under the key that signed them, which stays listed here.",
		Example: "  plumbline evidence key\n  plumbline evidence key --new",
	}
	c.Flags().BoolVar(&renew, "new", false, "make a new key")
	c.RunE = answered(a, func(ctx context.Context, client *calls.Client, _ []string) (auditpack.PackKey, error) {
		if renew {
			return client.NewPackKey(ctx)
		}
		return client.PackKey(ctx)
	}, printPackKey)
	return c
}

func printPackKey(w io.Writer, k auditpack.PackKey) error {
	if !k.Made {
		return say(w, "There is no key yet. The first pack makes one, or `plumbline evidence key --new`.\n")
	}
	fmt.Fprintln(w, k.Public)
	if k.Lost {
		fmt.Fprintln(w, "Its secret is not stored any more. Make a new key with --new; packs that it signed stay valid.")
	}
	for _, f := range k.Former {
		fmt.Fprintf(w, "former: %s, from %s to %s\n", f.Public, f.MadeAt.Format(time.DateOnly), f.RetiredAt.Format(time.DateOnly))
	}
	return nil
}
