package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host/assistant"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
)

// registerAssistants lists the operations of assistants: the one that they use, and those on what each may read.
func (s *Server) registerAssistants() {
	operation.Add(s.api, http.MethodPost, route.AssistantCalls, "call-assistant-tool",
		"Answer one question of an assistant; it changes nothing, and the audit log has each call", 200, operation.ByBody(s.desk.Call))
	operation.Add(s.api, http.MethodGet, route.Assistants, "list-assistants",
		"The clients that have asked or were set up, what each may read, and when it asked last", 200, s.assistants)
	operation.Add(s.api, http.MethodPut, route.Assistant, "set-assistant", "Set what a client may read", 200, s.setAssistant)
	operation.Add(s.api, http.MethodDelete, route.Assistant, "remove-assistant",
		"Take back what was set for a client: it may read what any client may", 204, s.removeAssistant)
}

func (s *Server) assistants(context.Context, *operation.None) (*operation.Output[operation.Items[assistant.Client]], error) {
	clients, err := s.app.Assistants()
	return operation.List(clients, "", err)
}

// ClientParam names a client.
type ClientParam struct {
	Client string `path:"client" doc:"Name of the client"`
}

// SetAssistantInput is what set-assistant takes.
type SetAssistantInput struct {
	ClientParam
	Body assistant.Reading
}

func (s *Server) setAssistant(ctx context.Context, in *SetAssistantInput) (*operation.Output[assistant.Policy], error) {
	return operation.One(s.app.SetAssistant(ctx, assistant.Policy{Client: in.Client, Reading: in.Body}))
}

func (s *Server) removeAssistant(ctx context.Context, in *ClientParam) (*struct{}, error) {
	if err := s.app.RemoveAssistant(ctx, in.Client); err != nil {
		return nil, operation.Error(err)
	}
	return nil, nil
}
