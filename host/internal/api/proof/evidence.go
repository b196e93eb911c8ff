package proof

import (
	"context"
	"mime"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// addEvidence registers the operations on evidence.
func (s *server) addEvidence(api huma.API) {
	operation.Add(api, http.MethodGet, route.EvidenceList, "list-evidence",
		"Evidence: what people added, the results of tests, and the lists that tests judge", 200, s.evidenceList)
	operation.Add(api, http.MethodPost, route.EvidenceList, "add-evidence",
		"Add evidence; without an artifact it is a request for one", 201, operation.ByBody(s.app.AddEvidence))
	operation.Add(api, http.MethodGet, route.Evidence, "get-evidence", "Evidence that a person added, with every artifact", 200, s.evidence)
	operation.Add(api, http.MethodPatch, route.Evidence, "edit-evidence", "Change title, owner, controls or renewal of evidence", 200,
		s.editEvidence)
	operation.Add(api, http.MethodPost, route.EvidenceRenew, "renew-evidence", "Give evidence a new artifact; earlier ones are kept", 200,
		s.renewEvidence)
	operation.Add(api, http.MethodPost, route.EvidenceRemove, "remove-evidence",
		"Remove evidence, with a reason; its entry and its files are kept", 200, s.removeEvidence)
	operation.AddUpload(api, route.EvidenceUploads, "upload-evidence-file",
		"Upload a file, which is the body, of at most 25 MB; add-evidence and renew-evidence take what it answers", 201, s.uploadEvidence)
	binary := &huma.Schema{Type: "string", Format: "binary"}
	huma.Register(api, huma.Operation{
		OperationID: "get-evidence-file", Method: http.MethodGet, Path: route.Prefix + route.EvidenceFile,
		Summary: "The file of an artifact, to be saved; parts of it by Range",
		Responses: map[string]*huma.Response{
			"200":     {Description: "The file", Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: binary}}},
			"206":     {Description: "A part of the file", Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: binary}}},
			"default": operation.Refused(api),
		},
	}, s.evidenceFile)
}

// EvidenceInput says which evidence is wanted.
type EvidenceInput struct {
	State     []assurance.EvidenceState `query:"state" doc:"Only evidence in one of these states" enum:"needs_artifact,needs_renewal,upcoming,ready,removed"`
	Control   string                    `query:"control" doc:"Only evidence that shows this control"`
	Automated string                    `query:"automated" doc:"yes = only what was made from what was read; no = only what people added" enum:"yes,no"`
}

// wants reports whether evidence is wanted. Removed evidence has to be asked for.
func (in *EvidenceInput) wants(e assurance.Evidence) bool {
	stated := slices.Contains(in.State, e.State) || len(in.State) == 0 && e.State != assurance.EvidenceRemoved
	return stated && (in.Control == "" || slices.Contains(e.Controls, in.Control)) &&
		(in.Automated == "" || e.Automated == (in.Automated == "yes"))
}

func (s *server) evidenceList(ctx context.Context, in *EvidenceInput) (*operation.Output[operation.Items[assurance.Evidence]], error) {
	all, err := s.app.EvidenceItems(ctx)
	return operation.List(slices.DeleteFunc(all, func(e assurance.Evidence) bool { return !in.wants(e) }), "", err)
}

func (s *server) evidence(_ context.Context, in *operation.IDParam) (*operation.Output[assurance.Evidence], error) {
	return operation.One(s.app.Evidence(in.ID))
}

// EvidenceEditInput is what edit-evidence takes.
type EvidenceEditInput struct {
	operation.IDParam
	operation.MatchParam
	Body assurance.EvidenceEdit
}

func (s *server) editEvidence(ctx context.Context, in *EvidenceEditInput) (*operation.Output[assurance.Evidence], error) {
	revision, err := in.Revision()
	if err != nil {
		return nil, err
	}
	return operation.One(s.app.EditEvidence(ctx, in.ID, revision, in.Body))
}

// ArtifactInput is what renew-evidence takes.
type ArtifactInput struct {
	operation.IDParam
	operation.MatchParam
	Body assurance.NewArtifact
}

func (s *server) renewEvidence(ctx context.Context, in *ArtifactInput) (*operation.Output[assurance.Evidence], error) {
	revision, err := in.Revision()
	if err != nil {
		return nil, err
	}
	return operation.One(s.app.RenewEvidence(ctx, in.ID, revision, in.Body))
}

// EvidenceRemoval says why evidence is removed.
type EvidenceRemoval struct {
	Reason string `json:"reason"`
}

// EvidenceRemovalInput is what remove-evidence takes.
type EvidenceRemovalInput struct {
	operation.IDParam
	operation.MatchParam
	Body EvidenceRemoval
}

func (s *server) removeEvidence(ctx context.Context, in *EvidenceRemovalInput) (*operation.Output[assurance.Evidence], error) {
	revision, err := in.Revision()
	if err != nil {
		return nil, err
	}
	return operation.One(s.app.RemoveEvidence(ctx, in.ID, revision, in.Body.Reason))
}

// UploadInput is what upload-evidence-file takes beside the file.
type UploadInput struct {
	Name string `query:"name" required:"true" doc:"Of the file. Its ending says the type, which the content must have"`
	operation.Upload
}

func (s *server) uploadEvidence(ctx context.Context, in *UploadInput) (*operation.Output[assurance.File], error) {
	return operation.One(s.app.UploadEvidence(ctx, in.Name, in.Reader()))
}

// ArtifactFileInput names an artifact.
type ArtifactFileInput struct {
	operation.IDParam
	Number int `path:"number" minimum:"1"`
}

// evidenceFile sends a file. It has no deadline: a slow reader of a long file is no fault.
func (s *server) evidenceFile(_ context.Context, in *ArtifactFileInput) (*huma.StreamResponse, error) {
	file, artifact, err := s.app.EvidenceFile(in.ID, in.Number)
	if err != nil {
		return nil, operation.Error(err)
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer file.Close()
		r, w := humago.Unwrap(ctx)
		h := w.Header()
		h.Set("Content-Type", "application/octet-stream") // to be saved, and never shown
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": artifact.File.Name}))
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, r, "", artifact.At, file)
	}}, nil
}
