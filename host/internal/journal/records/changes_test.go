package records_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/history"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

// three returns a bundle with three connections, each with six runs in turn, and the moment
// after each run.
func three(t *testing.T) (b *Bundle, ids []string, moments []time.Time) {
	t.Helper()
	b = Setup(t)
	all := []host.Connection{b.Conn}
	for _, alias := range []string{"two", "three"} {
		c := host.Connection{Alias: alias, Connector: "envoy", Settings: []byte(`{}`)}
		all = append(all, OK(b.CreateConnection(AsTester(), c, nil))(t))
	}
	for run := range 6 {
		for i, c := range all {
			b.Clock.At = b.Clock.At.Add(time.Minute)
			b.Conn = c
			value := fmt.Sprintf(`%d-%d`, i, run)
			b.Sync(Snapshot, host.OutcomeComplete, Record("a", value), Record("b", "same"))
			b.Sync(Incremental, host.OutcomeComplete, Record("T", value))
			moments = append(moments, b.Clock.At.Add(time.Second))
		}
	}
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	return b, ids, moments
}

// pagesOf returns what all pages of a query have, in pages of this length.
func pagesOf(t *testing.T, b *Bundle, q journal.ChangeQuery, limit int) (words []string) {
	t.Helper()
	q.Limit = limit
	for page := 0; page == 0 || q.Cursor != ""; page++ {
		got := OK(b.Changes(t.Context(), q))(t)
		if len(got.Changes) > limit || page > 1000 {
			t.Fatalf("page %d has %d changes with limit %d", page, len(got.Changes), limit)
		}
		for _, c := range got.Changes {
			words = append(words, fmt.Sprintf("%d %s %s %s %s", c.At.UnixNano(), c.Alias, c.Kind, c.Stream, c.Key))
		}
		q.Cursor = got.Next
	}
	return words
}

// TestChangesOfSomeAreThoseOfAllThatPass compares each way to walk with the walk through
// the feed, filtered here.
func TestChangesOfSomeAreThoseOfAllThatPass(t *testing.T) {
	t.Parallel()
	b, ids, moments := three(t)
	all := pagesOf(t, b, journal.ChangeQuery{}, 1000)
	if want := 3 * (3 + 5*2); len(all) != want ||
		!slices.IsSortedFunc(all, func(a, b string) int { return -strings.Compare(a[:19], b[:19]) }) {
		t.Fatalf("%d changes, want %d, newest first: %q", len(all), want, all)
	}
	filtered := func(pass func(alias, kind, stream string, at time.Time) bool) (words []string) {
		for _, line := range all {
			f := strings.Fields(line)
			nanos := OK(strconv.ParseInt(f[0], 10, 64))(t)
			if pass(f[1], f[2], f[3], time.Unix(0, nanos)) {
				words = append(words, line)
			}
		}
		return words
	}
	since, until := moments[4], moments[11]
	for name, test := range map[string]struct {
		q    journal.ChangeQuery
		pass func(alias, kind, stream string, at time.Time) bool
	}{
		"one":      {journal.ChangeQuery{Connections: ids[1:2]}, func(a, _, _ string, _ time.Time) bool { return a == "two" }},
		"two":      {journal.ChangeQuery{Connections: ids[1:]}, func(a, _, _ string, _ time.Time) bool { return a != "prod" }},
		"three":    {journal.ChangeQuery{Connections: ids}, func(string, string, string, time.Time) bool { return true }},
		"a stream": {journal.ChangeQuery{Stream: "users"}, func(_, _, s string, _ time.Time) bool { return s == "users" }},
		"a kind":   {journal.ChangeQuery{Kind: "ticket"}, func(_, _, s string, _ time.Time) bool { return s == "tickets" }},
		"added":    {journal.ChangeQuery{Change: host.ChangeAdded}, func(_, k, _ string, _ time.Time) bool { return k == "added" }},
		"a period": {journal.ChangeQuery{Since: since, Until: until},
			func(_, _, _ string, at time.Time) bool { return !at.Before(since) && !at.After(until) }},
		"a period of one": {journal.ChangeQuery{Connections: ids[:1], Since: since, Until: until}, func(a, _, _ string, at time.Time) bool {
			return a == "prod" && !at.Before(since) && !at.After(until)
		}},
		"a period of two": {journal.ChangeQuery{Connections: ids[:2], Until: until},
			func(a, _, _ string, at time.Time) bool { return a != "three" && !at.After(until) }},
		"nothing": {journal.ChangeQuery{Until: moments[0].Add(-24 * time.Hour)},
			func(string, string, string, time.Time) bool { return false }},
		"a text": {journal.ChangeQuery{Text: "B"}, func(_, k, s string, _ time.Time) bool { return k == "added" && s == "users" }},
	} {
		want := filtered(test.pass)
		if name == "a text" {
			want = slices.DeleteFunc(want, func(line string) bool { return !strings.HasSuffix(line, " b") })
		}
		for _, limit := range []int{1, 3, 1000} {
			Same(t, fmt.Sprintf("%s, pages of %d", name, limit), pagesOf(t, b, test.q, limit), want)
		}
		counted := 0
		for _, c := range OK(b.CountChanges(t.Context(), test.q))(t) {
			counted += c.Added + c.Changed + c.Removed
		}
		Same(t, name+" counted", counted, len(want))
	}
}

