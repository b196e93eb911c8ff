package api

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/app"
)

func (s *Server) startVerify(ctx context.Context, _ *none) (*output[host.Task], error) {
	return one(s.app.StartVerify(ctx))
}

func (s *Server) startBackup(ctx context.Context, in *struct{ Body app.BackupRequest }) (*output[host.Task], error) {
	return one(s.app.StartBackup(ctx, in.Body))
}

func (s *Server) backups(context.Context, *none) (*output[Items[host.Backup]], error) {
	backups, err := s.app.Backups()
	return list(backups, "", err)
}

func (s *Server) task(ctx context.Context, in *checkInput) (*output[host.Task], error) {
	ctx, cancel, err := in.context(ctx)
	if err != nil {
		return nil, asError(err)
	}
	defer cancel()
	return one(s.app.Task(ctx, in.ID, in.After))
}

func (s *Server) cancelTask(ctx context.Context, in *IDParam) (*output[host.Task], error) {
	return one(s.app.CancelTask(ctx, in.ID))
}
