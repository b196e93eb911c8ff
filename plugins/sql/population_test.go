package main

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
)

// TestPopulation reads a PostgreSQL server of its own: the tests of the accounts want the roles of the shared one.
func TestPopulation(t *testing.T) {
	t.Parallel()
	server, err := startPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.stop)
	prove.Local(t, New, server.crowd)
}

// crowd makes a table with that many people, and a role for every hundredth of them.
func (s *pgServer) crowd(t *testing.T, items int) prove.Place {
	t.Helper()
	s.run(t, "shop", fmt.Sprintf(`CREATE TABLE crowd (id int PRIMARY KEY, mail text, active boolean);
		INSERT INTO crowd SELECT g, 'p' || g || '@acme.example', g %% 3 > 0 FROM generate_series(1, %[1]d) g;
		GRANT SELECT ON crowd TO reader;
		DO $$ BEGIN FOR g IN 1..%[1]d / 100 LOOP EXECUTE 'CREATE ROLE employee_' || g || ' LOGIN'; END LOOP; END $$`, items))
	in := s.input(map[string]any{"query": "SELECT id, mail AS email, active FROM crowd", "key": []string{"id"}, "kind": "account"})
	settings, _ := in.Settings.(map[string]any)
	place := prove.Place{
		Set: settings, Secret: in.Secrets, Who: "reader in shop, PostgreSQL", Keys: map[string][]string{},
		Known: map[string]map[string]map[string]any{"account": {"1": {"email": "p1@acme.example"}}, accountStream: {}},
	}
	for n := range items {
		place.Keys["account"] = append(place.Keys["account"], strconv.Itoa(n+1))
	}
	for oid, name := range s.roles(t) {
		place.Keys[accountStream] = append(place.Keys[accountStream], oid)
		if name == "employee_1" {
			place.Known[accountStream][oid] = map[string]any{"username": name, "status": "active", "admin": "no", "mfa": nil}
		}
	}
	return place
}

// roles returns the names of the roles that people made, by their oids.
func (s *pgServer) roles(t *testing.T) map[string]string {
	t.Helper()
	conn, err := s.admin(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	answers, err := conn.Exec(t.Context(), `SELECT oid, rolname FROM pg_authid WHERE rolname NOT LIKE 'pg\_%'`).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, row := range answers[0].Rows {
		all[string(row[0])] = string(row[1])
	}
	return all
}
