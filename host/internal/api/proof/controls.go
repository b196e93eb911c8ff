package proof

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/assure"
)

// addControls registers the operations on controls and frameworks.
func (s *server) addControls(api huma.API) {
	operation.Add(api, http.MethodGet, route.Controls, "list-controls", "Every control with its state and its calculation", 200, s.controls)
	operation.Add(api, http.MethodPost, route.Controls, "add-control", "Add a control of the company's own", 201,
		operation.ByBody(s.app.AddControl))
	operation.Add(api, http.MethodGet, route.Control, "get-control",
		"One control with its state, its calculation and the lists that its tests judge", 200, operation.ByID(s.app.Control))
	operation.Add(api, http.MethodPatch, route.Control, "edit-control",
		"Decide about a control: owner, whether it applies, tests, requirements, evidence", 200, s.editControl)
	operation.Add(api, http.MethodDelete, route.Control, "remove-control", "Remove a control of the company's own", 204, s.removeControl)
	operation.Add(api, http.MethodGet, route.Frameworks, "list-frameworks",
		"Every framework with how many of its requirements are in which state", 200, s.frameworks)
	operation.Add(api, http.MethodGet, route.Framework, "get-framework", "One framework with its requirements and their controls", 200,
		operation.ByID(s.app.Framework))
	operation.AddUpload(api, route.FrameworkText, "import-framework-text",
		"Import the text of a framework from a catalogue in OSCAL or a table, which is the body; or preview it", 200, s.importText)
	operation.Add(api, http.MethodDelete, route.FrameworkText, "remove-framework-text",
		"Remove the text that was imported; a framework that the product does not bring goes with it", 204, operation.Removes(s.app.RemoveText))
	operation.Add(api, http.MethodGet, route.ImpactOnControls, "get-impact-on-controls",
		"What would no longer be proven if the connection could not be read", 200, operation.ByRef(s.app.ImpactOnControls))
}

// ControlsInput says which controls are wanted.
type ControlsInput struct {
	State     []assurance.State `query:"state" doc:"Only controls in one of these states" enum:"not_applicable,failing,stale,unproven,needs_evidence,passing"`
	Framework string            `query:"framework" doc:"Only controls that meet a requirement of this framework"`
	Owner     string            `query:"owner" doc:"Only controls of this owner; none = of no owner"`
}

// wants reports whether a control is wanted.
func (in *ControlsInput) wants(c assurance.Control) bool {
	owner := c.Owner
	if owner == "" {
		owner = "none"
	}
	return (len(in.State) == 0 || slices.Contains(in.State, c.State)) && (in.Owner == "" || in.Owner == owner) &&
		(in.Framework == "" || slices.ContainsFunc(c.Requirements, func(r assurance.RequirementRef) bool { return r.Framework == in.Framework }))
}

func (s *server) controls(ctx context.Context, in *ControlsInput) (*operation.Output[operation.Items[assurance.Control]], error) {
	all, err := s.app.Controls(ctx)
	return operation.List(slices.DeleteFunc(all, func(c assurance.Control) bool { return !in.wants(c) }), "", err)
}

// ControlInput is what edit-control takes.
type ControlInput struct {
	operation.IDParam
	operation.MatchParam
	Body assurance.ControlEdit
}

func (s *server) editControl(ctx context.Context, in *ControlInput) (*operation.Output[assurance.Control], error) {
	revision, err := in.Revision()
	if err != nil {
		return nil, err
	}
	return operation.One(s.app.EditControl(ctx, in.ID, revision, in.Body))
}

// RemovalInput names what is removed, and the revision that was seen.
type RemovalInput struct {
	operation.IDParam
	operation.MatchParam
}

func (s *server) removeControl(ctx context.Context, in *RemovalInput) (*struct{}, error) {
	revision, err := in.Revision()
	if err != nil {
		return nil, err
	}
	if err := s.app.RemoveControl(ctx, in.ID, revision); err != nil {
		return nil, operation.Error(err)
	}
	return nil, nil
}

func (s *server) frameworks(ctx context.Context, _ *operation.None) (*operation.Output[operation.Items[assurance.Framework]], error) {
	all, err := s.app.Frameworks(ctx)
	return operation.List(all, "", err)
}

// TextInput is what import-framework-text takes beside the file.
type TextInput struct {
	operation.IDParam
	Name    string `query:"name" required:"true" doc:"Of the file: it ends in .json for a catalogue in OSCAL, or in .csv for a table id,title,text"`
	Title   string `query:"title" doc:"Of a framework that the product does not bring; absent = as the catalogue says"`
	Preview bool   `query:"preview" doc:"Say what would be stored, and store nothing"`
	operation.Upload
}

func (s *server) importText(ctx context.Context, in *TextInput) (*operation.Output[assurance.TextImport], error) {
	request := assure.TextRequest{Framework: in.ID, Name: in.Name, Title: in.Title, Preview: in.Preview}
	return operation.One(s.app.ImportText(ctx, request, in.Reader()))
}
