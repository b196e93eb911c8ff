package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/internal/owned"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/store"
)

// backupSuffix ends the name of every backup: it is an age file.
const backupSuffix = ".plumbline.age"

// BackupRequest says where a backup goes and what it is sealed with: exactly one
// of passphrase, recipients and host key.
type BackupRequest struct {
	File       string   `json:"file,omitempty" doc:"Absolute path of a file that does not exist; empty for one in DATA-DIR/backups"`
	Passphrase string   `json:"passphrase,omitempty"`
	Recipients []string `json:"recipients,omitempty" doc:"age recipients (age1…)"`
	CreateDir  bool     `json:"create_dir,omitempty" doc:"Make the directory of the file when it does not exist"`
	HostKey    bool     `json:"host_key,omitempty" doc:"Seal it with this data directory's key: it opens only where that key is"`
}

// StartVerify begins to check everything that is stored; Task follows it.
func (a *App) StartVerify(ctx context.Context) (host.Task, error) {
	return a.tasks.start(ctx, "verify", func(ctx context.Context, report func(store.Progress)) (func(*host.Task), error) {
		v, err := a.store.VerifyAll(ctx, report)
		return func(t *host.Task) { t.Verification = &v }, err
	})
}

// startExamine reads every table of the store once, soon after the agent is up:
// what cannot be read there would be missing from every list without a word.
func (a *App) startExamine() {
	_, err := a.tasks.start(context.Background(), "examine", func(ctx context.Context, _ func(store.Progress)) (func(*host.Task), error) {
		found, err := a.store.Examine(ctx)
		for _, b := range found {
			a.logger.Error("store is damaged", "file", b.File, "offset", b.Offset, "connection", b.Alias, "stream", b.Stream, "record", b.Key, "problem", b.Message)
		}
		return func(t *host.Task) { t.Verification = &host.Verification{Bad: found} }, err
	})
	if err != nil {
		a.logger.Error("examine store", "err", err)
	}
}

// examineStore says what the latest looks into the store found.
func (a *App) examineStore() Finding {
	f := Finding{ID: "store", Title: "Store", Status: "ok", Message: "not verified since this " + a.options.Program + " started"}
	for _, kind := range []string{"verify", "examine"} {
		t, ok := a.tasks.latest(kind)
		if !ok || t.Verification == nil {
			continue
		}
		if kind == "verify" {
			f.Message = "verified at " + t.FinishedAt.Local().Format(time.DateTime) + ": everything agrees"
		}
		if bad := t.Verification.Bad; len(bad) > 0 {
			f.Status, f.Message = "fail", fmt.Sprintf("%s (%s %s)", bad[0].Message, bad[0].Kind, strings.TrimSpace(bad[0].Alias+" "+bad[0].File))
			f.Fix = "Keep a copy of the data directory, run `plumbline verify`, and restore a backup with `plumbline backup restore FILE`."
			break
		}
	}
	return f
}

// StartBackup begins to back the store up; Task follows it.
func (a *App) StartBackup(ctx context.Context, request BackupRequest) (host.Task, error) {
	key := secret.BackupKey{Passphrase: request.Passphrase, Recipients: request.Recipients}
	if request.HostKey {
		key.Host = a.master
	}
	if n := oneIf(key.Passphrase != "") + oneIf(len(key.Recipients) > 0) + oneIf(key.Host != nil); n != 1 {
		return host.Task{}, host.Invalid("passphrase", nil, "is missing, or is not the only one: a backup is sealed with a passphrase, with recipients or with the host's key")
	}
	if rule := host.CheckSecret(request.Passphrase); rule != "" {
		return host.Task{}, host.Invalid("passphrase", nil, rule)
	}
	file := request.File
	if file == "" {
		file = filepath.Join(a.options.Config.DataDir, "backups", time.Now().UTC().Format("20060102T150405Z")+backupSuffix)
	}
	if !filepath.IsAbs(file) {
		return host.Task{}, host.Invalid("file", file, "must be an absolute path")
	}
	if _, err := os.Lstat(file); err == nil {
		return host.Task{}, host.Invalid("file", file, "exists already")
	}
	if dir := filepath.Dir(file); request.File != "" && !request.CreateDir {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			p := host.Invalid("file", file, "cannot be made: the directory "+dir+" does not exist")
			p.Remedy = "Mount the disk that it is on, if it is one, or make it with --create-dir."
			return host.Task{}, p
		}
	}
	return a.tasks.start(ctx, "backup", func(ctx context.Context, report func(store.Progress)) (func(*host.Task), error) {
		b, err := writeBackup(ctx, a.store, file, key, a.options.Version, report)
		return func(t *host.Task) { t.Backup = &b }, err
	})
}

