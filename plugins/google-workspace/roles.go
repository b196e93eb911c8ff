package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/internal/google"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// role is an administrator role.
type role struct {
	ID         string `json:"roleId"`
	Name       string `json:"roleName"`
	Super      bool   `json:"isSuperAdminRole"`
	Privileges []struct {
		Name string `json:"privilegeName"`
	} `json:"rolePrivileges"`

	raw     json.RawMessage
	holders []string // ids of users, groups and service accounts
}

// rolebook is every role with those who have it.
type rolebook struct {
	roles []*role
	held  map[string][]*role // by the id of the user, group or service account
	mixed bool               // an assignment does not say that it is to a user
	err   error              // why the roles could not be read
}

// readRolebook reads the roles and their assignments, once in a run.
func (d *directory) readRolebook(ctx context.Context) *rolebook {
	if d.roles == nil {
		d.roles = &rolebook{held: map[string][]*role{}}
		d.roles.err = d.readRoles(ctx, d.roles)
	}
	return d.roles
}

func (d *directory) readRoles(ctx context.Context, book *rolebook) error {
	byID := map[string]*role{}
	roles := d.list(readRoles, "/customer/my_customer/roles", url.Values{"maxResults": {"100"}}, "items", "roles")
	err := roles.Each(ctx, func(item json.RawMessage) error {
		r := &role{raw: item}
		if err := google.Decode(item, r); err != nil {
			return err
		}
		book.roles = append(book.roles, r)
		byID[r.ID] = r
		return nil
	})
	if err != nil {
		return err
	}
	held := d.list(readRoles, "/customer/my_customer/roleassignments", url.Values{"maxResults": {"200"}}, "items", "roleAssignments")
	return held.Each(ctx, func(item json.RawMessage) error {
		var a struct {
			RoleID     string `json:"roleId"`
			AssignedTo string `json:"assignedTo"`
			Type       string `json:"assigneeType"`
		}
		if err := google.Decode(item, &a); err != nil {
			return err
		}
		r := byID[a.RoleID]
		if r == nil {
			r = &role{ID: a.RoleID, Name: a.RoleID} // made after the roles were read
			byID[a.RoleID] = r
		}
		r.holders = append(r.holders, a.AssignedTo)
		book.held[a.AssignedTo] = append(book.held[a.AssignedTo], r)
		book.mixed = book.mixed || !strings.EqualFold(a.Type, "user")
		return nil
	})
}

// readRoleList sends every role.
func readRoleList(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	d, err := open(s)
	if err != nil {
		return err
	}
	book := d.readRolebook(ctx)
	if book.err != nil {
		return book.err
	}
	for i, r := range book.roles {
		if r.ID == "" {
			out.Gap("role "+strconv.Itoa(i+1)+" without an id", sdk.Errorf(sdk.CodeSchemaKeyMissing, "a role has no id"))
			continue
		}
		holders := slices.Compact(slices.Sorted(slices.Values(r.holders)))
		sum := sha256.Sum256([]byte(strings.Join(holders, "\n")))
		record := kind.Account{
			ExternalID: r.ID, Name: r.Name, Type: "group", Status: "active", Admin: r.admin(),
			Vendor: google.Document(r.raw, []string{"etag"},
				map[string]any{"assignee_count": len(holders), "assignees_sha256": hex.EncodeToString(sum[:])}),
		}
		if err := out.PutOrGap(r.ID, record); err != nil {
			return err
		}
	}
	return nil
}

// admin says whether a role may change other people's access: the super admin, and a role with a privilege for users or groups
// that is not only for reading. Google publishes no list of all privileges, so the rest is unknown.
func (r *role) admin() kind.Tri {
	if r.Super {
		return kind.Yes
	}
	for _, p := range r.Privileges {
		about := strings.HasPrefix(p.Name, "USERS_") || strings.HasPrefix(p.Name, "GROUPS_")
		if about && !strings.HasSuffix(p.Name, "_RETRIEVE") && !strings.HasSuffix(p.Name, "_READ") {
			return kind.Yes
		}
	}
	return kind.Unknown
}

// names returns the names of the roles of a user or group, nil when the roles were not read.
func (b *rolebook) names(ids ...string) []string {
	if b.err != nil {
		return nil
	}
	all := []string{}
	for _, id := range ids {
		for _, r := range b.held[id] {
			all = append(all, r.Name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// admin returns yes when one of the roles of a user or group may change other people's access.
func (b *rolebook) admin(ids ...string) kind.Tri {
	for _, id := range ids {
		if slices.ContainsFunc(b.held[id], func(r *role) bool { return r.admin() == kind.Yes }) {
			return kind.Yes
		}
	}
	return kind.Unknown
}

// inherited returns, by user, the groups whose roles the user has: the groups that hold a role, for their members and for the
// members of groups in them. The key everyone stands for the whole organization.
func (b *rolebook) inherited(m *membership) map[string][]string {
	byID := map[string]*group{}
	for _, g := range m.groups {
		byID[g.ID] = g
	}
	all := map[string][]string{}
	for _, g := range m.groups {
		if len(b.held[g.ID]) > 0 {
			for _, user := range g.users(byID) {
				all[user] = append(all[user], g.ID)
			}
		}
	}
	return all
}

// users returns the members of a group and of the groups in it, each once.
func (g *group) users(byID map[string]*group) (all []string) {
	seen := map[string]bool{g.ID: true, "": true}
	for queue := []*group{g}; len(queue) > 0; queue = queue[1:] {
		for _, m := range queue[0].members {
			key := m.key()
			if seen[key] {
				continue
			}
			seen[key] = true
			if inner := byID[key]; inner != nil {
				queue = append(queue, inner)
			} else {
				all = append(all, key)
			}
		}
	}
	return all
}
