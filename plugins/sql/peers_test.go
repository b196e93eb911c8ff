//go:build peers

package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

const peerPassword = "Peers-Canary-81"

// mariaDB is a server that build/peers/serve.sh starts and fills.
type mariaDB struct {
	t    *testing.T
	said map[string]string
	ca   string
}

func startMariaDB(t *testing.T) *mariaDB {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "../../build/peers/serve.sh", "mariadb", strconv.Itoa(port))
	var errs strings.Builder
	cmd.Stderr = &errs
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	m := &mariaDB{t: t, said: map[string]string{}}
	for lines := bufio.NewScanner(output); lines.Scan() && lines.Text() != "ready"; {
		name, value, _ := strings.Cut(lines.Text(), "=")
		m.said[name] = value
	}
	if m.said["ADDR"] == "" {
		t.Fatalf("start MariaDB: %v: %s", cmd.Wait(), errs.String())
	}
	t.Cleanup(func() {
		_ = input.Close() // the script then takes the server away
		if err := cmd.Wait(); err != nil {
			t.Errorf("end MariaDB: %v: %s", err, errs.String())
		}
	})
	t.Logf("MariaDB is ready after %s", time.Since(begun).Round(100*time.Millisecond))
	ca, err := os.ReadFile(m.said["CA"])
	if err != nil {
		t.Fatal(err)
	}
	m.ca = string(ca)
	return m
}

func (m *mariaDB) input(more map[string]any) sdktest.Input {
	settings := map[string]any{
		"engine": "mariadb", "address": m.said["ADDR"], "database": "shop", "username": "reader", "ca_certificate": m.ca, "kind": "custom",
	}
	maps.Copy(settings, more)
	return sdktest.Input{Settings: settings, Secrets: map[string]string{"password": peerPassword}}
}

func (m *mariaDB) query(query string, more map[string]any) sdktest.Input {
	settings := map[string]any{"accounts": false, "query": query, "key": []string{"id"}, "time_limit": 2}
	maps.Copy(settings, more)
	return m.input(settings)
}

