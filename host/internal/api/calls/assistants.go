package calls

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host/assistant"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// CallAssistantTool asks a question for an assistant.
func (c *Client) CallAssistantTool(ctx context.Context, r assistant.Question) (assistant.Answer, error) {
	return call[assistant.Answer](ctx, c, http.MethodPost, route.AssistantCalls, operation.Body[assistant.Question]{Body: r})
}

// Assistants returns the clients that have asked or were set up.
func (c *Client) Assistants(ctx context.Context) ([]assistant.Client, error) {
	return items[assistant.Client](ctx, c, route.Assistants, struct{}{})
}

// SetAssistant sets what a client may read.
func (c *Client) SetAssistant(ctx context.Context, p assistant.Policy) (assistant.Policy, error) {
	in := api.SetAssistantInput{ClientParam: api.ClientParam{Client: p.Client}, Body: p.Reading}
	return call[assistant.Policy](ctx, c, http.MethodPut, route.Assistant, in)
}

// RemoveAssistant takes back what was set for a client.
func (c *Client) RemoveAssistant(ctx context.Context, client string) error {
	return remove(ctx, c, route.Assistant, api.ClientParam{Client: client})
}
