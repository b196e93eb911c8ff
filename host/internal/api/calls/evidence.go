package calls

import (
	"context"
	"io"
	"net/http"

	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/proof"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// upload invokes an operation whose body is a file.
func upload[O any](ctx context.Context, c *Client, path string, in any, file io.Reader) (answer O, err error) {
	request, err := newRequest(ctx, http.MethodPost, path, in)
	if err != nil {
		return answer, err
	}
	request.Body = io.NopCloser(file)
	request.ContentLength = -1
	request.Header.Set("Content-Type", "application/octet-stream")
	return answer, c.do(request, &answer)
}

// EvidenceItems returns the evidence that is wanted.
func (c *Client) EvidenceItems(ctx context.Context, wanted proof.EvidenceInput) ([]assurance.Evidence, error) {
	return items[assurance.Evidence](ctx, c, route.EvidenceList, wanted)
}

// Evidence returns evidence that a person added, with every artifact.
func (c *Client) Evidence(ctx context.Context, id string) (assurance.Evidence, error) {
	return call[assurance.Evidence](ctx, c, http.MethodGet, route.Evidence, operation.IDParam{ID: id})
}

// AddEvidence adds evidence.
func (c *Client) AddEvidence(ctx context.Context, n assurance.NewEvidence) (assurance.Evidence, error) {
	return call[assurance.Evidence](ctx, c, http.MethodPost, route.EvidenceList, operation.Body[assurance.NewEvidence]{Body: n})
}

// EditEvidence changes evidence; revision nil = whatever it is.
func (c *Client) EditEvidence(ctx context.Context, id string, revision *uint64, edit assurance.EvidenceEdit) (assurance.Evidence, error) {
	in := proof.EvidenceEditInput{IDParam: operation.IDParam{ID: id}, MatchParam: matching(revision), Body: edit}
	return call[assurance.Evidence](ctx, c, http.MethodPatch, route.Evidence, in)
}

// RenewEvidence gives evidence a new artifact.
func (c *Client) RenewEvidence(ctx context.Context, id string, revision *uint64, n assurance.NewArtifact) (assurance.Evidence, error) {
	in := proof.ArtifactInput{IDParam: operation.IDParam{ID: id}, MatchParam: matching(revision), Body: n}
	return call[assurance.Evidence](ctx, c, http.MethodPost, route.EvidenceRenew, in)
}

// RemoveEvidence removes evidence, with a reason.
func (c *Client) RemoveEvidence(ctx context.Context, id, reason string) (assurance.Evidence, error) {
	in := proof.EvidenceRemovalInput{IDParam: operation.IDParam{ID: id}, Body: proof.EvidenceRemoval{Reason: reason}}
	return call[assurance.Evidence](ctx, c, http.MethodPost, route.EvidenceRemove, in)
}

// UploadEvidence uploads a file, which evidence can then name.
func (c *Client) UploadEvidence(ctx context.Context, name string, file io.Reader) (assurance.File, error) {
	return upload[assurance.File](ctx, c, route.EvidenceUploads, proof.UploadInput{Name: name}, file)
}

// EvidenceFile writes the file of an artifact to w.
func (c *Client) EvidenceFile(ctx context.Context, id string, number int, w io.Writer) error {
	in := proof.ArtifactFileInput{IDParam: operation.IDParam{ID: id}, Number: number}
	return c.copy(ctx, route.EvidenceFile, in, w)
}
