package main

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/plugins/github/internal/api"
	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// user is one row of a list of people.
type user struct {
	ID     int64  `json:"id"`
	NodeID string `json:"node_id"`
	Login  string `json:"login"`
	Type   string `json:"type"`

	raw json.RawMessage
}

// userOf reads a row, an empty user for one of another kind.
func userOf(raw json.RawMessage) user {
	u := user{raw: raw}
	if json.Unmarshal(raw, &u) != nil {
		return user{}
	}
	return u
}

// profile is what GitHub tells of a person beyond the lists.
type profile struct {
	Name      string   `json:"name"`
	Email     string   `json:"email"`
	CreatedAt string   `json:"createdAt"`
	Verified  []string `json:"organizationVerifiedDomainEmails"` // addresses in the verified domains of the organization
}

// people are what several lists tell of the people in one of them.
type people struct {
	rows    []user
	second  map[string]kind.Tri // second factor by id
	owners  map[string]bool     // nil = not read
	groups  map[string][]string // names of teams by id; nil = not read
	details map[string]profile  // by id
}

// readMembers sends the members of the organization.
func readMembers(ctx context.Context, g *github, out *sdk.Output) error {
	if err := api.Partial(out, "members who conceal their membership", g.seesMembers(ctx)); err != nil {
		return err
	}
	p := people{}
	members := list{name: "members", path: g.orgPath("/members"), permissions: []string{permMembers}}
	var err error
	if p.rows, err = g.listUsers(ctx, out, members, out.Gap); err != nil {
		return err
	}
	p.owners, err = g.listOwners(ctx, out)
	if err := api.Partial(out, "roles of members", err); err != nil {
		return err
	}
	if err := g.complete(ctx, out, &p, members); err != nil {
		return err
	}
	p.groups, err = g.groupsOf(ctx, out)
	if err := api.Partial(out, "teams of members", err); err != nil {
		return err
	}
	for _, u := range p.rows {
		if err := out.PutOrGap(keyOf(u.ID), p.account(u, g.enterprise)); err != nil {
			return err
		}
	}
	return nil
}

// readCollaborators sends the people outside the organization who have access to its repositories.
func readCollaborators(ctx context.Context, g *github, out *sdk.Output) error {
	p := people{}
	outside := list{name: "outside collaborators", path: g.orgPath("/outside_collaborators"), permissions: []string{permMembers}}
	var err error
	if p.rows, err = g.listUsers(ctx, out, outside, out.Gap); err != nil {
		return err
	}
	if err := g.complete(ctx, out, &p, outside); err != nil {
		return err
	}
	for _, u := range p.rows {
		account := p.account(u, g.enterprise)
		account.Type, account.Roles, account.Admin = "external", nil, kind.Unknown
		if err := out.PutOrGap(account.ExternalID, account); err != nil {
			return err
		}
	}
	return nil
}

// seesMembers returns an error when GitHub shows only those members who made their membership public. It answers then as
// if there were no others: to a token of a person who is not a member, and to a credential without the permission.
func (g *github) seesMembers(ctx context.Context) error {
	if g.app != nil {
		if installed := g.app.Granted(); installed.Permissions != nil && !installed.Allows(permMembers) {
			return sdk.PermissionMissing([]string{permMembers}, "the GitHub App has no permission to read the members of the organization")
		}
		return nil
	}
	var membership struct {
		State string `json:"state"`
	}
	path := "/user/memberships/orgs/" + url.PathEscape(g.settings.Organization)
	_, err := g.get(ctx, path, nil, &membership, permMembers)
	switch {
	case err != nil && sdk.AsError(err).Code == sdk.CodeNotFoundEndpoint:
	case err != nil:
		return err
	case membership.State == "active":
		return nil
	}
	return sdk.PermissionMissing([]string{permMembers}, "the owner of the token is not a member of the organization, "+
		"so GitHub shows only the members who made their membership public").
		WithRemedy("Use a GitHub App that is installed on the organization, or a token of a member.")
}

// listUsers reads a list of people. A row without an id or a login is a gap.
func (g *github) listUsers(ctx context.Context, out *sdk.Output, l list, gap func(string, error)) ([]user, error) {
	var rows []user
	at := map[int64]int{}
	err := g.counted(ctx, out, l, gap, func(raw json.RawMessage) error {
		u := userOf(raw)
		if u.ID == 0 || u.Login == "" {
			gap("a row of "+l.name, sdk.Errorf(sdk.CodeSchemaKeyMissing, "GitHub lists a person without an id or a login"))
			return nil
		}
		if i, known := at[u.ID]; known {
			rows[i] = u
			return nil
		}
		at[u.ID] = len(rows)
		rows = append(rows, u)
		return nil
	})
	return rows, err
}

// listOwners returns the ids of the owners of the organization.
func (g *github) listOwners(ctx context.Context, out *sdk.Output) (map[string]bool, error) {
	l := list{name: "owners", path: g.orgPath("/members"), query: url.Values{"role": {"admin"}}, permissions: []string{permMembers}}
	rows, err := g.all(ctx, out, l)
	if err != nil {
		return nil, err
	}
	owners := map[string]bool{}
	for _, row := range rows {
		owners[idOf(row)] = true
	}
	return owners, nil
}

