package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// journal answers with what changed in the window that is asked for.
type journal struct {
	rows    []map[string]any
	windows []string
	fail    string // the window that fails
}

func (j *journal) handle(q asked, w http.ResponseWriter) any {
	from, to := q.Query["from"][0], q.Query["to"][0]
	j.windows = append(j.windows, from+" "+to)
	if j.fail == from {
		w.WriteHeader(http.StatusInternalServerError)
	}
	list := []any{}
	for _, row := range j.rows {
		if at := row["changed"].(string); at >= from && at <= to {
			list = append(list, row)
		}
	}
	return list
}

func changed(id, at string, more ...any) map[string]any {
	row := map[string]any{"id": id, "changed": at}
	for i := 0; i+1 < len(more); i += 2 {
		row[more[i].(string)] = more[i+1]
	}
	return row
}

const changes = `path: /changes
query: {from: "{{ window.from }}", to: "{{ window.to }}"}
records: response
`

// TestOnlyChangesAreReadAgain runs twice and looks at what is asked the second time.
func TestOnlyChangesAreReadAgain(t *testing.T) {
	t.Parallel()
	future := time.Now().Add(48 * time.Hour).UTC().Format(time.RFC3339)
	j := &journal{rows: []map[string]any{changed("a", "2026-01-05T00:00:00Z"), changed("b", "2026-01-09T12:00:00Z"), changed("late", future)}}
	vendor := vendorOf(t, j.handle)
	bench := sdktest.NewBench(t, connectorOf(t, bearer+oneStream(changes+
		"deletes: tombstone\nremoved: item.?gone.orValue(false)\nwhere: item.?live.orValue(true)\n"+
		"incremental: {cursor: item.changed, start: '{{ settings.start }}', overlap: 1h}")))
	first := bench.Sync(t, given(vendor.URL)).Streams["users"]
	if first.Result != "complete" || !slices.Equal(first.Keys, []string{"a", "b"}) ||
		string(first.Cursor) != `{"since":"2026-01-09T12:00:00Z"}` {
		t.Fatalf("%s, %v, cursor %s, %v", first.Result, first.Keys, first.Cursor, first.Err)
	}
	j.rows = []map[string]any{changed("a", "2026-01-10T00:00:00Z", "gone", true), changed("b", "2026-01-10T01:00:00Z", "live", false),
		changed("c", "2026-01-09T11:30:00Z"), changed("ahead", future)}
	in := given(vendor.URL)
	in.Cursors = map[string]json.RawMessage{"users": first.Cursor}
	second := bench.Sync(t, in).Streams["users"]
	if second.Result != "complete" || !slices.Equal(second.Keys, []string{"c"}) || !slices.Equal(second.Removed, []string{"a", "b"}) ||
		string(second.Cursor) != `{"since":"2026-01-10T01:00:00Z"}` {
		t.Errorf("%s, %v, removed %v, cursor %s, %v", second.Result, second.Keys, second.Removed, second.Cursor, second.Err)
	}
	if from := strings.Fields(j.windows[1])[0]; from != "2026-01-09T11:00:00Z" {
		t.Errorf("the second run begins at %s", from)
	}
}

// TestALongTimeIsCutIntoWindows also has one in the middle fail: the next run goes on
// from what was read before it.
func TestALongTimeIsCutIntoWindows(t *testing.T) {
	t.Parallel()
	start := time.Now().UTC().Add(-35 * 24 * time.Hour).Truncate(time.Second)
	day := func(n int) string { return start.Add(time.Duration(n) * 24 * time.Hour).Format(time.RFC3339) }
	j := &journal{rows: []map[string]any{changed("a", day(1)), changed("b", day(12)), changed("c", day(33))}, fail: day(20)}
	vendor := vendorOf(t, j.handle)
	bench := sdktest.NewBench(t, connectorOf(t, bearer+oneStream(changes+
		"deletes: never\nincremental: {cursor: item.changed, start: '{{ settings.start }}', window: 10d, overlap: 0s}")))
	in := given(vendor.URL)
	in.Settings.(map[string]any)["start"] = day(0)
	first := bench.Sync(t, in).Streams["users"]
	if first.Result != "partial" || !slices.Equal(first.Keys, []string{"a", "b"}) ||
		string(first.Cursor) != fmt.Sprintf(`{"since":%q}`, day(20)) {
		t.Fatalf("%s, %v, %s, %v", first.Result, first.Keys, first.Cursor, first.Err)
	}
	j.fail, j.windows = "", nil
	in.Cursors, in.Resume = map[string]json.RawMessage{"users": first.Cursor}, map[string]bool{"users": true}
	second := bench.Sync(t, in).Streams["users"]
	if second.Result != "complete" || !slices.Equal(second.Keys, []string{"c"}) || len(j.windows) != 2 ||
		!strings.HasPrefix(j.windows[0], day(20)) {
		t.Errorf("%s, %v, windows %v, %v", second.Result, second.Keys, j.windows, second.Err)
	}
}

