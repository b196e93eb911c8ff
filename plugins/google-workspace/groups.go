package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/plugins/internal/google"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// membersAtOnce is how many lists of members are read at one moment. The client keeps to the limit of requests.
const membersAtOnce = 16

// group is a group with its direct members.
type group struct {
	ID    string `json:"id"`
	Email string `json:"email"`
	Name  string `json:"name"`

	raw     json.RawMessage
	members []member
	gone    bool  // deleted since the list was read
	err     error // why the group has no id, or its members could not be read
}

// member is a direct member of a group: a USER, a GROUP, a CUSTOMER, which is everyone in the organization, or an address
// outside it, which has no id.
type member struct {
	ID    string `json:"id"`
	Email string `json:"email"`
	Role  string `json:"role"`
	Type  string `json:"type"`
}

// membership is every group of the organization with its members.
type membership struct {
	groups     []*group
	groupsErr  error // why the groups could not be read
	membersErr error // why no members could be read
}

// readMembership reads every group and its members, once in a run.
func (d *directory) readMembership(ctx context.Context) *membership {
	if d.members == nil {
		m := &membership{}
		if m.groups, m.groupsErr = d.readGroups(ctx); m.groupsErr == nil {
			m.membersErr = d.readMembersOf(ctx, m.groups)
		}
		d.members = m
	}
	return d.members
}

func (d *directory) readGroups(ctx context.Context) (all []*group, err error) {
	query := url.Values{"customer": {"my_customer"}, "maxResults": {"200"}}
	err = d.list(readGroups, "/groups", query, "groups", "groups").Each(ctx, func(item json.RawMessage) error {
		g := &group{raw: item}
		if err := google.Decode(item, g); err != nil || g.ID == "" {
			g.ID, g.err = "", sdk.Errorf(sdk.CodeSchemaKeyMissing, "a group has no id")
		}
		all = append(all, g)
		return nil
	})
	return all, err
}

// readMembersOf reads the members of the groups. A group that refuses keeps its error, and the others are read.
func (d *directory) readMembersOf(ctx context.Context, groups []*group) error {
	if len(groups) == 0 {
		return nil
	}
	if err := d.granted(ctx, readMembers); err != nil {
		return err // it would be the same for every group
	}
	var work errgroup.Group
	work.SetLimit(membersAtOnce)
	for _, g := range groups {
		if g.ID != "" {
			work.Go(func() error {
				d.readMembersOfOne(ctx, g)
				return context.Cause(ctx)
			})
		}
	}
	return work.Wait()
}

// readMembersOfOne reads the members of a group. When Google does not find them, it asks for the group itself: a group that was
// deleted meanwhile is gone, and everything else is an error.
func (d *directory) readMembersOfOne(ctx context.Context, g *group) {
	path := "/groups/" + url.PathEscape(g.ID)
	list := d.list(readMembers, path+"/members", url.Values{"maxResults": {"200"}}, "members", "members")
	g.members = []member{}
	g.err = list.Each(ctx, func(item json.RawMessage) error {
		var m member
		if err := google.Decode(item, &m); err != nil {
			return err
		}
		g.members = append(g.members, m)
		return nil
	})
	if notFound(g.err) {
		_, err := d.clients[readGroups].Get(ctx, apiPath+path, nil)
		g.gone = notFound(err)
	}
}

func notFound(err error) bool {
	return err != nil && sdk.AsError(err).UpstreamStatus == http.StatusNotFound
}

// readGroupList sends every group. A group that was deleted since the list was read is left out.
func readGroupList(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	d, err := open(s)
	if err != nil {
		return err
	}
	all, roles := d.readMembership(ctx), d.readRolebook(ctx)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case all.groupsErr != nil:
		return all.groupsErr
	case all.membersErr != nil:
		out.Gap("members of the groups", all.membersErr)
	}
	if roles.err != nil {
		out.Gap("administrator roles of the groups", roles.err)
	}
	for i, g := range all.groups {
		switch {
		case g.ID == "":
			out.Gap("group "+strconv.Itoa(i+1)+" without an id", g.err)
			continue
		case g.gone:
			continue
		case g.err != nil:
			out.Gap("members of "+cmp.Or(g.Email, g.ID), g.err)
		}
		if err := out.PutOrGap(g.ID, g.account(roles)); err != nil {
			return err
		}
	}
	return nil
}

// account returns the record of a group. Its members are counted and hashed, so it changes with them and stays small.
func (g *group) account(roles *rolebook) kind.Account {
	with := map[string]any{}
	if g.err == nil && g.members != nil {
		with["member_count"], with["members_sha256"] = len(g.members), digest(g.members)
	}
	return kind.Account{
		ExternalID: g.ID, Username: g.Email, Email: g.Email, Name: g.Name, Type: "group", Status: "active",
		Roles: roles.names(g.ID), Admin: roles.admin(g.ID), Vendor: google.Document(g.raw, []string{"etag"}, with),
	}
}

func digest(members []member) string {
	lines := make([]string, len(members))
	for i, m := range members {
		lines[i] = m.ID + " " + strings.ToLower(m.Email) + " " + m.Role
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}

// whole returns why the members of some group are not known, nil when those of every group are.
func (m *membership) whole() error {
	if err := cmp.Or(m.groupsErr, m.membersErr); err != nil {
		return err
	}
	for _, g := range m.groups {
		if g.err != nil && !g.gone {
			return g.err
		}
	}
	return nil
}

// byMember returns the names of the groups by their direct members. The key everyone has the groups whose member is the
// whole organization.
func (m *membership) byMember() map[string][]string {
	all := map[string][]string{}
	for _, g := range m.groups {
		for _, m := range g.members {
			if key := m.key(); key != "" {
				all[key] = append(all[key], cmp.Or(g.Name, g.Email))
			}
		}
	}
	return all
}

// everyone stands for the users of the organization. No id is written like this.
const everyone = "*"

// key returns the id of a member, or everyone.
func (m *member) key() string {
	if m.Type == "CUSTOMER" {
		return everyone
	}
	return m.ID
}
