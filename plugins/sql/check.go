package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/internal/mapping"
	"github.com/plumbline-dev/plumbline/sdk"
)

// check connects, signs in, and tries what the streams read.
func check(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
	c, err := readSettings(s)
	if err != nil {
		return err
	}
	reach := sdk.Probe{ID: "reach", Title: "Reach the server, encrypted"}
	signIn := sdk.Probe{ID: "authenticate", Title: "Sign in"}
	db, connectErr := open(ctx, s, c)
	err = r.Do(ctx, reach, func(context.Context) (string, error) {
		switch {
		case connectErr != nil && !answered(connectErr):
			return "", connectErr
		case !c.Encrypted:
			return "", sdk.Undetermined("Reached %s, without TLS on this machine.", c.Address)
		}
		return "Reached " + c.Address + " with TLS, and its certificate is that of " + c.host + ".", nil
	})
	if err != nil {
		r.Skip(signIn, "Not tried: the server was not reached.")
		return err
	}
	err = r.Do(ctx, signIn, func(ctx context.Context) (string, error) {
		if connectErr != nil {
			return "", connectErr
		}
		who, err := db.identity(ctx)
		r.Identity(who)
		return "The server accepts the account.", err
	})
	if err != nil {
		return err
	}
	return errors.Join(checkRights(ctx, r, db), checkAccounts(ctx, r, c, db), checkQuery(ctx, r, c, db))
}

// answered reports whether the server itself refused to let the account in.
func answered(err error) bool {
	e := sdk.AsError(err)
	return e.UpstreamCode != ""
}

// checkRights proves that the transactions are read-only, and warns when the account itself is not.
func checkRights(ctx context.Context, r *sdk.Report, db server) error {
	return errors.Join(
		r.Do(ctx, sdk.Probe{ID: "read_only", Title: "Read-only transaction"}, func(ctx context.Context) (string, error) {
			return "The server refuses changes in the connector's transactions.", db.readOnly(ctx)
		}),
		r.Do(ctx, sdk.Probe{ID: "rights", Title: "Rights of the account", Optional: true}, func(ctx context.Context) (string, error) {
			rights, err := db.broad(ctx)
			if err == nil && rights != "" {
				err = sdk.TooBroad("The account may do more than read: %s. The connector never does. Give it only the rights in the guide.", rights)
			}
			return "The account can only read.", err
		}),
	)
}

// checkAccounts counts the accounts, and tries each table that they come from.
func checkAccounts(ctx context.Context, r *sdk.Report, c settings, db server) error {
	if !c.Accounts {
		return nil
	}
	if m, ok := db.(*mySQL); ok {
		return m.checkAccounts(ctx, r)
	}
	return r.Do(ctx, sdk.Probe{ID: accountStream, Title: "Accounts of the server"}, func(ctx context.Context) (string, error) {
		return "The roles of the server can be read.", db.rows(ctx, roleQuery+" LIMIT 1", reader{head: anyHead, row: anyRow})
	})
}

func anyHead([]string) error      { return nil }
func anyRow([]mapping.Cell) error { return nil }

// checkAccounts tries each table by itself.
func (m *mySQL) checkAccounts(ctx context.Context, r *sdk.Report) error {
	tables := map[string]string{readUsers: "Accounts", readGrants: "Rights on databases"}
	if m.isMariaDB() {
		tables[readLocks], tables[readRoles] = "Locks of accounts", "Roles of accounts"
	}
	var failed error
	found := &users{byKey: map[string]*myUser{}}
	reads := []struct {
		permission string
		read       func(context.Context, *users) error
	}{
		{readUsers, func(ctx context.Context, _ *users) error { _, err := m.users(ctx); return err }},
		{readLocks, m.readLocks}, {readRoles, m.readRoles}, {readGrants, m.readDatabases},
	}
	for _, one := range reads {
		title, exists := tables[one.permission]
		if !exists {
			continue
		}
		p := sdk.Probe{ID: one.permission, Title: title, Permission: one.permission, Optional: one.permission != readUsers}
		failed = errors.Join(failed, r.Do(ctx, p, func(ctx context.Context) (string, error) {
			return "The account may read " + one.permission + ".", one.read(ctx, found)
		}))
	}
	return failed
}

// checkQuery runs the query for one row, and shows its columns without values.
func checkQuery(ctx context.Context, r *sdk.Report, c settings, db server) error {
	if c.Query == "" {
		return nil
	}
	p := sdk.Probe{ID: "query", Title: "Query", Permission: readQuery}
	return r.Do(ctx, p, func(ctx context.Context) (string, error) {
		t, err := newTable(c, func(string, any) error { return nil }, func(string, error) {})
		if err != nil {
			return "", err
		}
		var names []string
		head := func(headers []string) error { names = slices.Clone(headers); return t.head(headers) }
		if err := db.rows(ctx, bounded(c.Query, 1), reader{head: head, row: anyRow}); err != nil {
			return "", err
		}
		pairs, columns := t.columns.Assigned()
		if columns == 0 {
			return "", sdk.Undetermined("The query has the columns %s. None of them is assigned to a field of %s; its fields are %s.",
				strings.Join(names, ", "), c.Kind, mapping.Names(t.plan.Shape))
		}
		return fmt.Sprintf("The query has the columns %s. Assigned to fields of %s: %s.", strings.Join(names, ", "), c.Kind,
			strings.Join(pairs, ", ")), nil
	})
}
