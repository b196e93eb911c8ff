package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// registerSummaries lists the operations on the AI Summary.
func (s *Server) registerSummaries() {
	operation(s, http.MethodGet, route.SummarySettings, "get-summary-settings",
		"Which model the AI Summary asks, if any", 200, s.summarySettings)
	operation(s, http.MethodPut, route.SummarySettings, "set-summary-settings",
		"Set which model the AI Summary asks; the key is stored sealed and shown never", 200, byBody(s.app.ConfigureSummary))
	operation(s, http.MethodDelete, route.SummarySettings, "remove-summary-settings",
		"Turn the AI Summary off and delete its key", 204, s.turnOffSummary)
	operation(s, http.MethodPost, route.SummaryTest, "test-summary-settings",
		"Ask the model of some settings for one word, and store nothing", 200, s.testSummary)
	operation(s, http.MethodGet, route.ConnectionSummary, "get-summary",
		"Where the AI Summary of a connection stands; waits for news", 200, s.summary)
	operation(s, http.MethodPost, route.ConnectionSummary, "generate-summary",
		"Begin to ask the model about the latest run of an unhealthy connection", 202, byRef(s.app.GenerateSummary))
	operation(s, http.MethodGet, route.SummaryPreview, "preview-summary",
		"Exactly what generate-summary would send", 200, byRef(s.app.PreviewSummary))
	operation(s, http.MethodPost, route.SummaryCancel, "cancel-summary", "Stop asking the model", 200, byRef(s.app.CancelSummary))
	operation(s, http.MethodPut, route.SummaryVerdict, "rate-summary",
		"Keep what a person thinks of a summary; an empty verdict takes it back", 200, s.rateSummary)
	huma.Register(s.api, huma.Operation{
		OperationID: "export-summary-feedback", Method: http.MethodGet, Path: route.Prefix + route.SummaryFeedback,
		Summary: "Every verdict on a summary with what it was about, as JSON Lines, the oldest first",
		Responses: map[string]*huma.Response{
			"200": {Description: "One verdict on each line", Content: map[string]*huma.MediaType{
				typeJSONL: {Schema: &huma.Schema{Type: "string", Format: "binary"}},
			}},
			"default": s.refused(),
		},
	}, s.summaryFeedback)
}

func (s *Server) summarySettings(context.Context, *none) (*output[aisummary.Configuration], error) {
	return one(s.app.SummaryConfiguration())
}

func (s *Server) turnOffSummary(ctx context.Context, _ *none) (*struct{}, error) {
	if err := s.app.TurnOffSummary(ctx); err != nil {
		return nil, asError(err)
	}
	return nil, nil
}

// TestSummaryInput is what test-summary-settings takes.
type TestSummaryInput struct {
	Body *aisummary.Edit `required:"false" doc:"Absent: those that are stored"`
}

func (s *Server) testSummary(ctx context.Context, in *TestSummaryInput) (*output[aisummary.Tested], error) {
	return one(s.app.TestSummary(ctx, in.Body))
}

// SummaryInput is what get-summary takes.
type SummaryInput struct {
	RefParam
	WaitParam
	After uint64 `query:"after" doc:"Version already known; 0 answers at once"`
}

func (s *Server) summary(ctx context.Context, in *SummaryInput) (*output[aisummary.Card], error) {
	ctx, cancel, err := in.context(ctx)
	if err != nil {
		return nil, asError(err)
	}
	defer cancel()
	return one(s.app.Summary(ctx, in.Ref, in.After))
}

// RateSummaryInput is what rate-summary takes.
type RateSummaryInput struct {
	RefParam
	Body struct {
		Verdict aisummary.Verdict `json:"verdict" doc:"up or down; empty takes it back"`
		Reason  string            `json:"reason,omitempty" doc:"At most 500 characters"`
	}
}

func (s *Server) rateSummary(ctx context.Context, in *RateSummaryInput) (*output[aisummary.Card], error) {
	return one(s.app.RateSummary(ctx, in.Ref, in.Body.Verdict, in.Body.Reason))
}

func (s *Server) summaryFeedback(context.Context, *none) (*huma.StreamResponse, error) {
	all, err := s.app.SummaryFeedback()
	if err != nil {
		return nil, asError(err)
	}
	var lines bytes.Buffer
	e := json.NewEncoder(&lines)
	for _, one := range all {
		if err := e.Encode(one); err != nil {
			return nil, asError(fmt.Errorf("encode feedback: %w", err))
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
