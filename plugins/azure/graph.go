package main

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/plumbline-dev/plumbline/sdk"
)

// directoryIDs is how many ids Microsoft Graph takes in one request.
const directoryIDs = 1000

// principal is a user, group or application in Microsoft Entra.
type principal struct {
	ID                text  `json:"id"`
	DisplayName       text  `json:"displayName"`
	UserPrincipalName text  `json:"userPrincipalName"`
	Mail              text  `json:"mail"`
	Enabled           *bool `json:"accountEnabled"`
}

// directory returns the principals that Microsoft Graph tells, by id. Without the optional permission it returns none.
// Another failure is a gap.
func (a *azure) directory(ctx context.Context, s *sdk.Session, out *sdk.Output, of map[string][]assignment) (map[string]principal, error) {
	known := map[string]principal{}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(of)), directoryIDs) {
		some, err := a.principals(ctx, ids)
		if err != nil {
			e := sdk.AsError(err)
			if e.Code == sdk.CodePermissionMissing {
				s.Log().Warn("The names of users, groups and applications stay unknown: "+e.Message, "permission", readDirectory)
				return known, nil
			}
			if _, err := settle(out, "names of users, groups and applications", err); err != nil {
				return nil, err
			}
			continue
		}
		for _, p := range some {
			known[lower(p.ID)] = p
		}
	}
	return known, nil
}

// principals asks for some ids. Graph leaves out those that it does not know. The request is a POST because of the
// number of ids, and changes nothing.
func (a *azure) principals(ctx context.Context, ids []string) ([]principal, error) {
	body, err := json.Marshal(map[string][]string{"ids": ids, "types": {"user", "group", "servicePrincipal"}})
	if err != nil {
		return nil, sdk.Errorf(sdk.CodeInternalBug, "encode ids: %w", err)
	}
	answer, err := a.graph.Ask(ctx, sdk.Ask{
		Method: http.MethodPost, Path: "/v1.0/directoryObjects/getByIds", Reads: true, JSON: true, Body: body, ContentType: "application/json",
	})
	if err != nil {
		return nil, err
	}
	var page struct {
		Value []principal `json:"value"`
	}
	if err := json.Unmarshal(answer.Body, &page); err != nil || page.Value == nil {
		return nil, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the answer of Microsoft Graph holds no list in \"value\"")
	}
	return page.Value, nil
}
