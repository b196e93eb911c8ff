package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

// registerConnectionLists lists the operations on lists of connections.
func (s *Server) registerConnectionLists() {
	operation.Add(s.api, http.MethodGet, route.Connections, "list-connections", "A page of connections with their health", 200, s.connections)
}

// ConnectionsParams say which connections are wanted, and in which order. A parameter of
// several values selects what has one of them.
type ConnectionsParams struct {
	Health       []string `query:"health,explode" enum:"healthy,unhealthy,unknown,paused" doc:"paused: the paused ones, which are none of the others"`
	Reason       []string `query:"reason,explode" enum:"on_time,late,degraded,failing,action_required,paused,draft,disconnected"`
	Category     []string `query:"category,explode"`
	Owner        []string `query:"owner,explode" doc:"none: those without an owner"`
	Connector    string   `query:"connector"`
	Disconnected bool     `query:"disconnected" doc:"The disconnected connections, whose history is kept, instead of the others"`
	Needs        string   `query:"needs" enum:"you" doc:"you: those that a person has to act on"`
	Query        string   `query:"q" doc:"Words of the alias, connector or owner, and terms such as status:unhealthy, reason:late, category:identity, owner:anna, connector:okta and needs:you; a dash before one means without it"`
	Order        string   `query:"order" enum:"newest,urgent,-urgent,alias,-alias,connector,-connector,category,-category,owner,-owner,last_success,-last_success,next_run,-next_run,records,-records" default:"newest" doc:"newest: last added first; urgent: what needs a person first, then by alias; a column, with a dash for the other way round"`
	Group        string   `query:"group" enum:"health,reason,category,owner" doc:"Keep connections together that have this in common"`
	Facets       bool     `query:"facets" doc:"Count the values of health, reason, category and owner"`
	Limit        int      `query:"limit" minimum:"1" maximum:"1000" default:"50"`
	Cursor       string   `query:"cursor" doc:"next_cursor or previous_cursor of another page"`
}

func (s *Server) connections(ctx context.Context, in *ConnectionsParams) (*operation.Output[connections.ConnectionPage], error) {
	return operation.One(s.app.ListConnections(ctx, connections.ConnectionQuery{
		Filter: connections.Filter{
			Health: named[host.Health](in.Health), Reason: named[host.Reason](in.Reason), Category: named[host.Category](in.Category),
			Owner: in.Owner, Connector: in.Connector, Disconnected: in.Disconnected, NeedsYou: in.Needs == "you", Query: in.Query,
		},
		Order: in.Order, Group: in.Group, Facets: in.Facets, Limit: in.Limit, Cursor: in.Cursor,
	}))
}

// named returns words as a noun's own type.
func named[T ~string](words []string) []T {
	list := make([]T, len(words))
	for i, word := range words {
		list[i] = T(word)
	}
	return list
}
