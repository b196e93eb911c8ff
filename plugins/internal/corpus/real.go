package main

import (
	"context"
	"errors"
	"time"
)

// deed is something that is done around a connection: to its server or to the machine.
type deed func(ctx context.Context, s *stage) error

// to is a deed to a server of one maker, while it runs.
func to[S server](do func(ctx context.Context, of S) error) deed {
	return func(ctx context.Context, s *stage) error {
		of, fits := s.server.(S)
		if !fits {
			return errors.New("the case is about another server")
		}
		return do(ctx, of)
	}
}

// anew is a deed to a server that counts from its next start on.
func anew[S server](change func(of S) error) deed {
	return to(func(ctx context.Context, of S) error {
		of.stop()
		if err := change(of); err != nil {
			return err
		}
		return of.start(ctx)
	})
}

// sql is a deed of the administrator of PostgreSQL.
func sql(statements string) deed {
	return to(func(ctx context.Context, of *postgres) error { return of.exec(ctx, "shop", statements) })
}

// shows is a deed after which a server shows another certificate.
func shows(change func(p *paper) error) deed {
	return anew(func(of server) error {
		p := goodPaper(of.signer())
		if err := change(&p); err != nil {
			return err
		}
		return of.show(p)
	})
}

// rightAgain is the deed after which a server shows a certificate that holds.
var rightAgain = shows(func(*paper) error { return nil })

func down(_ context.Context, s *stage) error { s.server.stop(); return nil }
func up(ctx context.Context, s *stage) error { return s.server.start(ctx) }

// every returns the plights that any server can meet.
func every() []plight {
	return []plight{
		{id: "wrong-password", label: "credential.wrong", how: "a person enters another password", cure: "edit", spoil: true},
		{id: "never-right", label: "credential.wrong", how: "the first password is wrong", cure: "edit", atFirst: true,
			from: func(of subject, _ map[string]any, secrets map[string]string) {
				for name, value := range of.wrong {
					secrets[name] = value
				}
			}},
		{id: "server-down", label: "network.unreachable", how: "the server was stopped", cure: "sync", harm: down, mend: up},
		{id: "own-authority", label: "tls.authority", how: "the company's own authority signed the certificate, and is not in the settings",
			cure: "edit", atFirst: true,
			from: func(_ subject, settings map[string]any, _ map[string]string) { delete(settings, "ca_certificate") }},
		{id: "authority-dropped", label: "tls.authority", how: "a person takes the authority out of the settings", cure: "edit",
			edit: []string{"--unset", "ca_certificate"}},
		{id: "certificate-expired", label: "tls.certificate", how: "the certificate of the server ran out", cure: "sync", mend: rightAgain,
			harm: shows(func(p *paper) error {
				p.from, p.until = time.Now().AddDate(0, -3, 0), time.Now().Add(-time.Hour)
				return nil
			})},
		{id: "other-name", label: "tls.certificate", how: "the certificate of the server is for another address", cure: "sync",
			harm: shows(func(p *paper) error { p.address = "192.0.2.7"; return nil }), mend: rightAgain},
		{id: "inspected", label: "tls.intercepted", how: "another authority signs the certificate that the server shows", cure: "sync",
			harm: shows(func(p *paper) (err error) { p.by, err = newAuthority("Inspection"); return err }), mend: rightAgain},
	}
}

// real returns the cases with servers of other makers.
func real() (all []scene) {
	for _, p := range every() {
		all = append(all, scene{"ldap", p}, scene{"sql", p})
	}
	for _, p := range directory() {
		all = append(all, scene{"ldap", p})
	}
	for _, p := range database() {
		all = append(all, scene{"sql", p})
	}
	return all
}

// directory returns the plights of OpenLDAP.
func directory() []plight {
	hide := func(base string) deed { return anew(func(of *slapd) error { of.hidden = base; return nil }) }
	return []plight{
		{id: "password-changed", label: "credential.expired", how: "an administrator gives the account another password", cure: "edit",
			harm: to(func(ctx context.Context, of *slapd) error { return of.setPassword(ctx, "reader-canary-82") })},
		{id: "people-hidden", label: "permission.missing", how: "the account may not see the people any more", cure: "sync",
			harm: hide(base), mend: hide("")},
		{id: "groups-hidden", label: "permission.missing", how: "the account may not see the groups any more", cure: "sync",
			harm: hide(groups), mend: hide("")},
		{id: "people-never-shown", label: "permission.missing", how: "the account was never allowed to see the people", cure: "sync",
			atFirst: true, harm: hide(base), mend: hide("")},
	}
}