func oneIf(so bool) int {
	if so {
		return 1
	}
	return 0
}

// writeBackup writes a whole backup or nothing.
func writeBackup(ctx context.Context, s *store.Store, file string, key secret.BackupKey, version string, report func(store.Progress)) (b host.Backup, err error) {
	if err := durable.MakeDirs(filepath.Dir(file), 0o700); err != nil {
		return b, fmt.Errorf("create directory of backup: %w", err)
	}
	err = durable.Write(file, 0o600, func(w io.Writer) error {
		sealed, err := secret.SealBackup(w, key)
		if err != nil {
			return err
		}
		if b, err = s.Backup(ctx, sealed, version, report); err != nil {
			return err
		}
		if err := sealed.Close(); err != nil {
			return fmt.Errorf("write backup: %w", err)
		}
		return nil
	})
	if errors.Is(err, syscall.ENOSPC) {
		err = (&host.Problem{Code: host.CodeDiskFull, Message: "the disk that holds " + file + " is full", Remedy: "Free some space, or name a file on another disk with --to.", Fault: host.FaultHost, Retry: host.RetryAfter}).Because(err)
	}
	if err != nil {
		return host.Backup{}, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return b, fmt.Errorf("look at backup: %w", err)
	}
	b.File, b.Bytes, b.SealedWith = file, info.Size(), sealedAs(key)
	return b, nil
}

func sealedAs(key secret.BackupKey) string {
	switch {
	case key.Host != nil:
		return secret.SealedHostKey
	case key.Passphrase != "":
		return secret.SealedPassphrase
	}
	return secret.SealedRecipients
}

// preserve backs the store up before an upgrade, sealed with the host's key.
func (a *App) preserve(s *store.Store, schema uint64) (string, error) {
	name := fmt.Sprintf("before-upgrade-of-schema-%d-%s%s", schema, time.Now().UTC().Format("20060102T150405Z"), backupSuffix)
	file := filepath.Join(a.options.Config.DataDir, "backups", name)
	b, err := writeBackup(context.Background(), s, file, secret.BackupKey{Host: a.master}, a.options.Version, func(store.Progress) {})
	return b.File, err
}

// Backups returns the backups in the data directory, newest first.
func (a *App) Backups() ([]host.Backup, error) { return ListBackups(a.options.Config.DataDir) }

// ListBackups returns the backups in a data directory, newest first.
func ListBackups(dataDir string) ([]host.Backup, error) {
	dir := filepath.Join(dataDir, "backups")
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list backups: %w", err)
	}
	var backups []host.Backup
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() || !strings.HasSuffix(entry.Name(), backupSuffix) {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		begin, err := readBegin(path)
		if err != nil {
			return nil, fmt.Errorf("list backups: %w", err)
		}
		backups = append(backups, host.Backup{File: path, Bytes: info.Size(), CreatedAt: info.ModTime().UTC(), SealedWith: secret.SealedWith(begin)})
	}
	slices.SortFunc(backups, func(a, b host.Backup) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return backups, nil
}

func readBegin(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	begin := make([]byte, 200)
	n, err := io.ReadFull(f, begin)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return begin[:n], err
}

// BackupKey says what a backup is opened with: a passphrase, the text of an age
// identity file, or the host's key.
type BackupKey struct {
	Passphrase, Identities string
	HostKey                bool
}