// root is a connection of the administrator.
func (m *mariaDB) root() *sql.DB {
	m.t.Helper()
	config := mysql.NewConfig()
	config.User, config.Net, config.Addr, config.DBName = "root", "unix", m.said["SOCKET"], "shop"
	connector, err := mysql.NewConnector(config)
	if err != nil {
		m.t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	m.t.Cleanup(func() { _ = db.Close() })
	return db
}

// TestPeerMillionRows reads a million rows of PostgreSQL.
func TestPeerMillionRows(t *testing.T) { //nolint:paralleltest // it measures the memory of the process
	readMany(t, 1_000_000)
}

// TestPeerMariaDB reads a real MariaDB.
func TestPeerMariaDB(t *testing.T) {
	t.Parallel()
	m := startMariaDB(t)
	t.Run("accounts", m.testAccounts)
	t.Run("weak account", m.testWeak)
	t.Run("types", m.testTypes)
	t.Run("check", m.testCheck)
	t.Run("refusals", m.testRefusals)
	t.Run("reads only", m.testReadsOnly)
	t.Run("many rows", m.testManyRows)
	t.Run("ended", m.testEnded)
}

func (m *mariaDB) testAccounts(t *testing.T) {
	s := syncStream(t, m.input(nil), accountStream)
	if s.Result != "complete" {
		t.Fatalf("result is %s: %v, %v", s.Result, s.Err, s.Gaps)
	}
	got := factsOf(t, s)
	account := func(status, kind, admin string, roles, groups []string) facts {
		return facts{status, kind, admin, "unknown", roles, groups}
	}
	none := []string{}
	want := map[string]facts{
		"reader@127.0.0.1":      account("active", "unknown", "no", []string{"SELECT ON shop"}, none),
		"barred@127.0.0.1":      account("suspended", "unknown", "no", none, none),
		"stale@127.0.0.1":       account("active", "unknown", "no", none, none),
		"alice@%":               account("active", "unknown", "no", none, []string{"auditors"}),
		"bob@%":                 account("suspended", "unknown", "yes", none, []string{"heads"}),
		"dba@%":                 account("active", "unknown", "yes", []string{"INSERT, UPDATE ON mysql"}, none),
		"auditors":              account("active", "group", "no", []string{"SELECT ON shop"}, none),
		"chiefs":                account("active", "group", "yes", []string{"CREATE USER"}, none),
		"heads":                 account("active", "group", "yes", none, []string{"chiefs"}),
		"mariadb.sys@localhost": account("suspended", "unknown", "no", none, none),
	}
	for name, facts := range want {
		if diff := cmp.Diff(facts, got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if boss := got["boss@127.0.0.1"]; boss.Admin != "yes" || len(boss.Roles) != len(strings.Fields(globalRights)) {
		t.Errorf("boss is %+v, want an admin with all rights", boss)
	}
	for key, raw := range s.Records {
		if strings.Contains(string(raw), "*") || strings.Contains(string(raw), "authentication_string") {
			t.Errorf("%s holds the hash of a password: %s", key, raw)
		}
	}
	if diff := cmp.Diff(s.Records, syncStream(t, m.input(nil), accountStream).Records); diff != "" {
		t.Errorf("the second run differs:\n%s", diff)
	}
}

// testWeak reads with an account that may read only the list: the other facts are unknown, and gaps.
func (m *mariaDB) testWeak(t *testing.T) {
	s := syncStream(t, m.input(map[string]any{"username": "weak"}), accountStream)
	if s.Result != "complete_with_gaps" || len(s.Gaps) != 3 {
		t.Fatalf("result is %s: %v, %v", s.Result, s.Err, s.Gaps)
	}
	for scope, e := range s.Gaps {
		if e.Code != sdk.CodePermissionMissing || !strings.Contains(e.Message, "command denied") {
			t.Errorf("%s: %+v", scope, e)
		}
	}
	if alice := factsOf(t, s)["alice@%"]; alice.Status != "unknown" || alice.Admin != "unknown" || alice.Groups != nil {
		t.Errorf("alice is %+v, want nothing known", alice)
	}
	if boss := factsOf(t, s)["boss@127.0.0.1"]; boss.Admin != "yes" {
		t.Errorf("boss is %+v, want an admin", boss)
	}
}

func (m *mariaDB) testTypes(t *testing.T) {
	s := syncStream(t, m.query("SELECT * FROM kinds", nil), "custom")
	if s.Result != "complete" || len(s.Keys) != 1 {
		t.Fatalf("result is %s with %v: %v, %v", s.Result, s.Keys, s.Err, s.Gaps)
	}
	want := map[string]any{
		"id": "00ff10aa", "num": json.Number("12345678901234567890.5000000000"), "big": json.Number("18446744073709551615"),
		"real8": json.Number("1.5"), "stamp": "2026-03-01 10:00:00", "local": "2026-03-01 12:00:00.250", "day": "2026-03-01",
		"zero": "0000-00-00", "raw": "00ff", "text1": "Zoë", "feeling": "ok", "several": []any{"a", "c"}, "flags": json.Number("257"),
		"doc": `{"a": 1}`, "nothing": nil, "address": "::1", "y": json.Number("2026"), "t": "01:02:03",
	}
	if diff := cmp.Diff(want, fields(t, s.Records["00ff10aa"])["vendor"]); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	latin := syncStream(t, m.query("SELECT id, title FROM latin", map[string]any{"kind": "document"}), "document")
	if latin.Result != "complete" || fields(t, latin.Records["1"])["title"] != "Zoë" {
		t.Errorf("latin1: %s, %v", latin.Result, latin.Gaps)
	}
	people := syncStream(t, m.query("SELECT id, mail AS email, active AS is_active, seen AS last_login_at FROM people", map[string]any{
		"kind": "account", "columns": []string{"is_active = status"}}), "account")
	one := fields(t, people.Records["3"])
	if len(people.Records) != 50 || one["status"] != "suspended" || one["last_login_at"] != "2026-03-01T12:00:00Z" ||
		one["email"] != "p3@example.test" {
		t.Errorf("people: %s, %v, %v", people.Result, people.Gaps, one)
	}
}

func (m *mariaDB) testCheck(t *testing.T) {
	probes, identity := sdktest.NewBench(t, New()).Check(t, m.input(map[string]any{"query": "SELECT id FROM people", "key": []string{"id"}}))
	for _, p := range probes {
		if p.State != "ok" && p.ID != "query" { // the key alone is no field
			t.Errorf("%s is %s: %s", p.ID, p.State, p.Message)
		}
	}
	if !strings.HasPrefix(identity, "reader@127.0.0.1, 10.") {
		t.Errorf("identity is %q", identity)
	}
	probes, _ = sdktest.NewBench(t, New()).Check(t, m.input(map[string]any{"username": "boss"}))
	if p := probe(probes, "rights"); p.State != "too_broad" {
		t.Errorf("rights is %+v, want too broad", p)
	}
	probes, _ = sdktest.NewBench(t, New()).Check(t, m.input(map[string]any{"username": "weak"}))
	if p := probe(probes, readLocks); p.State != "missing" || !strings.Contains(p.Err.Remedy, "grant SELECT") {
		t.Errorf("%s is %+v, want missing", readLocks, p)
	}
}

func (m *mariaDB) testRefusals(t *testing.T) {
	with := func(more map[string]any) sdktest.Input { return m.query("SELECT id FROM people", more) }
	asking := func(query string) sdktest.Input { return m.query(query, map[string]any{"username": "weak"}) }
	as := func(name string) sdktest.Input { return with(map[string]any{"username": name}) }
	wrong := with(nil)
	wrong.Secrets = map[string]string{"password": "another"}
	root := m.root()
	if _, err := root.Exec("LOCK TABLES locked WRITE"); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		in              sdktest.Input
		code            string
		message, remedy string
	}{
		"wrong password": {wrong, sdk.CodeAuthInvalid, "Access denied for user", "Password"},
		"locked account": {as("barred"), sdk.CodeAuthInvalid, "account is locked", "Unlock"},
		"expired":        {with(map[string]any{"username": "stale", "database": ""}), sdk.CodeAuthExpired, "", "new password"},
		"other address":  {as("elsewhere"), sdk.CodeAuthInvalid, "Access denied", "Sign in as"},
		"no TLS":         {with(map[string]any{"encrypted": false}), sdk.CodeAuthInvalid, "Access denied", ""},
		"no database":    {with(map[string]any{"database": "none", "username": "boss"}), sdk.CodeConfigInvalid, "Unknown database", "Database"},
		"no right":       {asking("SELECT id FROM secrets"), sdk.CodePermissionMissing, "SELECT command denied", "grant SELECT"},
		"no table":       {m.query("SELECT id FROM absent", nil), sdk.CodeConfigInvalid, "doesn't exist", "Query"},
		"syntax":         {m.query("SELECT id FRM people", nil), sdk.CodeConfigInvalid, "SQL syntax", "Query"},
		"two of a name":  {m.query("SELECT 1 AS id, 2 AS id", nil), sdk.CodeConfigInvalid, "Duplicate column name", "Query"},
		"slow": {m.query("SELECT SLEEP(60) AS id FROM people", nil), sdk.CodeLimitDeadline, "max_statement_time exceeded",
			"Time limit"},
		"locked table":    {m.query("SELECT id FROM locked", nil), sdk.CodeUpstream5xx, "Lock wait timeout", "locks the table"},
		"other authority": {with(map[string]any{"ca_certificate": ""}), sdk.CodeNetworkTLS, "authority this machine does not know", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.in.Streams = []string{"custom"}
			out := sdktest.NewBench(t, New()).Sync(t, test.in)
			e := out.Err
			if s := out.Streams["custom"]; s != nil && s.Err != nil {
				e = s.Err
			}
			if e == nil || e.Code != test.code || !strings.Contains(e.Message, test.message) || !strings.Contains(e.Remedy, test.remedy) {
				t.Errorf("got %+v, want %s with %q and %q", e, test.code, test.message, test.remedy)
			}
		})
	}
	if s := syncStream(t, as("modern"), "custom"); s.Err == nil || s.Err.Code != sdk.CodePermissionMissing {
		t.Errorf("with ed25519: %+v (%s), want a sign-in and a missing right", s.Err, s.Err.Detail)
	}
}

func (m *mariaDB) testReadsOnly(t *testing.T) {
	for _, query := range []string{
		"DELETE FROM people", "SELECT 1 AS id; DROP TABLE people", "SELECT 1 AS id) AS x; DELETE FROM people; SELECT * FROM (SELECT 1 AS id",
		"SELECT id FROM people INTO OUTFILE '/tmp/plumbline-must-not-be'",
		"SELECT id /*! INTO OUTFILE '/tmp/plumbline-must-not-be' */ FROM people",
	} {
		s := syncStream(t, m.query(query, map[string]any{"username": "boss"}), "custom")
		if s.Result == "complete" || s.Err == nil || s.Err.Code != sdk.CodeConfigInvalid {
			t.Errorf("%s: %s, %+v", query, s.Result, s.Err)
		}
	}
	if s := syncStream(t, m.query("SELECT id FROM people", nil), "custom"); s.Result != "complete" || len(s.Records) != 50 {
		t.Errorf("afterwards: %s with %d records, want all 50", s.Result, len(s.Records))
	}
}

func (m *mariaDB) testManyRows(t *testing.T) {
	in := m.query("SELECT seq AS id, CONCAT('user', seq) AS name FROM seq_1_to_1000000", map[string]any{"time_limit": 600})
	in.Streams, in.Deadline = []string{"custom"}, 5*time.Minute
	last, begun := 0, time.Now()
	s := sdktest.NewBench(t, reading(func(n int) { last = n })).Sync(t, in).Streams["custom"]
	if s.Result != "complete" || last != 1_000_000 {
		t.Fatalf("result is %s after %d rows: %v, %v", s.Result, last, s.Err, s.Gaps)
	}
	t.Logf("a million rows in %s", time.Since(begun).Round(time.Second))
}

func (m *mariaDB) testEnded(t *testing.T) {
	root := m.root()
	in := m.query("SELECT seq AS id, REPEAT('x', 100) AS x FROM seq_1_to_1000000", map[string]any{"time_limit": 600})
	in.Streams = []string{"custom"}
	s := sdktest.NewBench(t, reading(func(n int) {
		if n != 1000 {
			return
		}
		var id int
		const victim = "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'reader' AND INFO LIKE '%REPEAT%'"
		if err := root.QueryRow(victim).Scan(&id); err != nil {
			t.Error(err)
		}
		if _, err := root.Exec("KILL " + strconv.Itoa(id)); err != nil {
			t.Error(err)
		}
	})).Sync(t, in).Streams["custom"]
	if s.Err == nil || s.Result == "complete" || s.Err.Code == sdk.CodeInternalBug {
		t.Errorf("result is %s: %+v", s.Result, s.Err)
	}
}