// TestASnapshotMayBeIncremental reads from the start where the host gives no cursor.
func TestASnapshotMayBeIncremental(t *testing.T) {
	t.Parallel()
	j := &journal{rows: []map[string]any{changed("a", "2026-01-05T00:00:00Z")}}
	vendor := vendorOf(t, j.handle)
	bench := sdktest.NewBench(t, connectorOf(t, bearer+oneStream(changes+
		"incremental: {cursor: item.changed, start: '{{ settings.start }}'}")))
	for _, cursor := range []string{"", `{"since":"2026-01-05T00:00:00Z"}`, ""} {
		in := given(vendor.URL)
		if cursor != "" {
			in.Cursors = map[string]json.RawMessage{"users": json.RawMessage(cursor)}
		}
		s := bench.Sync(t, in).Streams["users"]
		from := strings.Fields(j.windows[len(j.windows)-1])[0]
		if want := map[bool]string{true: "2026-01-01T00:00:00Z", false: "2026-01-04T23:50:00Z"}[cursor == ""]; s.Result != "complete" ||
			from != want {
			t.Errorf("cursor %q: from %s, %s, %v", cursor, from, s.Result, s.Err)
		}
	}
}

// TestAGapKeepsTheCursor: what was lost is asked for again.
func TestAGapKeepsTheCursor(t *testing.T) {
	t.Parallel()
	j := &journal{rows: []map[string]any{changed("a", "2026-01-05T00:00:00Z"), changed("", "2026-01-06T00:00:00Z")}}
	vendor := vendorOf(t, j.handle)
	s := users(t, bearer+oneStream(changes+"deletes: never\nincremental: {cursor: item.changed, start: '{{ settings.start }}'}"), vendor)
	if s.Result != "complete_with_gaps" || len(s.Records) != 1 || len(s.Cursor) > 0 {
		t.Errorf("%s with %d, cursor %s", s.Result, len(s.Records), s.Cursor)
	}
}

func TestAWindowIsWrittenAsTheVendorWritesIt(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		"rfc3339": "2026-01-01T00:00:00Z", "date": "2026-01-01", "unix": "1767225600", "unix_ms": "1767225600000",
		"'2006-01-02 15:04:05'": "2026-01-01 00:00:00", "02/Jan/2006": "01/Jan/2026",
	} {
		from := ""
		vendor := vendorOf(t, func(q asked, _ http.ResponseWriter) any { from = q.Query["from"][0]; return people() })
		s := users(t, bearer+oneStream(changes+"deletes: never\nincremental: {cursor: item.changed, start: '{{ settings.start }}', format: "+
			format+"}"), vendor)
		if s.Result != "complete" || from != want || len(s.Cursor) > 0 {
			t.Errorf("%s: %q, want %q (%v)", format, from, want, s.Err)
		}
	}
}

// TestPermissionsAreTriedOneByOne has each outcome of a probe.
func TestPermissionsAreTriedOneByOne(t *testing.T) {
	t.Parallel()
	const probe = `permissions:
  - id: users.read
    reason: Lists users.
    probe: {path: /users, answers: [{when: 'status == 409', is: plan}]}
    broad: 'headers["x-scopes"].contains("write")'
  - {id: factors.read, reason: Lists factors., optional: true}
`
	for status, want := range map[int]string{
		200: "ok", 201: "too_broad", 403: "missing", 409: "failed permission.licence", 500: "unknown", 404: "unknown",
		401: "failed auth.invalid",
	} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			vendor := vendorOf(t, func(q asked, w http.ResponseWriter) any {
				switch q.Path {
				case "/me":
					return map[string]any{"name": "Ada"}
				case "/list":
					return people("a")
				case "/factors":
					w.WriteHeader(http.StatusForbidden)
					return map[string]any{}
				}
				w.Header().Set("X-Scopes", map[int]string{201: "read,write"}[status])
				w.WriteHeader(status)
				return map[string]any{}
			})
			first := head[:strings.Index(head, "permissions:")] + probe + head[strings.Index(head, "network:"):]
			second := strings.Replace(strings.TrimPrefix(oneStream("path: /factors\nrecords: response"), "streams:\n"), "name: users",
				"name: factors", 1)
			rest := bearer + "check: {path: /me, identity: response.name}\n" + oneStream("path: /list\nrecords: response") +
				strings.Replace(second, "[users.read]", "[factors.read]", 1)
			c, err := parse(strings.NewReader(first + rest))
			if err != nil {
				t.Fatal(err)
			}
			probes, identity := sdktest.NewBench(t, c).Check(t, given(vendor.URL))
			got := map[string]string{}
			for _, p := range probes {
				got[p.ID] = p.State
				if p.State == "failed" {
					got[p.ID] += " " + p.Err.Code
				}
				if p.State == "missing" && len(p.Err.Permissions) == 0 {
					t.Errorf("%s does not say what is missing: %+v", p.ID, p.Err)
				}
			}
			wanted := map[string]string{"settings": "ok", "reach": "ok", "tls": "unknown", "authenticate": "ok", "permission.users.read": want,
				"stream.users": "ok", "stream.factors": "missing"}
			if identity != "Ada" || !maps.Equal(got, wanted) {
				t.Errorf("%q, %v\nwant %v", identity, got, wanted)
			}
		})
	}
}
