package main

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func syncStream(t *testing.T, in sdktest.Input, stream string) *sdktest.Stream {
	t.Helper()
	in.Streams = []string{stream}
	return sdktest.NewBench(t, New()).Sync(t, in).Streams[stream]
}

// fields returns the members of a record.
func fields(t *testing.T, raw json.RawMessage) map[string]any {
	t.Helper()
	var all map[string]any
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if err := d.Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestQuery maps the rows of a query.
func TestQuery(t *testing.T) {
	t.Parallel()
	in := postgresServer(t).query("SELECT id, mail, active AS is_active, seen, roles FROM people; ", map[string]any{
		"kind": "account", "columns": []string{"mail = email", "is_active = status", "seen = last_login_at"},
	})
	s := syncStream(t, in, "account")
	if s.Result != "complete" || len(s.Records) != 50 {
		t.Fatalf("result is %s with %d records: %v, %v", s.Result, len(s.Records), s.Err, s.Gaps)
	}
	want := map[string]any{
		"external_id": "2", "email": "p2@example.test", "status": "active", "type": "unknown", "mfa": "unknown", "admin": "unknown",
		"last_login_at": "2026-03-01T12:00:00Z", "roles": []any{"admin", "a; b"},
		"vendor": map[string]any{"id": json.Number("2"), "mail": "p2@example.test", "is_active": true, "seen": "2026-03-01 12:00:00+00",
			"roles": []any{"admin", "a; b"}},
	}
	if diff := cmp.Diff(want, fields(t, s.Records["2"])); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if got := fields(t, s.Records["3"]); got["status"] != "suspended" || got["roles"] != nil {
		t.Errorf("record 3 is %v, want suspended without roles", got)
	}
}

// TestPostgresTypes reads a value of each type. The vendor's document keeps it as the server writes it.
func TestPostgresTypes(t *testing.T) {
	t.Parallel()
	s := syncStream(t, postgresServer(t).query("SELECT * FROM kinds", nil), "custom")
	if s.Result != "complete" || len(s.Keys) != 1 {
		t.Fatalf("result is %s with %v: %v, %v", s.Result, s.Keys, s.Err, s.Gaps)
	}
	const id = "6f1c8f0e-0000-4000-8000-000000000001"
	want := map[string]any{
		"id": id, "num": json.Number("12345678901234567890.5000000000"), "big": json.Number("9007199254740993"), "real8": "NaN",
		"stamp": "2026-03-01 10:00:00.25+00", "local": "2026-03-01 12:00:00", "day": "2026-03-01", "forever": "infinity", "raw": "00ff",
		"long":  "sha256:" + "09ecb6ebc8bcefc733f6f2ec44f791abeed6a99edf0cc31519637898aebd52d8",
		"texts": []any{"a", nil, `b "c", {d}`, "NULL", ""}, "numbers": []any{"1", nil, "3"}, "nested": "{{1,2},{3,4}}",
		"doc": map[string]any{"a": []any{json.Number("1.50"), nil}, "b": json.Number("1")}, "list": []any{"x", "y"}, "old": "word",
		"nothing": nil,
		"feeling": "it's ok", "address": "10.0.0.1", "small": "abc", "yes": true, "money": "$12.50", "span": "1 day 02:00:00", "empty": []any{},
	}
	if diff := cmp.Diff(want, fields(t, s.Records[id])["vendor"]); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// TestEncodings reads databases that are not UTF-8. PostgreSQL does not convert the texts of SQL_ASCII.
func TestEncodings(t *testing.T) {
	t.Parallel()
	server := postgresServer(t)
	in := func(database string) sdktest.Input {
		return server.query("SELECT id, name AS title FROM people", map[string]any{"database": database, "kind": "document"})
	}
	latin := syncStream(t, in("latin"), "document")
	if got := fields(t, latin.Records["1"])["title"]; latin.Result != "complete" || got != "Zoë" {
		t.Errorf("latin1: %s, %q, %v", latin.Result, got, latin.Gaps)
	}
	ascii := syncStream(t, in("ascii"), "document")
	if ascii.Result != "complete_with_gaps" || fields(t, ascii.Records["2"])["title"] != "Ann" || !hasGap(ascii, "title", "not UTF-8") {
		t.Errorf("SQL_ASCII: %s, %v, %v", ascii.Result, ascii.Keys, ascii.Gaps)
	}
}

// hasGap reports whether a gap has these texts in its scope and its message.
func hasGap(s *sdktest.Stream, scope, message string) bool {
	for where, e := range s.Gaps {
		if strings.Contains(where, scope) && strings.Contains(e.Message, message) {
			return true
		}
	}
	return false
}

// TestRowsThatCannotBeRead keeps the other rows, and reports each row or value with the words for a person.
func TestRowsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	server := postgresServer(t)
	tests := map[string]struct {
		query          string
		more           map[string]any
		records        int
		scope, message string
	}{
		"no key":   {"SELECT * FROM (VALUES (1), (NULL)) v(id)", nil, 1, "row number 2", "key is empty"},
		"same key": {"SELECT * FROM (VALUES (1, 'a'), (1, 'b')) v(id, x)", nil, 1, "row number 2", "another row has its key"},
		"odd word": {"SELECT 1 AS id, 'odd' AS status", map[string]any{"kind": "account"}, 1, `column "status"`, "gives no status"},
		"long": {"SELECT g AS id, repeat('x', g * 200000) AS x FROM generate_series(1, 2) g", nil, 1, "row number 2",
			`largest value is in column "x"`},
		"more":    {"SELECT g AS id FROM generate_series(1, 5) g", map[string]any{"row_limit": 3}, 3, "rows after 3", "more than 3 rows"},
		"exactly": {"SELECT g AS id FROM generate_series(1, 3) g", map[string]any{"row_limit": 3}, 3, "", ""},
		"many":    {"SELECT NULL::int AS id FROM generate_series(1, 300)", nil, 0, "more rows", "300 rows cannot be read"},
		"many words": {"SELECT g AS id, 'odd' AS status FROM generate_series(1, 300) g", map[string]any{"kind": "account"}, 300, "more rows",
			"300 values"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := server.query(test.query, test.more)
			stream := "custom"
			if test.more["kind"] != nil {
				stream = "account"
			}
			s := syncStream(t, in, stream)
			if test.scope == "" {
				if s.Result != "complete" || len(s.Records) != test.records {
					t.Errorf("result is %s with %d records and %v", s.Result, len(s.Records), s.Gaps)
				}
				return
			}
			if s.Result != "complete_with_gaps" || len(s.Records) != test.records || !hasGap(s, test.scope, test.message) || len(s.Gaps) > 100 {
				t.Errorf("result is %s with %d records, %v, gaps %v", s.Result, len(s.Records), s.Err, s.Gaps)
			}
		})
	}
}