// database returns the plights of PostgreSQL.
func database() []plight {
	setting := func(name string, value any) func(subject, map[string]any, map[string]string) {
		return func(_ subject, settings map[string]any, _ map[string]string) { settings[name] = value }
	}
	admit := func(lines string) deed { return anew(func(of *postgres) error { of.admission = lines; return nil }) }
	newPassword := to(func(ctx context.Context, of *postgres) error {
		of.password = "reader-canary-53"
		return of.exec(ctx, "shop", "ALTER ROLE reader PASSWORD '"+of.password+"' VALID UNTIL 'infinity'")
	})
	slow := "CREATE OR REPLACE FUNCTION mails() RETURNS SETOF people LANGUAGE plpgsql AS " +
		"'BEGIN PERFORM pg_sleep(5); RETURN QUERY SELECT * FROM people; END'"
	fast := "CREATE OR REPLACE FUNCTION mails() RETURNS SETOF people LANGUAGE sql AS 'SELECT * FROM people'; "
	return []plight{
		{id: "password-changed", label: "credential.expired", how: "an administrator gives the role another password", cure: "edit",
			harm: newPassword},
		{id: "role-expired", label: "credential.expired", how: "the password of the role was valid until yesterday", cure: "edit",
			harm: sql("ALTER ROLE reader VALID UNTIL '" + time.Now().AddDate(0, 0, -1).Format(time.DateOnly) + "'"), mend: newPassword},
		{id: "no-login", label: "consent.withdrawn", how: "an administrator takes the role the right to sign in", cure: "sync",
			harm: sql("ALTER ROLE reader NOLOGIN"), mend: sql("ALTER ROLE reader LOGIN")},
		{id: "not-admitted", label: "address.blocked", how: "pg_hba.conf has no line for this machine any more", cure: "sync",
			harm: admit("hostssl all all 192.0.2.0/24 scram-sha-256\n"), mend: admit(admitted)},
		{id: "rejected", label: "address.blocked", how: "pg_hba.conf rejects this machine", cure: "sync",
			harm: admit("hostssl all all 127.0.0.1/32 reject\n"), mend: admit(admitted)},
		{id: "select-revoked", label: "permission.missing", how: "an administrator revokes SELECT on the table", cure: "sync",
			harm: sql("REVOKE SELECT ON people FROM reader"), mend: sql("GRANT SELECT ON people TO reader")},
		{id: "select-never-granted", label: "permission.missing", how: "SELECT on the table was never granted", cure: "sync", atFirst: true,
			harm: sql("REVOKE SELECT ON people FROM reader"), mend: sql("GRANT SELECT ON people TO reader")},
		{id: "wrong-database", label: "setting.wrong", how: "the database in the settings does not exist", cure: "edit", atFirst: true,
			from: setting("database", "shopp")},
		{id: "wrong-query", label: "setting.wrong", how: "the query names a column that does not exist", cure: "edit", atFirst: true,
			from: setting("query", "SELECT id, mial AS email FROM people")},
		{id: "slow-query", label: "run.time", how: "the query takes longer than its time limit", cure: "sync",
			before: to(func(ctx context.Context, of *postgres) error {
				of.query = "SELECT id, mail AS email FROM mails()"
				return of.exec(ctx, "shop", fast)
			}),
			with: map[string]any{"time_limit": 1, "query": "SELECT id, mail AS email FROM mails()"}, harm: sql(slow), mend: sql(fast)},
		{id: "no-connection-left", label: "rate.limit", how: "the role has no connection left", cure: "sync",
			harm: sql("ALTER ROLE reader CONNECTION LIMIT 0"), mend: sql("ALTER ROLE reader CONNECTION LIMIT -1")},
		{id: "shutting-down", label: "vendor.maintenance", how: "the server is being shut down", cure: "sync",
			harm: to(func(ctx context.Context, of *postgres) error { return of.linger(ctx) }),
			mend: anew(func(*postgres) error { return nil })},
	}
}
