package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// registerSummaries lists the operations on the AI Summary.
func (s *Server) registerSummaries() {
	operation.Add(s.api, http.MethodGet, route.SummarySettings, "get-summary-settings",
		"Which model the AI Summary asks, if any", 200, s.summarySettings)
	operation.Add(s.api, http.MethodPut, route.SummarySettings, "set-summary-settings",
		"Set which model the AI Summary asks; the key is stored sealed and shown never", 200, operation.ByBody(s.app.ConfigureSummary))
	operation.Add(s.api, http.MethodDelete, route.SummarySettings, "remove-summary-settings",
		"Turn the AI Summary off and delete its key", 204, s.turnOffSummary)
	operation.Add(s.api, http.MethodPost, route.SummaryTest, "test-summary-settings",
		"Ask the model of some settings for one word, and store nothing", 200, s.testSummary)
	operation.Add(s.api, http.MethodGet, route.ConnectionSummary, "get-summary",
		"Where the AI Summary of a connection stands; waits for news", 200, s.summary)
	operation.Add(s.api, http.MethodPost, route.ConnectionSummary, "generate-summary",
		"Begin to ask the model about the latest run of an unhealthy connection", 202, operation.ByRef(s.app.GenerateSummary))
	operation.Add(s.api, http.MethodGet, route.SummaryPreview, "preview-summary",
		"Exactly what generate-summary would send", 200, operation.ByRef(s.app.PreviewSummary))
	operation.Add(s.api, http.MethodPost, route.SummaryCancel, "cancel-summary",
		"Stop asking the model", 200, operation.ByRef(s.app.CancelSummary))
	operation.Add(s.api, http.MethodPut, route.SummaryVerdict, "rate-summary",
		"Keep what a person thinks of a summary; an empty verdict takes it back", 200, s.rateSummary)
	huma.Register(s.api, huma.Operation{
		OperationID: "export-summary-feedback", Method: http.MethodGet, Path: route.Prefix + route.SummaryFeedback,
		Summary: "Every verdict on a summary with what it was about, as JSON Lines, the oldest first",
		Responses: map[string]*huma.Response{
			"200": {Description: "One verdict on each line", Content: map[string]*huma.MediaType{
				typeJSONL: {Schema: &huma.Schema{Type: "string", Format: "binary"}},
			}},
			"default": operation.Refused(s.api),
		},
	}, s.summaryFeedback)
}

func (s *Server) summarySettings(context.Context, *operation.None) (*operation.Output[aisummary.Configuration], error) {
	return operation.One(s.app.SummaryConfiguration())
}

func (s *Server) turnOffSummary(ctx context.Context, _ *operation.None) (*struct{}, error) {
	if err := s.app.TurnOffSummary(ctx); err != nil {
		return nil, operation.Error(err)
	}
	return nil, nil
}

// TestSummaryInput is what test-summary-settings takes.
type TestSummaryInput struct {
	Body *aisummary.Edit `required:"false" doc:"Absent: those that are stored"`
}

func (s *Server) testSummary(ctx context.Context, in *TestSummaryInput) (*operation.Output[aisummary.Tested], error) {
	return operation.One(s.app.TestSummary(ctx, in.Body))
}

// SummaryInput is what get-summary takes.
type SummaryInput struct {
	operation.RefParam
	operation.WaitParam
	After uint64 `query:"after" doc:"Version already known; 0 answers at once"`
}

func (s *Server) summary(ctx context.Context, in *SummaryInput) (*operation.Output[aisummary.Card], error) {
	ctx, cancel, err := in.Context(ctx)
	if err != nil {
		return nil, operation.Error(err)
	}
	defer cancel()
	return operation.One(s.app.Summary(ctx, in.Ref, in.After))
}

// RateSummaryInput is what rate-summary takes.
type RateSummaryInput struct {
	operation.RefParam
	Body struct {
		Verdict aisummary.Verdict `json:"verdict" doc:"up or down; empty takes it back"`
		Reason  string            `json:"reason,omitempty" doc:"At most 500 characters"`
	}
}

func (s *Server) rateSummary(ctx context.Context, in *RateSummaryInput) (*operation.Output[aisummary.Card], error) {
	return operation.One(s.app.RateSummary(ctx, in.Ref, in.Body.Verdict, in.Body.Reason))
}

func (s *Server) summaryFeedback(context.Context, *operation.None) (*huma.StreamResponse, error) {
	all, err := s.app.SummaryFeedback()
	if err != nil {
		return nil, operation.Error(err)
	}
	var lines bytes.Buffer
	e := json.NewEncoder(&lines)
	for _, one := range all {
		if err := e.Encode(one); err != nil {
			return nil, operation.Error(fmt.Errorf("encode feedback: %w", err))
		}
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", typeJSONL)
		ctx.SetHeader("Content-Disposition", `attachment; filename="plumbline-summary-feedback.jsonl"`)
		ctx.SetHeader("Cache-Control", "no-store")
		if _, err := ctx.BodyWriter().Write(lines.Bytes()); err != nil {
			s.app.Logger().Debug("send feedback", "err", err)
		}
	}}, nil
}
