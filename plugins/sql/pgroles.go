package main

import (
	"context"
	"encoding/json"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// roleQuery lists the roles. Roles whose name begins with pg_ are the server's own groups.
const roleQuery = `SELECT oid, rolname, rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolconnlimit,
		CASE WHEN isfinite(rolvaliduntil) THEN to_char(rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END,
		coalesce(rolvaliduntil <= now(), false)
	FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY oid`

// memberQuery lists the memberships. Before PostgreSQL 16 every member may take over the role.
const memberQuery = `SELECT m.member, m.roleid, g.rolname, m.admin_option, coalesce((to_jsonb(m)->>'set_option')::boolean, true)
	FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid ORDER BY g.rolname`

// pgRole is a role of PostgreSQL.
type pgRole struct {
	oid, name  string
	attributes []string // such as SUPERUSER
	login      bool
	barred     bool // a connection limit of 0 lets it not in
	until      string
	expired    bool
	members    int
	grants     bool     // may give a role to others
	groups     []string // by name
	assumes    []string // the ids of roles that it may take over
}

func (p *postgres) accounts(ctx context.Context, out *sdk.Output) error {
	var roles []*pgRole
	byID := map[string]*pgRole{}
	err := p.transaction(ctx, readQuery, func() error {
		rows, err := p.texts(ctx, roleQuery)
		if err != nil {
			return err
		}
		for _, row := range rows {
			r := newRole(row)
			roles, byID[r.oid] = append(roles, r), r
		}
		members, err := p.texts(ctx, memberQuery)
		if err != nil {
			return err
		}
		for _, row := range members {
			join(byID, row)
		}
		return nil
	})
	if err != nil {
		return err
	}
	out.Expect(len(roles))
	for _, r := range roles {
		if err := out.Put(r.oid, r.account(byID)); err != nil {
			return err
		}
	}
	return nil
}

func newRole(row []string) *pgRole {
	r := &pgRole{oid: row[0], name: row[1], login: row[2] == "t", until: row[9], expired: row[10] == "t", attributes: []string{},
		groups: []string{}}
	for i, name := range []string{"LOGIN", "SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION", "BYPASSRLS"} {
		if row[2+i] == "t" {
			r.attributes = append(r.attributes, name)
		}
	}
	r.barred = row[8] == "0" && row[3] != "t" // a superuser has no limit
	return r
}

// join adds a membership to both of its roles.
func join(byID map[string]*pgRole, row []string) {
	if group := byID[row[1]]; group != nil {
		group.members++
	}
	r := byID[row[0]]
	if r == nil {
		return
	}
	r.groups = append(r.groups, row[2])
	r.grants = r.grants || row[3] == "t"
	if row[4] == "t" {
		r.assumes = append(r.assumes, row[1])
	}
}

// admin reports whether the role may change other roles, by itself or by a role that it may take over.
func (r *pgRole) admin(byID map[string]*pgRole, seen map[string]bool) bool {
	if r == nil || seen[r.oid] {
		return false
	}
	seen[r.oid] = true
	if r.grants || r.has("SUPERUSER") || r.has("CREATEROLE") {
		return true
	}
	for _, id := range r.assumes {
		if byID[id].admin(byID, seen) {
			return true
		}
	}
	return false
}

func (r *pgRole) has(attribute string) bool {
	for _, one := range r.attributes {
		if one == attribute {
			return true
		}
	}
	return false
}

// status is unknown after VALID UNTIL, which ends only the password: a certificate or Kerberos may still let the
// role in.
func (r *pgRole) status() kind.Word {
	switch {
	case !r.login && r.members > 0:
		return "active" // a group
	case !r.login || r.barred:
		return "suspended"
	case r.expired:
		return "unknown"
	}
	return "active"
}

func (r *pgRole) account(byID map[string]*pgRole) kind.Account {
	vendor := map[string]any{
		"rolname": r.name, "attributes": r.attributes, "login": r.login, "members": r.members, "password_expired": r.expired,
	}
	if r.until != "" {
		vendor["valid_until"] = r.until
	}
	if r.barred {
		vendor["connection_limit"] = 0
	}
	raw, _ := json.Marshal(vendor) // strings and numbers always encode
	a := kind.Account{
		ExternalID: r.oid, Username: r.name, Name: r.name, Status: r.status(), Roles: r.attributes, Groups: r.groups,
		Admin: kind.TriOf(r.admin(byID, map[string]bool{})), Vendor: raw,
	}
	if !r.login && r.members > 0 {
		a.Type = "group"
	}
	return a
}
