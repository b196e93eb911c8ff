package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// globalRights are the columns of mysql.user and mysql.db that MariaDB and MySQL both have, without "_priv".
const (
	databaseRights = "Select Insert Update Delete Create Drop Grant References Index Alter Create_tmp_table Lock_tables " +
		"Create_view Show_view Create_routine Alter_routine Execute Event Trigger"
	globalRights = databaseRights + " Reload Shutdown Process File Show_db Super Repl_slave Repl_client Create_user Create_tablespace"
)

// myUser is an account or a role of MariaDB or MySQL.
type myUser struct {
	name, host string
	plugin     string
	isRole     bool
	expired    bool
	locked     kind.Tri
	rights     []string // on everything
	databases  []string // rights on single databases, such as "SELECT ON shop"
	admin      bool     // by its own rights
	roles      []string // names of its roles
	holds      []string // keys of its roles
}

func (u *myUser) key() string { return u.name + "@" + u.host }

// users are the accounts by their keys, and which of their facts were not read.
type users struct {
	all              []*myUser
	byKey            map[string]*myUser
	noRoles, noRight bool
}

func (m *mySQL) accounts(ctx context.Context, out *sdk.Output) error {
	found, err := m.users(ctx)
	if err != nil {
		return err
	}
	for _, side := range []struct {
		permission, what string
		read             func(context.Context, *users) error
		lost             *bool
	}{
		{readLocks, "locks of accounts", m.readLocks, new(bool)},
		{readRoles, "roles of accounts", m.readRoles, &found.noRoles},
		{readGrants, "rights on databases", m.readDatabases, &found.noRight},
	} {
		if err := side.read(ctx, found); err != nil {
			if e := sdk.AsError(err); e.Code != sdk.CodePermissionMissing {
				return err
			}
			*side.lost = true
			out.Gap(side.what, err)
		}
	}
	out.Expect(len(found.all))
	for _, u := range found.all {
		if err := out.Put(u.key(), found.account(u)); err != nil {
			return err
		}
	}
	return nil
}

// users lists the accounts. It does not ask for passwords and their hashes.
func (m *mySQL) users(ctx context.Context) (*users, error) {
	columns := "is_role, 'N'"
	if !m.isMariaDB() {
		columns = "'N', account_locked"
	}
	rows, err := m.texts(ctx, fmt.Sprintf("SELECT User, Host, plugin, password_expired, %s, %s FROM mysql.user ORDER BY User, Host",
		columns, rightColumns(globalRights)), readUsers)
	if err != nil {
		return nil, err
	}
	found := &users{byKey: map[string]*myUser{}}
	for _, row := range rows {
		u := &myUser{name: row[0], host: row[1], plugin: row[2], expired: row[3] == "Y", isRole: row[4] == "Y", roles: []string{}}
		if !m.isMariaDB() {
			u.locked = kind.TriOf(row[5] == "Y")
		}
		u.rights = granted(globalRights, row[6:])
		for _, right := range []string{"SUPER", "CREATE USER", "GRANT OPTION", "INSERT", "UPDATE", "DELETE"} {
			u.admin = u.admin || slices.Contains(u.rights, right) // the last three change mysql.user, too
		}
		found.all = append(found.all, u)
		found.byKey[u.key()] = u
	}
	return found, nil
}

func rightColumns(rights string) string {
	return strings.ReplaceAll(rights, " ", "_priv, ") + "_priv"
}

// granted returns the names of the rights whose column is Y.
func granted(rights string, row []string) []string {
	names := map[string]string{"Grant": "GRANT OPTION", "Show_db": "SHOW DATABASES", "Create_tmp_table": "CREATE TEMPORARY TABLES",
		"Repl_slave": "REPLICATION SLAVE", "Repl_client": "REPLICATION CLIENT"}
	all := []string{}
	for i, right := range strings.Fields(rights) {
		if row[i] != "Y" {
			continue
		}
		name := names[right]
		if name == "" {
			name = strings.ToUpper(strings.ReplaceAll(right, "_", " "))
		}
		all = append(all, name)
	}
	return all
}

