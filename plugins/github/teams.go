package main

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/plugins/github/internal/api"
	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// membersShown is the number of members above which the record of a team has only their number.
const membersShown = 5000

// team is one team with its members, those of the teams below it included.
type team struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`

	raw     json.RawMessage
	members []user
	failed  error // why the members are not known
}

// readTeams sends the teams of the organization.
func readTeams(ctx context.Context, g *github, out *sdk.Output) error {
	teams, err := g.allTeams(ctx, out)
	if err != nil {
		return err
	}
	for _, t := range teams {
		if t.failed != nil {
			out.Gap("members of team "+t.Slug, t.failed)
		}
		if err := out.PutOrGap(keyOf(t.ID), t.account()); err != nil {
			return err
		}
	}
	return nil
}

// allTeams reads the teams at its first call.
func (g *github) allTeams(ctx context.Context, out *sdk.Output) ([]team, error) {
	g.reading.Lock()
	defer g.reading.Unlock()
	if g.teams != nil {
		return g.teams, nil
	}
	teams, err := g.listTeams(ctx, out)
	if err != nil {
		return nil, err
	}
	g.teams = teams
	return teams, nil
}

// listTeams reads all teams and the members of each.
func (g *github) listTeams(ctx context.Context, out *sdk.Output) ([]team, error) {
	rows, err := g.all(ctx, out, list{name: "teams", path: g.orgPath("/teams"), permissions: []string{permMembers}})
	if err != nil {
		return nil, err
	}
	teams := make([]team, 0, len(rows))
	for _, raw := range rows {
		t := team{raw: raw}
		if err := json.Unmarshal(raw, &t); err != nil || t.ID == 0 || t.Slug == "" {
			return nil, sdk.Errorf(sdk.CodeSchemaKeyMissing, "GitHub lists a team without an id or a slug")
		}
		teams = append(teams, t)
	}
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.SetLimit(workers)
	for i := range teams {
		tasks.Go(func() error {
			teams[i].members, teams[i].failed = g.membersOf(ctx, out, teams[i])
			if err := teams[i].failed; err != nil && api.Fatal(err) {
				return err
			}
			return nil
		})
	}
	return teams, tasks.Wait()
}

func (g *github) membersOf(ctx context.Context, out *sdk.Output, t team) ([]user, error) {
	var incomplete error
	members, err := g.listUsers(ctx, out, list{
		name: "members of team " + t.Slug, path: g.orgPath("/teams/" + url.PathEscape(t.Slug) + "/members"), permissions: []string{permMembers},
	}, func(_ string, err error) { incomplete = err })
	if err != nil {
		return nil, err
	}
	return members, incomplete
}

// groupsOf returns the names of the teams of each person. It fails when the members of one team are not known.
func (g *github) groupsOf(ctx context.Context, out *sdk.Output) (map[string][]string, error) {
	teams, err := g.allTeams(ctx, out)
	if err != nil {
		return nil, err
	}
	groups := map[string][]string{}
	for _, t := range teams {
		if t.failed != nil {
			return nil, t.failed
		}
		for _, u := range t.members {
			groups[keyOf(u.ID)] = append(groups[keyOf(u.ID)], t.Name)
		}
	}
	return groups, nil
}

// account returns the record of a team.
func (t team) account() kind.Account {
	vendor := field.Pick(t.raw, "id", "node_id", "name", "slug", "description", "privacy", "notification_setting", "permission")
	var above struct {
		Parent *struct {
			Slug string `json:"slug"`
		} `json:"parent"`
	}
	if json.Unmarshal(t.raw, &above) == nil && above.Parent != nil {
		vendor["parent"] = above.Parent.Slug
	}
	if t.failed == nil {
		vendor["members_count"] = len(t.members)
		if len(t.members) <= membersShown {
			logins := make([]string, len(t.members))
			for i, u := range t.members {
				logins[i] = u.Login
			}
			slices.Sort(logins)
			vendor["members"] = logins
		}
	}
	return kind.Account{
		ExternalID: keyOf(t.ID), Username: t.Slug, Name: t.Name, Type: "group", Status: "active", Vendor: field.Encode(vendor),
	}
}
