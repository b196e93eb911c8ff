package calls

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/proof"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// TestSetting returns what is chosen for a test.
func (c *Client) TestSetting(ctx context.Context, test string) (verdict.Setting, error) {
	return call[verdict.Setting](ctx, c, http.MethodGet, route.TestSetting, operation.IDParam{ID: test})
}

// SetTest replaces what is chosen for a test; ifMatch is the revision that it is based on, empty for any.
func (c *Client) SetTest(ctx context.Context, test, ifMatch string, choice verdict.Choice) (verdict.Setting, error) {
	return call[verdict.Setting](ctx, c, http.MethodPut, route.TestSetting,
		proof.SettingInput{IDParam: operation.IDParam{ID: test}, MatchParam: proof.MatchParam{IfMatch: ifMatch}, Body: choice})
}

// Exclude takes an item out of a test.
func (c *Client) Exclude(ctx context.Context, test string, n verdict.NewExclusion) (verdict.ItemExclusion, error) {
	return call[verdict.ItemExclusion](ctx, c, http.MethodPost, route.TestExclusions,
		proof.ExcludeInput{IDParam: operation.IDParam{ID: test}, Body: n})
}

// TestExclusions returns the items that were taken out of a test.
func (c *Client) TestExclusions(ctx context.Context, test string, states ...verdict.ExclusionState) ([]verdict.ItemExclusion, error) {
	return items[verdict.ItemExclusion](ctx, c, route.TestExclusions,
		proof.TestExclusionsInput{IDParam: operation.IDParam{ID: test}, ExclusionStates: proof.ExclusionStates{State: states}})
}

// Exclusions returns the items that were taken out of tests.
func (c *Client) Exclusions(ctx context.Context, p proof.ExclusionsInput) ([]verdict.ItemExclusion, error) {
	return items[verdict.ItemExclusion](ctx, c, route.Exclusions, p)
}

// WithdrawExclusion has an item judged again; ifMatch is the revision that it is based on, empty for any.
func (c *Client) WithdrawExclusion(ctx context.Context, id, ifMatch, reason string) (verdict.ItemExclusion, error) {
	return call[verdict.ItemExclusion](ctx, c, http.MethodPost, route.ExclusionWithdrawn, proof.WithdrawInput{
		IDParam: operation.IDParam{ID: id}, MatchParam: proof.MatchParam{IfMatch: ifMatch}, Body: proof.Reasoned{Reason: reason},
	})
}