func TestChangesOfARemovedConnectionAreNoMore(t *testing.T) {
	t.Parallel()
	b, ids, _ := three(t)
	Must(t, b.DeleteConnection(AsTester(), ids[0]))
	for _, line := range pagesOf(t, b, journal.ChangeQuery{}, 7) {
		if strings.Contains(line, " prod ") {
			t.Errorf("still there: %s", line)
		}
	}
}

func TestChangesSayWhatDiffers(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	doc := func(text string) host.Write {
		return host.Write{Key: "k", Doc: []byte(text), Hash: sha256.Sum256([]byte(text))}
	}
	b.Sync(Snapshot, host.OutcomeComplete, doc(`{"name":"Ann","roles":["a"],"vendor":{"a/b":1,"list":[{"x":1},{"y":1}]}}`), Record("z", "1"))
	b.Sync(Snapshot, host.OutcomeComplete,
		doc(`{"email":"ann@x.example","name":"Anna","roles":["a","b"],"vendor":{"a/b":2,"list":[{"x":1},{"y":22}]}}`), Record("z", "1"))
	b.Sync(Snapshot, host.OutcomeComplete, Record("z", "1"))
	page := OK(b.Changes(t.Context(), journal.ChangeQuery{Diff: true, Text: "ann"}))(t)
	var words []string
	for _, c := range page.Changes {
		for _, d := range c.Diff {
			words = append(words, fmt.Sprintf("%s %s %s %q %s -> %s", c.Kind, c.Title, d.Path, d.Field, d.Before, d.After))
		}
	}
	want := []string{
		`removed Anna /email "email" "ann@x.example" -> `, `removed Anna /name "name" "Anna" -> `, `removed Anna /roles "roles" ["a","b"] -> `,
		`changed Anna /email "email"  -> "ann@x.example"`, `changed Anna /name "name" "Ann" -> "Anna"`,
		`changed Anna /roles "roles" ["a"] -> ["a","b"]`,
		`changed Anna /vendor/a~1b "" 1 -> 2`, `changed Anna /vendor/list/1/y "" 1 -> 22`,
		`added Ann /name "name"  -> "Ann"`, `added Ann /roles "roles"  -> ["a"]`,
	}
	Same(t, "differences", words, want)

	versions := OK(b.RecordVersions(t.Context(), journal.VersionQuery{Connection: b.Conn.ID, Stream: "users", Key: "k", Limit: 2}))(t)
	if len(versions.Versions) != 2 || versions.Next == "" || versions.Title != "Anna" || versions.Versions[0].Number != 3 ||
		versions.Versions[0].Change != host.ChangeRemoved || len(versions.Versions[1].Diff) != 5 {
		t.Errorf("the newest versions are %+v", versions)
	}
	rest := OK(b.RecordVersions(t.Context(), journal.VersionQuery{
		Connection: b.Conn.ID, Stream: "users", Key: "k", Limit: 2, Cursor: versions.Next,
	}))(t)
	if len(rest.Versions) != 1 || rest.Next != "" || rest.Versions[0].Number != 1 || rest.Versions[0].Change != host.ChangeAdded {
		t.Errorf("the rest is %+v", rest)
	}
	_, err := b.RecordVersions(t.Context(), journal.VersionQuery{Connection: b.Conn.ID, Stream: "users", Key: "k", Cursor: "zz"})
	WantProblem(t, err, host.CodeInvalid, "cursor")
}

func TestRecordAtAMoment(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	start := b.Clock.At
	step := func(records ...host.Write) time.Time {
		b.Clock.At = b.Clock.At.Add(time.Hour)
		b.Sync(Incremental, host.OutcomeComplete, records...)
		return b.Clock.At.Add(time.Minute)
	}
	first, second := step(Record("k", "1")), step(Record("k", "2"))
	third := step(host.Write{Key: "k", Removed: true})
	for name, test := range map[string]struct {
		at    time.Time
		state history.RecordState
		doc   string
	}{
		"before": {start, history.RecordAbsent, ""}, "first": {first, history.RecordPresent, `{"v":"1"}`},
		"second": {second, history.RecordPresent, `{"v":"2"}`}, "third": {third, history.RecordRemoved, `{"v":"2"}`},
		"now": {time.Time{}, history.RecordRemoved, `{"v":"2"}`},
	} {
		got := OK(b.RecordAt(b.Conn.ID, "tickets", "k", test.at))(t)
		doc := ""
		if got.Record != nil {
			doc = string(got.Record.Data)
		}
		if got.State != test.state || doc != test.doc || got.Versions != 3 || got.FirstAt.IsZero() || (got.Run == "") != (name == "before") {
			t.Errorf("%s: %+v with %s", name, got, doc)
		}
	}
	Same(t, "streams", OK(b.StreamsWith(b.Conn.ID, "k"))(t), []string{"tickets"})
	Same(t, "no streams", OK(b.StreamsWith(b.Conn.ID, "kk"))(t), []string(nil))
}
