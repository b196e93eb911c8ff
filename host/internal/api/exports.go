package api

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"os"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// registerExports lists the operations on lists that are written into files.
func (s *Server) registerExports() {
	operation.Add(s.api, http.MethodPost, route.Exports, "start-export",
		"Begin to write a list into a file; an entry of the audit log says who did", 202, operation.ByBody(s.app.StartExport))
	operation.Add(s.api, http.MethodGet, route.Exports, "list-exports", "The exports that were made, newest first", 200, s.exports)
	binary := &huma.Schema{Type: "string", Format: "binary"}
	huma.Register(s.api, huma.Operation{
		OperationID: "get-export-file", Method: http.MethodGet, Path: route.Prefix + route.ExportFile,
		Summary: "The file of an export, until 24 hours have passed; parts of it by Range",
		Responses: map[string]*huma.Response{
			"200": {Description: "The file", Content: map[string]*huma.MediaType{typeCSV: {Schema: binary}, typeJSONL: {Schema: binary}}},
			"206": {Description: "A part of the file", Content: map[string]*huma.MediaType{typeCSV: {Schema: binary},
				typeJSONL: {Schema: binary}}},
			"default": operation.Refused(s.api),
		},
	}, s.exportFile)
}

// The media types of exports.
const (
	typeCSV   = "text/csv; charset=utf-8"
	typeJSONL = "application/x-ndjson"
)

func (s *Server) exports(context.Context, *operation.None) (*operation.Output[operation.Items[host.Export]], error) {
	exports, err := s.app.Exports()
	return operation.List(exports, "", err)
}

// exportFile sends a file. It has no deadline: a slow reader of a long file is no fault.
func (s *Server) exportFile(_ context.Context, in *operation.IDParam) (*huma.StreamResponse, error) {
	found, err := s.app.ExportFile(in.ID)
	if err != nil {
		return nil, operation.Error(err)
	}
	file, err := os.Open(found.Path)
	if err != nil {
		return nil, operation.Error(fmt.Errorf("open export: %w", err))
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer file.Close()
		r, w := humago.Unwrap(ctx)
		h := w.Header()
		h.Set("Content-Type", typeJSONL)
		if found.Format() == host.FormatCSV {
			h.Set("Content-Type", typeCSV)
		}
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": found.Name}))
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, r, "", found.MadeAt, file)
	}}, nil
}
