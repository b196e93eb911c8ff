package api

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
)

func (s *Server) backups(context.Context, *operation.None) (*operation.Output[operation.Items[host.Backup]], error) {
	backups, err := s.app.Backups()
	return operation.List(backups, "", err)
}

func (s *Server) task(ctx context.Context, in *CheckInput) (*operation.Output[host.Task], error) {
	ctx, cancel, err := in.Context(ctx)
	if err != nil {
		return nil, operation.Error(err)
	}
	defer cancel()
	return operation.One(s.app.Task(ctx, in.ID, in.After))
}
