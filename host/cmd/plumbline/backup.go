package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	usecase "github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/backup"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
)

func (a *app) backupCommand() *cobra.Command {
	c := group("backup", "Back up everything, check backups and restore them",
		a.backupCreateCommand(), a.backupVerifyCommand(), a.backupRestoreCommand(), a.backupListCommand())
	c.Long = "A backup is one encrypted file in the age format: records with their history, runs, logs and connections.\n" +
		"Credentials are in no backup; after a restore they are entered again."
	return c
}

type keyFlags struct {
	passphraseFile, identityFile string
	recipients                   []string
	hostKey                      bool
}

func (f *keyFlags) register(c *cobra.Command, sealing bool) {
	c.Flags().StringVar(&f.passphraseFile, "passphrase-file", "", "file that holds the passphrase (default: ask on the terminal)")
	c.Flags().BoolVar(&f.hostKey, "host-key", false, "the key of this data directory instead of a passphrase")
	if sealing {
		c.Flags().StringArrayVar(&f.recipients, "recipient", nil, "age recipient (age1…) instead of a passphrase; repeat for more")
		return
	}
	c.Flags().StringVar(&f.identityFile, "identity", "", "age identity file, for a backup that was sealed for recipients")
}

// passphrase reads the passphrase from the file or asks for it, twice when it is new.
// It never takes it from the command line or the environment.
func (a *app) passphrase(file string, isNew bool) (string, error) {
	if file != "" {
		text, err := readSmall("passphrase-file", file)
		if err != nil {
			return "", err
		}
		return checkedPassphrase(text, isNew)
	}
	if !term.IsTerminal(int(a.in.Fd())) {
		return "", usagef("there is no terminal to ask for a passphrase: give --passphrase-file, --host-key, or a recipient or identity")
	}
	first, err := a.readSecret("passphrase")
	if err != nil || !isNew {
		return first, err
	}
	second, err := a.readSecret("the same again")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", host.Invalid("passphrase", nil, "was not the same both times")
	}
	return checkedPassphrase(first, isNew)
}

// leastPassphrase is the least length of a new passphrase: shorter ones can be guessed in days.
const leastPassphrase = 12

func checkedPassphrase(text string, isNew bool) (string, error) {
	if text == "" || isNew && len(text) < leastPassphrase {
		return "", host.Invalid("passphrase", nil, fmt.Sprintf("must have at least %d characters", leastPassphrase))
	}
	if rule := host.CheckSecret(text); isNew && rule != "" {
		return "", host.Invalid("passphrase", nil, rule) // an old passphrase may break the rule and still opens its backup
	}
	return text, nil
}

func (a *app) backupCreateCommand() *cobra.Command {
	var to string
	var createDir bool
	var flags keyFlags
	c := &cobra.Command{
		Use: "create", Short: "Back everything up into one encrypted file", Args: exactly(0),
		Long: "Writes everything stored, as of one moment, into one file while syncs go on. A backup with a passphrase or a\n" +
			"recipient can be restored on any machine; one with --host-key only where the key of this data directory is.",
		Example: "  plumbline backup create --passphrase-file /root/backup.pass --to /mnt/backup/plumbline.age\n" +
			"  plumbline backup create --recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
	}
	c.Flags().StringVar(&to, "to", "", "file to write (default a new one in DATA-DIR/backups)")
	c.Flags().BoolVar(&createDir, "create-dir", false,
		"create the directory of --to when it is missing (by default that is an error, which notices an unmounted disk)")
	flags.register(c, true)
	c.RunE = func(c *cobra.Command, _ []string) error {
		request := usecase.BackupRequest{Recipients: flags.recipients, HostKey: flags.hostKey, CreateDir: createDir}
		var err error
		if to != "" {
			if request.File, err = filepath.Abs(to); err != nil {
				return host.Invalid("to", to, "is no path").Because(err)
			}
		}
		if len(flags.recipients) == 0 && !flags.hostKey {
			if request.Passphrase, err = a.passphrase(flags.passphraseFile, true); err != nil {
				return err
			}
		}
		return answered(a, func(ctx context.Context, client *calls.Client, _ []string) (b host.Backup, err error) {
			started, err := client.StartBackup(ctx, request)
			if err != nil {
				return b, err
			}
			ended, err := a.followTask(ctx, client, started)
			if err != nil {
				return b, err
			}
			return *ended.Backup, nil
		}, printBackup)(c, nil)
	}
	return c
}

