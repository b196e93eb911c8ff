package api

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
)

// Feed is a page of the changes of all connections.
type Feed struct {
	Items []host.FeedChange `json:"items"`
	Next  string            `json:"next" doc:"Send as after next time, also when there are no items; empty while there never was a change"`
	Demo  bool              `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
}

// FeedParams say which changes are wanted.
type FeedParams struct {
	operation.WaitParam
	After string `query:"after" doc:"Position to go on from: next of a page, or a change's; empty for the beginning, latest for the end"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

func (s *Server) feed(ctx context.Context, in *FeedParams) (*operation.Output[Feed], error) {
	ctx, cancel, err := in.Context(ctx)
	if err != nil {
		return nil, operation.Error(err)
	}
	defer cancel()
	items, next, err := s.app.Feed(ctx, in.After, in.Limit)
	if items == nil {
		items = []host.FeedChange{}
	}
	return operation.One(Feed{Items: items, Next: next}, err)
}