// TestReadsOnly tries queries that would change something. None of them does.
func TestReadsOnly(t *testing.T) {
	t.Parallel()
	server := postgresServer(t)
	for _, query := range []string{
		"DELETE FROM people RETURNING id", "WITH gone AS (DELETE FROM people RETURNING id) SELECT id FROM gone",
		"SELECT nextval('numbers') AS id",
		"SELECT harm() AS id", "SELECT 1 AS id; DROP TABLE people",
		"SELECT 1 AS id) AS x; COMMIT; DELETE FROM people; SELECT * FROM (SELECT 1 AS id",
		"SELECT id INTO copy FROM people", "SELECT id FROM people FOR UPDATE", "COPY people TO PROGRAM 'true'",
		"SELECT set_config('transaction_read_only', 'off', true) AS id",
	} {
		for _, name := range []string{"reader", "boss"} {
			s := syncStream(t, server.query(query, map[string]any{"username": name}), "custom")
			if s.Result == "complete" || len(s.Records) > 0 || s.Err == nil || s.Err.Code != sdk.CodeConfigInvalid || s.Err.ConfigPath != "/query" {
				t.Errorf("%s as %s: %s, %d records, %+v", query, name, s.Result, len(s.Records), s.Err)
			}
		}
	}
	s := syncStream(t, server.query("SELECT id FROM people", nil), "custom")
	if s.Result != "complete" || len(s.Records) != 50 {
		t.Errorf("afterwards: %s with %d records, want all 50", s.Result, len(s.Records))
	}
}

