package calls

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/proof"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// Controls returns the controls that are wanted, each with its state and its calculation.
func (c *Client) Controls(ctx context.Context, wanted proof.ControlsInput) ([]assurance.Control, error) {
	return items[assurance.Control](ctx, c, route.Controls, wanted)
}

// Control returns one control with its state, its calculation and the lists that its tests judge.
func (c *Client) Control(ctx context.Context, id string) (assurance.Control, error) {
	return call[assurance.Control](ctx, c, http.MethodGet, route.Control, operation.IDParam{ID: id})
}

// AddControl adds a control of the company's own.
func (c *Client) AddControl(ctx context.Context, n assurance.NewControl) (assurance.Control, error) {
	return call[assurance.Control](ctx, c, http.MethodPost, route.Controls, operation.Body[assurance.NewControl]{Body: n})
}

// EditControl changes what is decided about a control; revision nil = whatever it is.
func (c *Client) EditControl(ctx context.Context, id string, revision *uint64, edit assurance.ControlEdit) (assurance.Control, error) {
	in := proof.ControlInput{IDParam: operation.IDParam{ID: id}, MatchParam: matching(revision), Body: edit}
	return call[assurance.Control](ctx, c, http.MethodPatch, route.Control, in)
}

// RemoveControl removes a control of the company's own.
func (c *Client) RemoveControl(ctx context.Context, id string) error {
	return remove(ctx, c, route.Control, operation.IDParam{ID: id})
}

// matching returns the parameter of a revision.
func matching(revision *uint64) (m operation.MatchParam) {
	if revision != nil {
		m.IfMatch = strconv.FormatUint(*revision, 10)
	}
	return m
}

// Frameworks returns every framework, without its requirements.
func (c *Client) Frameworks(ctx context.Context) ([]assurance.Framework, error) {
	return items[assurance.Framework](ctx, c, route.Frameworks, struct{}{})
}

// Framework returns one framework with its requirements.
func (c *Client) Framework(ctx context.Context, id string) (assurance.Framework, error) {
	return call[assurance.Framework](ctx, c, http.MethodGet, route.Framework, operation.IDParam{ID: id})
}

// ImportText imports the text of a framework, or says what an import would store.
func (c *Client) ImportText(ctx context.Context, in proof.TextInput, file io.Reader) (assurance.TextImport, error) {
	return upload[assurance.TextImport](ctx, c, route.FrameworkText, in, file)
}

// RemoveText removes the text that was imported for a framework.
func (c *Client) RemoveText(ctx context.Context, id string) error {
	return remove(ctx, c, route.FrameworkText, operation.IDParam{ID: id})
}

// ImpactOnControls says what would no longer be proven if a connection could not be read.
func (c *Client) ImpactOnControls(ctx context.Context, ref string) (assurance.Impact, error) {
	return call[assurance.Impact](ctx, c, http.MethodGet, route.ImpactOnControls, operation.RefParam{Ref: ref})
}
