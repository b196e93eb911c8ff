package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	usecase "github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/backup"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
)

func (a *app) backupCommand() *cobra.Command {
	c := group("backup", "Back up everything, check backups and restore them")
	c.Long = "A backup is one encrypted file in the age format: records with their history, runs, logs and connections.\n" +
		"Credentials are in no backup; after a restore they are entered again."
	c.AddCommand(a.backupCreateCommand(), a.backupVerifyCommand(), a.backupRestoreCommand(), a.backupListCommand())
	return c
}

// keyFlags say what a backup is sealed or opened with.
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

// passphrase reads it from the file or asks, twice when it is a new one. It is
// never taken from the command line or the environment.
func (a *app) passphrase(f keyFlags, isNew bool) (string, error) {
	if f.passphraseFile != "" {
		text, err := readSmall("passphrase-file", f.passphraseFile)
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
	if err == nil && first != second {
		err = host.Invalid("passphrase", nil, "was not the same both times")
	}
	if err != nil {
		return "", err
	}
	return checkedPassphrase(first, isNew)
}

// leastPassphrase is the length below which guessing is a matter of days.
const leastPassphrase = 12

func checkedPassphrase(text string, isNew bool) (string, error) {
	if text == "" || isNew && len(text) < leastPassphrase {
		return "", host.Invalid("passphrase", nil, fmt.Sprintf("must have at least %d characters", leastPassphrase))
	}
	if rule := host.CheckSecret(text); isNew && rule != "" {
		return "", host.Invalid("passphrase", nil, rule) // an old one may have been taken, and opens a backup
	}
	return text, nil
}

func (a *app) backupCreateCommand() *cobra.Command {
	var to string
	var createDir bool
	var flags keyFlags
	c := &cobra.Command{
		Use: "create", Short: "Back everything up into one encrypted file", Args: exactly(0),
		Long: "Writes one moment of everything stored into one file, while syncs go on. With a passphrase or a recipient it can be\n" +
			"restored on any machine, also without this program's key; with --host-key only where this data directory's key is.",
		Example: "  plumbline backup create --passphrase-file /root/backup.pass --to /mnt/backup/plumbline.age\n" +
			"  plumbline backup create --recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
	}
	c.Flags().StringVar(&to, "to", "", "file to write (default a new one in DATA-DIR/backups)")
	c.Flags().BoolVar(&createDir, "create-dir", false, "make the directory of --to when it does not exist; without it a disk that is not mounted is noticed")
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
			if request.Passphrase, err = a.passphrase(flags, true); err != nil {
				return err
			}
		}
		return a.with(c.Context(), func(client *api.Client) error {
			started, err := client.StartBackup(c.Context(), request)
			if err != nil {
				return err
			}
			ended, err := a.followTask(c.Context(), client, started)
			if err != nil {
				return err
			}
			return a.showBackup(*ended.Backup)
		})
	}
	return c
}

func (a *app) showBackup(b host.Backup) error {
	if a.json {
		return printJSON(a.out, b)
	}
	records := 0
	for _, c := range b.Connections {
		records += c.Records
	}
	return pairs(a.out, [2]string{"backup", b.File}, [2]string{"sealed with", b.SealedWith}, [2]string{"size", fmt.Sprintf("%d KiB", b.Bytes>>10)},
		[2]string{"made", b.CreatedAt.Format(time.RFC3339) + " by " + b.Version},
		[2]string{"holds", fmt.Sprintf("%d connections, %d records, %d versions, %d entries", len(b.Connections), records, b.Versions, b.Entries)})
}

// openKey reads what a backup is opened with.
func (a *app) openKey(f keyFlags) (boot.BackupKey, error) {
	key := boot.BackupKey{HostKey: f.hostKey}
	switch {
	case f.hostKey:
	case f.identityFile != "":
		text, err := readSmall("identity", f.identityFile)
		if err != nil {
			return key, err
		}
		key.Identities = text
	default:
		var err error
		if key.Passphrase, err = a.passphrase(f, false); err != nil {
			return key, err
		}
	}
	return key, nil
}

// unlock returns what opening a backup takes.
func (a *app) unlock(flags keyFlags) (boot.Config, boot.BackupKey, error) {
	config, err := a.config(nil)
	if err != nil {
		return boot.Config{}, boot.BackupKey{}, err
	}
	key, err := a.openKey(flags)
	return config, key, err
}

func (a *app) backupVerifyCommand() *cobra.Command {
	var flags keyFlags
	c := &cobra.Command{
		Use: "verify FILE", Short: "Check a backup without restoring it", Args: exactly(1),
		Long: "Decrypts and reads all of a backup: its end mark, its counts, every document's hash and every chain.",
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
		return a.showBackup(b)
	}
	return c
}

func (a *app) backupRestoreCommand() *cobra.Command {
	var flags keyFlags
	c := &cobra.Command{
		Use: "restore FILE", Short: "Put a backup in the place of what is stored", Args: exactly(1),
		Long: "Restores into a new directory beside the store, verifies it fully, and only then swaps the two. What was stored before\n" +
			"is kept under another name until you delete it. Stop the agent first. Credentials are in no backup: connections that\n" +
			"had some are paused until they are entered again with `plumbline connection edit ALIAS --secret …`.",
		Example: "  plumbline backup restore plumbline.age --passphrase-file backup.pass --data-dir /var/lib/plumbline",
	}
	flags.register(c, false)
	c.RunE = func(c *cobra.Command, args []string) error {
		config, key, err := a.unlock(flags)
		if err != nil {
			return err
		}
		return a.restore(c.Context(), config, args[0], key)
	}
	return c
}

func (a *app) restore(ctx context.Context, config boot.Config, file string, key boot.BackupKey) error {
	bar := &progressLine{app: a}
	options := boot.Options{Config: config, Program: "command", Version: version, Logger: a.logger("error")}
	restored, err := boot.Restore(ctx, options, file, key, bar.show)
	bar.done()
	if err != nil {
		return err
	}
	if a.json {
		return printJSON(a.out, restored)
	}
	if err := a.showBackup(restored.Backup); err != nil {
		return err
	}
	if restored.Old != "" {
		fmt.Fprintf(a.out, "\nRestored and verified. What was stored before is kept in %s until you delete it.\n", restored.Old)
	}
	_, err = fmt.Fprintln(a.out, "Credentials are in no backup: enter them again with `plumbline connection edit ALIAS --secret …`, then resume.")
	return err
}

func (a *app) backupListCommand() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List the backups in the data directory", Args: exactly(0)}
	c.RunE = func(*cobra.Command, []string) error {
		config, err := a.config(nil)
		if err != nil {
			return err
		}
		backups, err := backup.List(config.DataDir)
		if err != nil {
			return err
		}
		if a.json {
			if backups == nil {
				backups = []host.Backup{}
			}
			return printJSON(a.out, api.Items[host.Backup]{Items: backups})
		}
		var rows [][]string
		for _, b := range backups {
			rows = append(rows, []string{b.CreatedAt.Format(time.RFC3339), b.SealedWith, fmt.Sprintf("%d KiB", b.Bytes>>10), b.File})
		}
		return table(a.out, []string{"MADE", "SEALED WITH", "SIZE", "FILE"}, rows)
	}
	return c
}