// TestRefusals has the server refuse in every way, and checks the words for a person.
func TestRefusals(t *testing.T) {
	t.Parallel()
	server := postgresServer(t)
	with := func(more map[string]any) sdktest.Input { return server.query("SELECT id FROM people", more) }
	asking := func(query string) sdktest.Input { return server.query(query, map[string]any{"time_limit": 2}) }
	wrong := with(nil)
	wrong.Secrets = map[string]string{"password": "another"}
	held, err := server.as(t.Context(), "crowded", "shop")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = held.Close(context.Background()) })
	locker, err := server.admin(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = locker.Close(context.Background()) })
	if _, err := locker.Exec(t.Context(), "BEGIN; LOCK TABLE locked IN ACCESS EXCLUSIVE MODE").ReadAll(); err != nil {
		t.Fatal(err)
	}
	closed, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		in              sdktest.Input
		code            string
		message, remedy string
	}{
		"wrong password":   {wrong, sdk.CodeAuthInvalid, `password authentication failed for user "reader"`, "Password"},
		"no such role":     {with(map[string]any{"username": "nobody"}), sdk.CodeAuthInvalid, "password authentication failed", "Sign in as"},
		"may not sign in":  {with(map[string]any{"username": "bob"}), sdk.CodeAuthInvalid, "not permitted to log in", "LOGIN"},
		"pg_hba":           {with(map[string]any{"username": "banned"}), sdk.CodeAuthInvalid, "pg_hba.conf", "hostssl"},
		"pg_hba wants TLS": {with(map[string]any{"encrypted": false}), sdk.CodeAuthInvalid, "no encryption", "hostssl"},
		"full":             {with(map[string]any{"username": "crowded"}), sdk.CodeRateLimited, "too many connections", "number of connections"},
		"no database":      {with(map[string]any{"database": "none"}), sdk.CodeConfigInvalid, `database "none" does not exist`, "Database"},
		"no right":         {asking("SELECT id FROM secrets"), sdk.CodePermissionMissing, "permission denied for table secrets", "grant SELECT"},
		"no table":         {asking("SELECT id FROM absent"), sdk.CodeConfigInvalid, `relation "absent" does not exist`, "Query"},
		"syntax":           {asking("SELECT id FRM people"), sdk.CodeConfigInvalid, "syntax error", "Query"},
		"no key column":    {asking("SELECT mail FROM people"), sdk.CodeConfigInvalid, `no column "id"; its columns are mail`, "key"},
		"two of a name":    {asking("SELECT 1 AS id, 2 AS id"), sdk.CodeConfigInvalid, `two columns of the query are called "id"`, "AS"},
		"division":         {asking("SELECT 1 / (id - 1) AS id FROM people"), sdk.CodeConfigInvalid, "division by zero", "Query"},
		"slow":             {asking("SELECT 1 AS id FROM pg_sleep(60)"), sdk.CodeLimitDeadline, "statement timeout", "Time limit"},
		"locked":           {asking("SELECT id FROM locked"), sdk.CodeUpstream5xx, "lock timeout", "locks the table"},
		"other authority":  {with(map[string]any{"ca_certificate": ""}), sdk.CodeNetworkTLS, "authority this machine does not know", ""},
		"other name": {with(map[string]any{"address": strings.Replace(server.addr, "127.0.0.1", "localhost", 1)}), sdk.CodeNetworkTLS,
			"another name", ""},
		"bad authority": {with(map[string]any{"ca_certificate": "x"}), sdk.CodeConfigInvalid, "not a PEM certificate", ""},
		"closed": {with(map[string]any{"address": fmt.Sprintf("127.0.0.1:%d", closed)}), sdk.CodeNetworkConnect,
			"refused the connection", ""},
		"cut in sign-in": {with(map[string]any{"address": cutAfter(t, server.addr, 900)}), sdk.CodeNetworkConnect, "broke", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.in.Streams = []string{"custom"}
			out := sdktest.NewBench(t, New()).Sync(t, test.in)
			e := out.Err
			if s := out.Streams["custom"]; s != nil && s.Err != nil {
				e = s.Err
			}
			if e == nil || e.Code != test.code || !strings.Contains(e.Message, test.message) || !strings.Contains(e.Remedy, test.remedy) {
				t.Errorf("got %+v, want %s with %q and %q", e, test.code, test.message, test.remedy)
			}
			if e != nil && strings.Contains(fmt.Sprintf("%+v", e), password) {
				t.Errorf("the error holds the password: %+v", e)
			}
		})
	}
}

