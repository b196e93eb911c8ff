package api

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
)

func (s *Server) backups(context.Context, *none) (*output[Items[host.Backup]], error) {
	backups, err := s.app.Backups()
	return list(backups, "", err)
}

func (s *Server) task(ctx context.Context, in *CheckInput) (*output[host.Task], error) {
	ctx, cancel, err := in.context(ctx)
	if err != nil {
		return nil, asError(err)
	}
	defer cancel()
	return one(s.app.Task(ctx, in.ID, in.After))
}
