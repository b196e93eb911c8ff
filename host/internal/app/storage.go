package app

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/backup"
	"github.com/plumbline-dev/plumbline/host/internal/upkeep"
)

// Storage is what is kept of the past and how it is looked after.
type Storage struct {
	host.Maintenance
	Disk      upkeep.Disk        `json:"disk"`
	BackupDir string             `json:"backup_dir" doc:"Where backups go that name no file"`
	Backup    *host.BackupMade   `json:"backup,omitempty" doc:"The latest backup of this data directory; absent when none was made"`
	Verified  *host.Verification `json:"verified,omitempty" doc:"The latest check of everything since this program started; absent when there was none"`
	Key       string             `json:"key" doc:"Where the key of the secrets is, without the key"`
}

// Storage says what is kept, how much room it takes and how it is looked after.
func (a *App) Storage(context.Context) (Storage, error) {
	past, err := a.parts.Store.Maintenance()
	if err != nil {
		return Storage{}, err
	}
	s := Storage{Maintenance: past, Disk: a.parts.Upkeep.Disk(), BackupDir: backup.Dir(a.parts.DataDir), Key: a.parts.Key.Describe()}
	last, found, err := a.LastBackup()
	if found {
		s.Backup = &last
	}
	if t, ok := a.parts.Tasks.Latest("verify"); ok {
		s.Verified = t.Verification
	}
	return s, err
}