// complete adds the second factor and the profile of the people in a list.
func (g *github) complete(ctx context.Context, out *sdk.Output, p *people, l list) error {
	var err error
	p.second, err = g.secondFactors(ctx, out, p.rows, l)
	if err := api.Partial(out, "second factor of "+l.name, err); err != nil {
		return err
	}
	p.details, err = g.profiles(ctx, p.rows)
	return api.Partial(out, "names and addresses of "+l.name, err)
}

// secondFactors asks who has no second factor; all others in the list have one. GitHub answers this to owners only.
func (g *github) secondFactors(ctx context.Context, out *sdk.Output, rows []user, l list) (map[string]kind.Tri, error) {
	without := list{name: l.name + " without a second factor", path: l.path, query: url.Values{"filter": {"2fa_disabled"}},
		permissions: []string{permOwner}}
	listed, err := g.all(ctx, out, without)
	if err != nil {
		err = ownersOnly(err)
		if g.lacks("The second factor of "+l.name, err) {
			return nil, nil
		}
		return nil, err
	}
	all := map[string]kind.Tri{}
	for _, u := range rows {
		all[keyOf(u.ID)] = kind.Yes
	}
	for _, row := range listed {
		all[idOf(row)] = kind.No
	}
	return all, nil
}

// ownersOnly turns the 422 that GitHub documents for this filter into a missing permission.
func ownersOnly(err error) error {
	if e := sdk.AsError(err); e.UpstreamStatus == http.StatusUnprocessableEntity {
		return sdk.PermissionMissing([]string{permOwner}, "%s", e.Message).
			WithRemedy("Use the credential of an owner of the organization to see who has no second factor.")
	}
	return err
}

// profileQuery asks for the fields of profile. The lists of the REST API do not have them.
const profileQuery = `query($ids: [ID!]!, $organization: String!) {
  nodes(ids: $ids) { ... on User { id name email createdAt organizationVerifiedDomainEmails(login: $organization) } }
}`

// profiles returns what GitHub tells of people, by id.
func (g *github) profiles(ctx context.Context, rows []user) (map[string]profile, error) {
	all := make([]profile, len(rows))
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.SetLimit(workers)
	for from := 0; from < len(rows); from += pageRows {
		tasks.Go(func() error { return g.profilesOf(ctx, rows[from:min(from+pageRows, len(rows))], all[from:]) })
	}
	if err := tasks.Wait(); err != nil {
		return nil, err
	}
	known := map[string]profile{}
	for i, u := range rows {
		known[keyOf(u.ID)] = all[i]
	}
	return known, nil
}

// profilesOf fills the profiles of at most a hundred people, over the REST API for whom GraphQL shows nothing.
func (g *github) profilesOf(ctx context.Context, rows []user, into []profile) error {
	ids := make([]string, len(rows))
	for i, u := range rows {
		ids[i] = u.NodeID
	}
	found := make([]node, len(rows))
	if !slices.Contains(ids, "") {
		answered, err := g.nodes(ctx, profileQuery, ids, map[string]any{"organization": g.settings.Organization})
		switch {
		case err == nil:
			found = answered
		case !usable(err):
			return err
		}
	}
	for i, n := range found {
		if string(n.raw) != "null" && n.raw != nil && json.Unmarshal(n.raw, &into[i]) == nil {
			continue
		}
		if err := g.profileOf(ctx, rows[i], &into[i]); err != nil {
			return err
		}
	}
	return nil
}

// profileOf reads the profile of one person over the REST API. A person who is gone has none.
func (g *github) profileOf(ctx context.Context, u user, into *profile) error {
	var body struct {
		Name      string `json:"name"`
		Email     string `json:"email"`
		CreatedAt string `json:"created_at"`
	}
	_, err := g.get(ctx, "/users/"+url.PathEscape(u.Login), nil, &body)
	if err != nil && !g.lacks("The name and address of "+u.Login, err) {
		return err
	}
	*into = profile{Name: body.Name, Email: body.Email, CreatedAt: body.CreatedAt}
	return nil
}

// account returns the record of a person.
func (p *people) account(u user, enterprise bool) kind.Account {
	id := keyOf(u.ID)
	details := p.details[id]
	account := kind.Account{
		ExternalID: id, Username: u.Login, Name: details.Name, Email: details.Email, CreatedAt: kind.TimeFrom(details.CreatedAt),
		Status: "active", Type: "unknown", MFA: p.second[id],
		Vendor: field.Encode(field.Pick(u.raw, "id", "node_id", "login", "type", "site_admin")),
	}
	if len(details.Verified) > 0 {
		account.Email = slices.Min(details.Verified)
	}
	if enterprise {
		account.Status = "unknown" // a suspended account stays in the lists
	}
	switch u.Type {
	case "User":
		account.Type = "human"
	case "Bot":
		account.Type = "bot"
	}
	if p.owners != nil {
		account.Admin = kind.TriOf(p.owners[id])
		account.Roles = []string{"Member"}
		if p.owners[id] {
			account.Roles = []string{"Owner"}
		}
	}
	if p.groups != nil {
		account.Groups = slices.Clone(p.groups[id])
		slices.SortFunc(account.Groups, cmp.Compare[string])
		if account.Groups == nil {
			account.Groups = []string{}
		}
	}
	return account
}