// TestRefusesPlaintext keeps the password off an unencrypted network.
func TestRefusesPlaintext(t *testing.T) {
	t.Parallel()
	in := postgresServer(t).input(map[string]any{"address": "db.example.test", "encrypted": false})
	probes, _ := sdktest.NewBench(t, New()).Check(t, in)
	if last := probes[len(probes)-1]; last.Err == nil || last.Err.ConfigPath != "/encrypted" {
		t.Errorf("the check says %+v", probes)
	}
}

// reading returns the connector with one stream, which reads the query's rows into put.
func reading(put func(number int)) *sdk.Connector {
	c := New()
	for i := range c.Streams {
		if c.Streams[i].Kind != kind.KindCustom {
			continue
		}
		c.Streams[i].Read = func(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
			conn, err := sdk.From[*connection](s)
			if err != nil {
				return err
			}
			n := 0
			t, err := newTable(conn.settings, func(string, any) error { n++; put(n); return nil }, out.Gap)
			if err != nil {
				return err
			}
			return conn.rows(ctx, bounded(conn.Query, conn.RowLimit+1), reader{head: t.head, row: t.row})
		}
	}
	return c
}

// TestManyRows reads many rows and compares the memory in use.
func TestManyRows(t *testing.T) { //nolint:paralleltest // it measures the memory of the process
	readMany(t, 100_000)
}

// readMany reads a number of rows, of which it keeps only the hashes of the keys.
func readMany(t *testing.T, rows int) {
	t.Helper()
	query := fmt.Sprintf("SELECT g AS id, 'user' || g AS name, now() AS at FROM generate_series(1, %d) g", rows)
	in := postgresServer(t).query(query, nil)
	in.Streams, in.Deadline = []string{"custom"}, 5*time.Minute
	var before, peak uint64
	last, begun := 0, time.Now()
	measure := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	s := sdktest.NewBench(t, reading(func(n int) {
		last = n
		if n == 1 {
			before = measure()
		}
		if n%(rows/4) == 0 {
			peak = max(peak, measure())
		}
	})).Sync(t, in).Streams["custom"]
	if s.Result != "complete" || last != rows {
		t.Fatalf("result is %s after %d rows: %v, %v", s.Result, last, s.Err, s.Gaps)
	}
	t.Logf("%d rows in %s; the heap grew by %d MiB", rows, time.Since(begun).Round(time.Second), (peak-before)>>20)
	if grown := int64(peak) - int64(before); grown > 16<<20+int64(rows)*64 { // the keys of a million need about 35 MiB
		t.Errorf("the heap grew from %d to %d MiB", before>>20, peak>>20)
	}
}

// TestServerEndsInTheMiddle shuts the server down, breaks the connection and ends the session while rows are read.
// The stream is not complete.
func TestServerEndsInTheMiddle(t *testing.T) {
	t.Parallel()
	own, err := startPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(own.stop)
	server := postgresServer(t)
	const rows = "SELECT g AS id, repeat('x', 100) AS x FROM generate_series(1, 500000) g"
	tests := map[string]struct {
		in   sdktest.Input
		code string
		hit  func()
	}{
		"shutdown": {own.query(rows, nil), "", func() { _ = own.cmd.Process.Signal(syscall.SIGQUIT) }},
		"cut":      {server.query(rows, map[string]any{"address": cutAfter(t, server.addr, 2<<20)}), sdk.CodeNetworkConnect, func() {}},
		"ended": {server.query("/* victim */ "+rows, nil), "", func() {
			server.run(t, "shop", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%* victim *%' AND pid <> "+
				"pg_backend_pid()")
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.in.Streams = []string{"custom"}
			s := sdktest.NewBench(t, reading(func(n int) {
				if n == 1000 {
					test.hit()
				}
			})).Sync(t, test.in).Streams["custom"]
			if s.Err == nil || s.Result == "complete" || test.code != "" && s.Err.Code != test.code ||
				s.Err.Code == sdk.CodeInternalBug || s.Err.Fault == sdk.FaultConnector {
				t.Errorf("result is %s: %+v", s.Result, s.Err)
			}
		})
	}
}
