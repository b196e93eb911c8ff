package boot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/artifact"
	"github.com/plumbline-dev/plumbline/host/internal/backup"
	"github.com/plumbline-dev/plumbline/host/internal/datadir"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	stored "github.com/plumbline-dev/plumbline/host/internal/journal/backup"
	"github.com/plumbline-dev/plumbline/host/internal/journal/swap"
	"github.com/plumbline-dev/plumbline/host/internal/journal/verify"
	"github.com/plumbline-dev/plumbline/host/internal/owned"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

// BackupKey says what opens a backup: a passphrase, the text of an age identity file, or
// the host's key.
type BackupKey struct {
	Passphrase, Identities string
	HostKey                bool
}

// secret returns the key for package backup. The host's own key is opened if it is asked for.
func (k BackupKey) secret(dataDir, where string) (secret.BackupKey, error) {
	key := secret.BackupKey{Passphrase: k.Passphrase, Identities: k.Identities}
	if !k.HostKey {
		return key, nil
	}
	master, err := secret.OpenMasterKey(dataDir, where)
	if err != nil {
		return key, fmt.Errorf("open key: %w", err)
	}
	key.Host = master
	return key, nil
}

// CheckBackup opens a backup and checks everything in it without restoring it.
func CheckBackup(
	ctx context.Context, config Config, file string, with BackupKey, report func(journal.Progress),
) (host.Backup, error) {
	if err := owned.Ours(config.DataDir); err != nil && with.HostKey {
		return host.Backup{}, err // opening the key would create one
	}
	key, err := with.secret(config.DataDir, config.SecretsKey)
	if err != nil {
		return host.Backup{}, err
	}
	return backup.Read(file, key, func(r io.Reader) (host.Backup, error) { return stored.Read(ctx, r, report) })
}

// Restored says what a restore did.
type Restored struct {
	Backup host.Backup `json:"backup"`
	Old    string      `json:"old,omitempty" doc:"Where the store that was there before is kept, until you delete it"`
}

// Restore restores a backup into a new directory, verifies it fully, and then replaces the
// store with it. No process may own the data directory.
func Restore(
	ctx context.Context, options Options, file string, with BackupKey, report func(journal.Progress),
) (restored Restored, err error) {
	if _, err := host.Acting(ctx); err != nil {
		return restored, err
	}
	dir := options.Config.DataDir
	lock, err := datadir.Take(dir, options.owner(time.Now()))
	if err != nil {
		return restored, err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	key, err := secret.OpenMasterKey(dir, options.Config.SecretsKey)
	if err != nil {
		return restored, fmt.Errorf("open key: %w", err)
	}
	sealed, err := with.secret(dir, options.Config.SecretsKey)
	if err != nil {
		return restored, err
	}
	where := filepath.Join(dir, "store")
	if err := swap.Finish(where); err != nil {
		return restored, err
	}
	into := journal.Options{
		Dir: where, Key: key.StoreKey(), Logger: options.Logger,
		MinFreeBytes: uint64(options.Config.MinFreeMiB) << 20, DigestMemory: int64(options.Config.DigestMiB) << 20,
	}
	files := artifact.In(artifact.Dir(dir), nil)
	restored.Backup, err = backup.ReadWith(file, sealed, func(r io.Reader) (host.Backup, error) {
		return stored.Restore(ctx, into, r, report)
	}, files.Restore)
	if err != nil {
		return restored, err
	}
	restored.Old, err = swap.Begin(where, time.Now())
	return restored, err
}

// VerifyClosed verifies the files and the content of a store whose data directory no
// process owns.
func VerifyClosed(ctx context.Context, options Options, report func(journal.Progress)) (v host.Verification, err error) {
	dir := options.Config.DataDir
	lock, err := datadir.Take(dir, options.owner(time.Now()))
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	key, err := secret.OpenMasterKey(dir, options.Config.SecretsKey)
	if err != nil {
		return v, fmt.Errorf("open key: %w", err)
	}
	v, err = verify.Closed(ctx, journal.Options{
		Dir: filepath.Join(dir, "store"), Key: key.StoreKey(), Logger: options.Logger,
		MinFreeBytes: uint64(options.Config.MinFreeMiB) << 20, DigestMemory: int64(options.Config.DigestMiB) << 20,
	}, report)
	if err != nil {
		return v, err
	}
	count, size, bad, err := artifact.In(artifact.Dir(dir), nil).CheckAll(ctx)
	v.Files, v.Bytes, v.Bad, v.FinishedAt = v.Files+count, v.Bytes+size, append(v.Bad, bad...), time.Now().UTC()
	return v, err
}
