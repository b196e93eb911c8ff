package app

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/artifact"
	"github.com/plumbline-dev/plumbline/host/internal/backup"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/task"
)

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
	return actor.Act(ctx, func(host.Actor) (host.Task, error) {
		return a.parts.Tasks.Start(ctx, "verify", func(ctx context.Context, report func(task.Progress)) (func(*host.Task), error) {
			v, err := a.parts.Store.VerifyAll(ctx, report)
			if err == nil {
				err = a.verifyFiles(ctx, &v)
			}
			return func(t *host.Task) { t.Verification = &v }, err
		})
	})
}

// verifyFiles adds the files of evidence to what a verification found.
func (a *App) verifyFiles(ctx context.Context, v *host.Verification) error {
	files, bytes, bad, err := a.VerifyFiles(ctx)
	v.Files, v.Bytes, v.Bad, v.FinishedAt = v.Files+files, v.Bytes+bytes, append(v.Bad, bad...), time.Now().UTC()
	return err
}

// ExamineStore begins to read every table of the store once. Records in a table that
// cannot be read are missing from every list, and the list does not say so.
func (a *App) ExamineStore() {
	ctx := host.WithActor(context.Background(), host.AgentActor())
	_, err := a.parts.Tasks.Start(ctx, "examine", func(ctx context.Context, _ func(task.Progress)) (func(*host.Task), error) {
		found, err := a.parts.Store.Examine(ctx)
		for _, b := range found {
			a.parts.Logger.Error("store is damaged", "file", b.File, "offset", b.Offset,
				"connection", b.Alias, "stream", b.Stream, "record", b.Key, "problem", b.Message)
		}
		return func(t *host.Task) { t.Verification = &host.Verification{Bad: found} }, err
	})
	if err != nil {
		a.parts.Logger.Error("examine store", "err", err)
	}
}

// StartBackup begins to back the store up; Task follows it.
func (a *App) StartBackup(ctx context.Context, request BackupRequest) (host.Task, error) {
	return actor.Act(ctx, func(host.Actor) (host.Task, error) {
		key := secret.BackupKey{Passphrase: request.Passphrase, Recipients: request.Recipients}
		if request.HostKey {
			key.Host = a.parts.Key
		}
		if n := oneIf(key.Passphrase != "") + oneIf(len(key.Recipients) > 0) + oneIf(key.Host != nil); n != 1 {
			return host.Task{}, host.Invalid("passphrase", nil,
				"is missing, or is not the only one: a backup is sealed with a passphrase, with recipients or with the host's key")
		}
		if rule := host.CheckSecret(request.Passphrase); rule != "" {
			return host.Task{}, host.Invalid("passphrase", nil, rule)
		}
		file := request.File
		if file == "" {
			file = filepath.Join(backup.Dir(a.parts.DataDir), time.Now().UTC().Format("20060102T150405Z")+backup.Suffix)
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
				p.Remedy = "If it is on a disk that is not mounted, mount it; else create it with --create-dir."
				return host.Task{}, p
			}
		}
		return a.parts.Tasks.Start(ctx, "backup", func(ctx context.Context, report func(task.Progress)) (func(*host.Task), error) {
			b, err := backup.WriteWith(ctx, a.parts.Store, artifact.Dir(a.parts.DataDir), file, key, a.parts.Version, report)
			if err == nil {
				a.noteBackup(ctx, b)
			}
			return func(t *host.Task) { t.Backup = &b }, err
		})
	})
}

func oneIf(so bool) int {
	if so {
		return 1
	}
	return 0
}

// Backups returns the backups in the data directory, newest first.
func (a *App) Backups() ([]host.Backup, error) { return backup.List(a.parts.DataDir) }

// lastBackup is the key of the only document of its collection: the audit log has those
// before it.
const lastBackup = "last"

func (a *App) madeBackups() *documents.Collection[host.BackupMade] {
	return documents.NewCollection(a.parts.Store.Documents, "backup", func(b host.BackupMade) string { return b.File })
}

// noteBackup stores that a backup was made. The backup is good without the note, so an
// error is only logged.
func (a *App) noteBackup(ctx context.Context, b host.Backup) {
	made := a.madeBackups()
	before, err := made.Get(lastBackup)
	if err == nil || host.IsNotFound(err) {
		note := host.BackupMade{File: b.File, SealedWith: b.SealedWith, Bytes: b.Bytes, CreatedAt: b.CreatedAt}
		_, err = made.Put(ctx, lastBackup, note, before.Revision)
	}
	if err != nil {
		a.parts.Logger.Error("note backup", "file", b.File, "err", err)
	}
}

// LastBackup returns the latest backup that was made of this data directory, wherever it
// was written, or false.
func (a *App) LastBackup() (host.BackupMade, bool, error) {
	last, err := a.madeBackups().Get(lastBackup)
	if host.IsNotFound(err) {
		return host.BackupMade{}, false, nil
	}
	return last.Value, err == nil, err
}