// readLocks adds which accounts of MariaDB are locked. The view mysql.user does not show it.
func (m *mySQL) readLocks(ctx context.Context, found *users) error {
	if !m.isMariaDB() {
		return nil
	}
	rows, err := m.texts(ctx, "SELECT User, Host, JSON_VALUE(Priv, '$.account_locked') FROM mysql.global_priv", readLocks)
	for _, row := range rows {
		if u := found.byKey[row[0]+"@"+row[1]]; u != nil && err == nil {
			u.locked = kind.TriOf(row[2] == "1" || row[2] == "true")
		}
	}
	return err
}

// readRoles adds the roles of accounts and of other roles.
func (m *mySQL) readRoles(ctx context.Context, found *users) error {
	query := "SELECT User, Host, Role, '', Admin_option FROM mysql.roles_mapping ORDER BY Role"
	if !m.isMariaDB() {
		query = "SELECT TO_USER, TO_HOST, FROM_USER, FROM_HOST, WITH_ADMIN_OPTION FROM mysql.role_edges ORDER BY FROM_USER, FROM_HOST"
	}
	rows, err := m.texts(ctx, query, readRoles)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if role := found.byKey[row[2]+"@"+row[3]]; role != nil {
			role.isRole = true
		}
		if u := found.byKey[row[0]+"@"+row[1]]; u != nil {
			u.roles, u.holds = append(u.roles, row[2]), append(u.holds, row[2]+"@"+row[3])
			u.admin = u.admin || row[4] == "Y"
		}
	}
	return nil
}

// readDatabases adds rights on databases. A right to change the database mysql, or to grant, changes other people's
// access.
func (m *mySQL) readDatabases(ctx context.Context, found *users) error {
	rows, err := m.texts(ctx, "SELECT User, Host, Db, "+rightColumns(databaseRights)+" FROM mysql.db ORDER BY User, Host, Db", readGrants)
	if err != nil {
		return err
	}
	for _, row := range rows {
		u := found.byKey[row[0]+"@"+row[1]]
		if u == nil {
			continue
		}
		rights := granted(databaseRights, row[3:])
		own := row[2] == "mysql" || row[2] == "%"
		for _, right := range rights {
			u.admin = u.admin || right == "GRANT OPTION" || own && slices.Contains([]string{"INSERT", "UPDATE", "DELETE"}, right)
		}
		u.databases = append(u.databases, strings.Join(rights, ", ")+" ON "+row[2])
	}
	return nil
}

// admin says whether an account may change other accounts, also by its roles.
func (s *users) admin(u *myUser, seen map[string]bool) kind.Tri {
	if u.admin {
		return kind.Yes
	}
	seen[u.key()] = true
	for _, key := range u.holds {
		if role := s.byKey[key]; role != nil && !seen[key] && s.admin(role, seen) == kind.Yes {
			return kind.Yes
		}
	}
	if s.noRoles || s.noRight {
		return kind.Unknown
	}
	return kind.No
}

func (s *users) account(u *myUser) kind.Account {
	vendor := map[string]any{
		"user": u.name, "host": u.host, "plugin": u.plugin, "is_role": u.isRole, "locked": u.locked.String(), "password_expired": u.expired,
		"global_rights": u.rights,
	}
	a := kind.Account{
		ExternalID: u.key(), Username: u.name, Name: u.key(), Admin: s.admin(u, map[string]bool{}),
		Roles: append(append([]string{}, u.rights...), u.databases...), // an empty list was read, too
	}
	if !s.noRoles {
		a.Groups = u.roles
	}
	switch {
	case u.isRole:
		a.Name, a.Type, a.Status = u.name, "group", "active"
	case u.locked == kind.Yes:
		a.Status = "suspended"
	case u.locked == kind.No:
		a.Status = "active"
	}
	if !s.noRight {
		vendor["database_rights"] = append([]string{}, u.databases...)
	}
	a.Vendor, _ = json.Marshal(vendor) // strings and numbers always encode
	return a
}
