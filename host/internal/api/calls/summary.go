package calls

import (
	"context"
	"io"
	"net/http"

	"github.com/plumbline-dev/plumbline/host/aisummary"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// SummaryConfiguration returns what the AI Summary is set to.
func (c *Client) SummaryConfiguration(ctx context.Context) (aisummary.Configuration, error) {
	return call[aisummary.Configuration](ctx, c, http.MethodGet, route.SummarySettings, struct{}{})
}

// ConfigureSummary stores which model is asked.
func (c *Client) ConfigureSummary(ctx context.Context, edit aisummary.Edit) (aisummary.Configuration, error) {
	return call[aisummary.Configuration](ctx, c, http.MethodPut, route.SummarySettings, operation.Body[aisummary.Edit]{Body: edit})
}

// TurnOffSummary deletes the settings of the AI Summary and its key.
func (c *Client) TurnOffSummary(ctx context.Context) error {
	return remove(ctx, c, route.SummarySettings, struct{}{})
}

// TestSummary asks the model of some settings for one word; nil = those that are stored.
func (c *Client) TestSummary(ctx context.Context, edit *aisummary.Edit) (aisummary.Tested, error) {
	if edit == nil {
		return call[aisummary.Tested](ctx, c, http.MethodPost, route.SummaryTest, struct{}{})
	}
	return call[aisummary.Tested](ctx, c, http.MethodPost, route.SummaryTest, api.TestSummaryInput{Body: edit})
}

// Summary returns where the summary of a connection stands, once it is past a version.
func (c *Client) Summary(ctx context.Context, ref string, after uint64, wait operation.WaitParam) (aisummary.Card, error) {
	in := api.SummaryInput{RefParam: operation.RefParam{Ref: ref}, WaitParam: wait, After: after}
	return call[aisummary.Card](ctx, c, http.MethodGet, route.ConnectionSummary, in)
}

// PreviewSummary returns exactly what would be sent.
func (c *Client) PreviewSummary(ctx context.Context, ref string) (aisummary.Preview, error) {
	return call[aisummary.Preview](ctx, c, http.MethodGet, route.SummaryPreview, operation.RefParam{Ref: ref})
}

// GenerateSummary begins to ask the model about a connection.
func (c *Client) GenerateSummary(ctx context.Context, ref string) (aisummary.Card, error) {
	return call[aisummary.Card](ctx, c, http.MethodPost, route.ConnectionSummary, operation.RefParam{Ref: ref})
}

// CancelSummary stops asking the model about a connection.
func (c *Client) CancelSummary(ctx context.Context, ref string) (aisummary.Card, error) {
	return call[aisummary.Card](ctx, c, http.MethodPost, route.SummaryCancel, operation.RefParam{Ref: ref})
}

// RateSummary keeps what a person thinks of the summary of a connection.
func (c *Client) RateSummary(ctx context.Context, ref string, verdict aisummary.Verdict, reason string) (aisummary.Card, error) {
	in := api.RateSummaryInput{RefParam: operation.RefParam{Ref: ref}}
	in.Body.Verdict, in.Body.Reason = verdict, reason
	return call[aisummary.Card](ctx, c, http.MethodPut, route.SummaryVerdict, in)
}

// SummaryFeedback writes every verdict to w, one JSON document on each line.
func (c *Client) SummaryFeedback(ctx context.Context, w io.Writer) error {
	return c.copy(ctx, route.SummaryFeedback, struct{}{}, w)
}
