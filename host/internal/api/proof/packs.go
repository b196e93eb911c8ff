package proof

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"os"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/plumbline-dev/plumbline/host/auditpack"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// addPacks registers the operations on evidence packs.
func (s *server) addPacks(api huma.API) {
	operation.Add(api, http.MethodPost, route.EvidencePacks, "start-evidence-pack",
		"Begin to put evidence into one file, or to say what it would hold; the task follows it, and the audit log says who did", 202,
		operation.ByBody(s.app.StartPack))
	operation.Add(api, http.MethodGet, route.EvidencePacks, "list-evidence-packs", "The packs that were made, newest first", 200, s.packs)
	operation.Add(api, http.MethodGet, route.EvidencePack, "get-evidence-pack", "One pack", 200, s.pack)
	operation.Add(api, http.MethodDelete, route.EvidencePack, "delete-evidence-pack", "Delete a pack with its file", 204,
		operation.Removes(s.app.DeletePack))
	operation.Add(api, http.MethodGet, route.EvidencePackKey, "get-evidence-key", "The public key that verifies packs", 200, s.packKey)
	operation.Add(api, http.MethodPost, route.EvidencePackKey, "make-evidence-key",
		"Make a new key that signs packs from now on; packs of the former one stay valid under that one", 200, operation.Value(s.app.NewPackKey))
	binary := map[string]*huma.MediaType{typeZip: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
	huma.Register(api, huma.Operation{
		OperationID: "get-evidence-pack-file", Method: http.MethodGet, Path: route.Prefix + route.EvidencePackFile,
		Summary: "The file of a pack; parts of it by Range; an entry of the audit log says who read it",
		Responses: map[string]*huma.Response{
			"200": {Description: "The file", Content: binary}, "206": {Description: "A part of the file", Content: binary},
			"default": operation.Refused(api),
		},
	}, s.packFile)
}

// typeZip is the media type of packs.
const typeZip = "application/zip"

func (s *server) packs(context.Context, *operation.None) (*operation.Output[operation.Items[auditpack.Pack]], error) {
	packs, err := s.app.Packs()
	return operation.List(packs, "", err)
}

func (s *server) pack(_ context.Context, in *operation.IDParam) (*operation.Output[auditpack.Pack], error) {
	return operation.One(s.app.Pack(in.ID))
}

func (s *server) packKey(context.Context, *operation.None) (*operation.Output[auditpack.PackKey], error) {
	return operation.One(s.app.PackKey())
}

// packFile sends a file. It has no deadline: a slow reader of a long file is no fault.
func (s *server) packFile(ctx context.Context, in *operation.IDParam) (*huma.StreamResponse, error) {
	path, one, err := s.app.ReadPack(ctx, in.ID)
	if err != nil {
		return nil, operation.Error(err)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, operation.Error(fmt.Errorf("open pack: %w", err))
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer file.Close()
		r, w := humago.Unwrap(ctx)
		h := w.Header()
		h.Set("Content-Type", typeZip)
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": one.File}))
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, r, "", one.StartedAt, file)
	}}, nil
}
