package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

// registerDisconnect lists the operations that end a connection, take it up again and say
// what depends on it.
func (s *Server) registerDisconnect() {
	operation.Add(s.api, http.MethodGet, route.Impact, "get-impact",
		"What depends on a connection, and whose credential it uses", 200, operation.ByRef(s.app.Impact))
	operation.Add(s.api, http.MethodDelete, route.Connection, "disconnect-connection",
		"Disconnect a connection: its secrets are deleted and its history is kept, unless history=delete", 204, s.disconnect)
	operation.Add(s.api, http.MethodPost, route.Reconnect, "reconnect-connection",
		"Take up a disconnected connection again, with new secrets; its id, history and links stay", 200, s.reconnect)
}

// The values of HistoryParam.
const (
	HistoryKeep   = "keep"
	HistoryDelete = "delete"
)

// HistoryParam says what becomes of what was read.
type HistoryParam struct {
	History string `query:"history" enum:"keep,delete" default:"keep" doc:"keep: it is disconnected, and its records, runs and settings are kept; delete: everything of it is deleted for good"`
}

// DisconnectInput is what disconnect-connection takes.
type DisconnectInput struct {
	operation.RefParam
	HistoryParam
}

func (s *Server) disconnect(ctx context.Context, in *DisconnectInput) (*struct{}, error) {
	var err error
	if in.History == HistoryDelete {
		err = s.app.RemoveConnection(ctx, in.Ref)
	} else {
		_, err = s.app.Disconnect(ctx, in.Ref)
	}
	if err != nil {
		return nil, operation.Error(err)
	}
	return nil, nil
}

// ReconnectInput is what reconnect-connection takes.
type ReconnectInput struct {
	operation.RefParam
	Body connections.Reconnection
}

func (s *Server) reconnect(ctx context.Context, in *ReconnectInput) (*operation.Output[host.ConnectionStatus], error) {
	return operation.One(s.app.Reconnect(ctx, in.Ref, in.Body))
}
