package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// registerFiles lists the operations on files of this machine.
func (s *Server) registerFiles() {
	operation.Add(s.api, http.MethodGet, route.Files, "list-files",
		"Names in a directory below files.roots, to choose a file for a setting; never their content", 200, s.files)
}

// FilesParams say which directory is listed.
type FilesParams struct {
	Path string `query:"path" doc:"Full path of a directory; empty for the first root" maxLength:"4096"`
}

func (s *Server) files(ctx context.Context, in *FilesParams) (*operation.Output[host.FileListing], error) {
	return operation.One(s.app.Files(ctx, in.Path))
}
