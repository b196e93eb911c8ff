package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/github/internal/api"
	"github.com/plumbline-dev/plumbline/sdk"
)

// node is one item of an answer of GraphQL, and the fields of it that GitHub refused.
type node struct {
	raw    json.RawMessage // null when GitHub shows nothing of the item
	failed map[string]bool
}

// fault is one error in an answer of GraphQL. Path leads to the refused field: ["nodes", 3, "commits", …].
type fault struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Path    []any  `json:"path"`
}

// nodes asks GraphQL for fields of many items at once, by the ids that the REST API calls node_id. It saves a request
// for each item. The caller reads the items over the REST API when usable says so of the error.
func (g *github) nodes(ctx context.Context, query string, ids []string, variables map[string]any) ([]node, error) {
	g.mu.Lock()
	none := g.noGraphQL
	g.mu.Unlock()
	if none {
		return nil, sdk.Errorf(sdk.CodeNotFoundEndpoint, "this server has no GraphQL endpoint")
	}
	all := map[string]any{"ids": ids}
	for name, value := range variables {
		all[name] = value
	}
	body, err := json.Marshal(map[string]any{"query": query, "variables": all})
	if err != nil {
		return nil, sdk.Errorf(sdk.CodeInternalBug, "encode query: %w", err)
	}
	answer, err := g.graphql.Ask(ctx, sdk.Ask{
		Method: http.MethodPost, Path: g.query, Reads: true, Body: body, ContentType: "application/json", JSON: true, Judge: judgeGraphQL,
	})
	if err != nil {
		switch sdk.AsError(err).UpstreamStatus {
		case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusNotImplemented:
			g.mu.Lock()
			g.noGraphQL = true
			g.mu.Unlock()
		}
		return nil, err
	}
	return nodesOf(answer.Body, len(ids))
}

// nodesOf reads the items of an answer.
func nodesOf(body []byte, wanted int) ([]node, error) {
	var r struct {
		Data struct {
			Nodes []json.RawMessage `json:"nodes"`
		} `json:"data"`
		Errors []fault `json:"errors"`
	}
	if err := json.Unmarshal(body, &r); err != nil || len(r.Data.Nodes) != wanted {
		return nil, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of GitHub's GraphQL has %d items, want %d", len(r.Data.Nodes), wanted)
	}
	all := make([]node, wanted)
	for i, raw := range r.Data.Nodes {
		all[i] = node{raw: raw, failed: map[string]bool{}}
	}
	for _, e := range r.Errors {
		if len(e.Path) < 2 {
			continue
		}
		at, ok := e.Path[1].(float64)
		if !ok || at < 0 || int(at) >= wanted {
			continue
		}
		if len(e.Path) == 2 {
			all[int(at)].raw = nil
			continue
		}
		if field, ok := e.Path[2].(string); ok {
			all[int(at)].failed[field] = true
		}
	}
	return all, nil
}

// outcome is an answer of GraphQL, as far as it tells success from failure.
type outcome struct {
	Data   json.RawMessage `json:"data"`
	Errors []fault         `json:"errors"`
}

// outcomeOf reads an answer. nodesOf reports one that is not the documented one.
func outcomeOf(body []byte) outcome {
	var r outcome
	_ = json.Unmarshal(body, &r)
	return r
}

// judgeGraphQL finds the failures that GraphQL answers with status 200 and without data.
func judgeGraphQL(answer *sdk.Response, err error) error {
	if err != nil || answer == nil {
		return api.Judge(nil)(answer, err)
	}
	r := outcomeOf(answer.Body)
	if len(r.Errors) == 0 {
		return nil
	}
	first := r.Errors[0]
	switch {
	case first.Type == "RATE_LIMITED" || strings.Contains(strings.ToLower(first.Message), "rate limit"):
		return api.Limited(answer, first.Message)
	case len(r.Data) == 0 || string(r.Data) == "null":
		return sdk.Errorf(sdk.CodePermissionMissing, "GitHub's GraphQL says: %s", first.Message)
	}
	return nil
}

// usable reports whether the REST API may have what GraphQL refused.
func usable(err error) bool {
	switch sdk.AsError(err).Code {
	case sdk.CodePermissionMissing, sdk.CodePermissionLicence, sdk.CodeNotFoundEndpoint, sdk.CodeUpstreamInvalidResponse, sdk.CodeUpstream5xx:
		return true
	}
	return false
}
