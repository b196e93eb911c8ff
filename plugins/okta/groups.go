package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// group is a group, and the digest of its members.
type group struct {
	raw     json.RawMessage
	id      string
	name    string
	created kind.Time
	admins  bool // it has an administrator role, as far as Okta says
	count   int
	gone    bool   // it was deleted meanwhile
	digest  string // of the sorted ids of the members; "" = they were not read
}

// directory is every group and who is in it.
type directory struct {
	groups []*group
	of     map[string][]int32 // by user, indexes of groups
	whole  bool               // the members of every group were read
	gaps   gaps
	err    error // the groups were not read
}

// readDirectory reads every group with its members, once a run: the groups and the users need it.
func (a *api) readDirectory(ctx context.Context) *directory {
	if a.directory == nil {
		d := &directory{of: map[string][]int32{}, gaps: gaps{what: "members"}}
		if d.err = d.read(ctx, a); d.err == nil {
			d.whole = len(d.gaps.all) == 0
		}
		a.directory = d
	}
	return a.directory
}

func (d *directory) read(ctx context.Context, a *api) error {
	// With stats Okta says which groups have administrator roles.
	query := url.Values{"limit": {"200"}, "expand": {"stats"}}
	err := a.groups.list(ctx, "/api/v1/groups", query, func(rows []json.RawMessage) error {
		for _, raw := range rows {
			d.groups = append(d.groups, toGroup(raw))
		}
		return nil
	})
	if err != nil {
		return err
	}
	var tried tries
	members := make([][]string, len(d.groups))
	crowd, inner := errgroup.WithContext(ctx)
	crowd.SetLimit(concurrent)
	for i, g := range d.groups {
		crowd.Go(func() error {
			ids, err := a.membersOf(inner, g, &tried)
			if err != nil {
				g.gone = sdk.CodeOf(err) == sdk.CodeNotFoundEndpoint
				d.gaps.add(g.name, err)
				return inner.Err()
			}
			members[i] = ids
			return nil
		})
	}
	if err := crowd.Wait(); err != nil {
		return err
	}
	for i, ids := range members {
		d.add(int32(i), ids)
	}
	deleted := d.gaps.forget(&tried)
	for _, g := range d.groups {
		g.gone = g.gone && deleted
	}
	return nil
}

func toGroup(raw json.RawMessage) *group {
	var g struct {
		ID      text `json:"id"`
		Created text `json:"created"`
		Profile struct {
			Name text `json:"name"`
		} `json:"profile"`
		Embedded struct {
			Stats struct {
				Admins bool `json:"hasAdminPrivilege"`
			} `json:"stats"`
		} `json:"_embedded"`
	}
	_ = json.Unmarshal(raw, &g) // a group of another form has no id, which is reported
	return &group{
		raw: raw, id: string(g.ID), name: string(g.Profile.Name), created: g.Created.Time(), admins: g.Embedded.Stats.Admins,
	}
}

// membersOf returns the sorted ids of the members of a group.
func (a *api) membersOf(ctx context.Context, g *group, tried *tries) ([]string, error) {
	if err := tried.stop(); err != nil {
		return nil, err
	}
	ids := []string{}
	path := "/api/v1/groups/" + url.PathEscape(g.id) + "/users"
	err := a.members.list(ctx, path, url.Values{"limit": {"200"}}, func(rows []json.RawMessage) error {
		for _, raw := range rows {
			var user struct {
				ID text `json:"id"`
			}
			if json.Unmarshal(raw, &user) != nil || user.ID == "" {
				return sdk.Errorf(sdk.CodeSchemaKeyMissing, "a member of the group %s has no id", g.name)
			}
			ids = append(ids, string(user.ID))
		}
		return nil
	})
	if tried.saw(err); err != nil {
		return nil, err
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// add notes the members of a group.
func (d *directory) add(at int32, ids []string) {
	if ids == nil {
		return
	}
	digest := sha256.Sum256([]byte(strings.Join(ids, "\n")))
	d.groups[at].count, d.groups[at].digest = len(ids), hex.EncodeToString(digest[:])
	for _, id := range ids {
		d.of[id] = append(d.of[id], at)
	}
}

// groupsOf returns the names of the groups of a user, nil when they are not known.
func (d *directory) groupsOf(user string) []string {
	if d.err != nil || !d.whole {
		return nil
	}
	names := make([]string, 0, len(d.of[user]))
	for _, at := range d.of[user] {
		names = append(names, d.groups[at].name)
	}
	slices.Sort(names)
	return names
}

// readGroupStream sends the groups.
func readGroupStream(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	a, err := openAPI(s)
	if err != nil {
		return err
	}
	out.Note("Reading the groups and their members.")
	d := a.readDirectory(ctx)
	if d.err != nil {
		return d.err
	}
	d.gaps.report(out)
	for _, g := range d.groups {
		if g.gone {
			continue
		}
		if err := out.PutOrGap(g.id, groupAccount(g)); err != nil {
			return err
		}
	}
	return nil
}

// groupAccount converts a group. It counts and hashes the members, as the connector for LDAP does: the list of a large
// group would exceed a record, and the users name their groups.
func groupAccount(g *group) kind.Account {
	whole := document(g.raw)
	if g.digest != "" {
		whole["member_count"], whole["members_sha256"] = g.count, g.digest
	}
	return kind.Account{
		ExternalID: g.id, Username: g.name, Name: g.name, Type: "group", Status: "active", CreatedAt: g.created, Vendor: field.Encode(whole),
	}
}