// CheckBackup opens a backup and checks everything in it without restoring it.
func CheckBackup(ctx context.Context, config Config, file string, with BackupKey, report func(store.Progress)) (host.Backup, error) {
	if err := owned.Ours(config.DataDir); err != nil && with.HostKey {
		return host.Backup{}, err // a directory without a key would get one
	}
	key := secret.BackupKey{Passphrase: with.Passphrase, Identities: with.Identities}
	if with.HostKey {
		master, err := secret.OpenMasterKey(config.DataDir, config.SecretsKey)
		if err != nil {
			return host.Backup{}, fmt.Errorf("open key: %w", err)
		}
		key.Host = master
	}
	return openBackup(file, key, func(r io.Reader) (host.Backup, error) { return store.ReadBackup(ctx, r, report) })
}

func openBackup(file string, key secret.BackupKey, use func(io.Reader) (host.Backup, error)) (host.Backup, error) {
	f, err := os.Open(file)
	if err != nil {
		return host.Backup{}, host.Invalid("file", file, "cannot be read: "+err.Error()).Because(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return host.Backup{}, fmt.Errorf("read backup: %w", err)
	}
	begin, err := readBegin(file)
	if err != nil {
		return host.Backup{}, fmt.Errorf("read backup: %w", err)
	}
	opened, err := secret.OpenBackup(f, key)
	if err != nil {
		return host.Backup{}, err
	}
	b, err := use(opened)
	b.File, b.Bytes, b.SealedWith = file, info.Size(), secret.SealedWith(begin)
	return b, err
}

// Restored says what a restore did.
type Restored struct {
	Backup host.Backup `json:"backup"`
	Old    string      `json:"old,omitempty" doc:"Where the store that was there before is kept, until you delete it"`
}

// Restore restores a backup into a new directory, verifies it fully, and then puts
// it in the place of the store. Nobody may own the data directory.
func Restore(ctx context.Context, options Options, file string, with BackupKey, report func(store.Progress)) (restored Restored, err error) {
	dir := options.Config.DataDir
	hold, err := claimDir(dir, Owner{PID: os.Getpid(), Program: options.Program, Version: options.Version, StartedAt: time.Now().UTC()})
	if err != nil {
		return restored, err
	}
	defer func() { err = errors.Join(err, hold.release()) }()
	master, err := secret.OpenMasterKey(dir, options.Config.SecretsKey)
	if err != nil {
		return restored, fmt.Errorf("open key: %w", err)
	}
	key := secret.BackupKey{Passphrase: with.Passphrase, Identities: with.Identities}
	if with.HostKey {
		key.Host = master
	}
	where := filepath.Join(dir, "store")
	if err := store.FinishSwap(where); err != nil {
		return restored, err
	}
	into := store.Options{Dir: where, Key: master.StoreKey(), Logger: options.Logger, MinFreeBytes: uint64(options.Config.MinFreeMiB) << 20}
	restored.Backup, err = openBackup(file, key, func(r io.Reader) (host.Backup, error) {
		return store.Restore(ctx, into, r, report)
	})
	if err != nil {
		return restored, err
	}
	restored.Old, err = store.Swap(where, time.Now())
	return restored, err
}

// VerifyClosed checks the store of a data directory that nobody owns, from its
// files up.
func VerifyClosed(ctx context.Context, options Options, report func(store.Progress)) (v host.Verification, err error) {
	dir := options.Config.DataDir
	hold, err := claimDir(dir, Owner{PID: os.Getpid(), Program: options.Program, Version: options.Version, StartedAt: time.Now().UTC()})
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, hold.release()) }()
	master, err := secret.OpenMasterKey(dir, options.Config.SecretsKey)
	if err != nil {
		return v, fmt.Errorf("open key: %w", err)
	}
	e := &App{options: options, master: master}
	return store.VerifyClosed(ctx, store.Options{
		Dir: filepath.Join(dir, "store"), Key: master.StoreKey(), Logger: options.Logger,
		MinFreeBytes: uint64(options.Config.MinFreeMiB) << 20, Preserve: e.preserve, Report: report,
	}, report)
}