func printBackup(w io.Writer, b host.Backup) error {
	records := 0
	for _, c := range b.Connections {
		records += c.Records
	}
	return pairs(w, "backup", b.File, "sealed with", b.SealedWith, "size", fmt.Sprintf("%d KiB", b.Bytes>>10),
		"made", b.CreatedAt.Format(time.RFC3339)+" by "+b.Version,
		"holds", fmt.Sprintf("%d connections, %d records, %d versions, %d entries", len(b.Connections), records, b.Versions, b.Entries),
		"files", filesOf(b))
}

// filesOf says how many files of evidence a backup has; "" for none.
func filesOf(b host.Backup) string {
	if b.Files == 0 {
		return ""
	}
	return fmt.Sprintf("%d of evidence", b.Files)
}

func (a *app) unlock(f keyFlags) (config boot.Config, key boot.BackupKey, err error) {
	if config, err = a.config(nil); err != nil {
		return config, key, err
	}
	switch key.HostKey = f.hostKey; {
	case f.hostKey:
	case f.identityFile != "":
		key.Identities, err = readSmall("identity", f.identityFile)
	default:
		key.Passphrase, err = a.passphrase(f.passphraseFile, false)
	}
	return config, key, err
}

func (a *app) backupVerifyCommand() *cobra.Command {
	var flags keyFlags
	c := &cobra.Command{
		Use: "verify FILE", Short: "Check a backup without restoring it", Args: exactly(1),
		Long: "Decrypts and reads all of a backup, and checks its end mark, its counts, every document's hash and every chain.",
	}
	flags.register(c, false)
	c.RunE = func(c *cobra.Command, args []string) error {
		config, key, err := a.unlock(flags)
		if err != nil {
			return err
		}
		bar := &progressLine{app: a}
		b, err := boot.CheckBackup(c.Context(), config, args[0], key, bar.show)
		bar.done()
		if err != nil {
			return err
		}
		return emit(a, b, printBackup)
	}
	return c
}

func (a *app) backupRestoreCommand() *cobra.Command {
	var flags keyFlags
	c := &cobra.Command{
		Use: "restore FILE", Short: "Replace the store with a backup", Args: exactly(1),
		Long: "Restores into a new directory beside the store, verifies it fully, and only then swaps the two. The old store stays\n" +
			"under another name until you delete it. Stop the agent first. Credentials are in no backup: connections that had\n" +
			"some are paused until you enter them again with `plumbline connection edit ALIAS --secret …`.",
		Example: "  plumbline backup restore plumbline.age --passphrase-file backup.pass --data-dir /var/lib/plumbline",
	}
	flags.register(c, false)
	c.RunE = func(c *cobra.Command, args []string) error {
		config, key, err := a.unlock(flags)
		if err != nil {
			return err
		}
		bar := &progressLine{app: a}
		restored, err := boot.Restore(c.Context(), a.options(config, "error"), args[0], key, bar.show)
		bar.done()
		if err != nil {
			return err
		}
		return emit(a, restored, printRestored)
	}
	return c
}

func printRestored(w io.Writer, restored boot.Restored) error {
	if err := printBackup(w, restored.Backup); err != nil {
		return err
	}
	if restored.Old != "" {
		fmt.Fprintf(w, "\nRestored and verified. The old store is kept in %s until you delete it.\n", restored.Old)
	}
	return say(w, "Credentials are in no backup: enter them again with `plumbline connection edit ALIAS --secret …`, then resume.\n")
}

func (a *app) backupListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the backups in the data directory", Args: exactly(0),
		RunE: func(*cobra.Command, []string) error {
			config, err := a.config(nil)
			if err != nil {
				return err
			}
			backups, err := backup.List(config.DataDir)
			if err != nil {
				return err
			}
			return emit(a, itemsOf(backups), tabled([]string{"MADE", "SEALED WITH", "SIZE", "FILE"}, func(b host.Backup) []string {
				return []string{b.CreatedAt.Format(time.RFC3339), b.SealedWith, fmt.Sprintf("%d KiB", b.Bytes>>10), b.File}
			}))
		},
	}
}
