package records_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

func TestRecordPages(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Sync(Snapshot, host.OutcomeComplete, Docs(0, 25, "x", 0)...)
	b.Sync(Incremental, host.OutcomeComplete, Record("T-1", "Grüße"), Record("T-1\x00odd", "x"), Record("T-10", "x"))
	moment := b.Clock.At.Add(time.Minute)
	for i := range 30 { // many versions of one record
		b.Sync(Incremental, host.OutcomeComplete, Record("T-10", fmt.Sprint(i)))
	}
	for name, q := range map[string]journal.RecordQuery{"now": {}, "as of": {AsOf: moment}} {
		for _, limit := range []int{1, 2, 7, 28, 100} {
			var keys []string
			q.Connection, q.Limit, q.After = b.Conn.ID, limit, ""
			for page := 0; page == 0 || q.After != ""; page++ {
				records, next, err := b.Records(t.Context(), q)
				Must(t, err)
				if len(records) > limit || (len(records) == 0 && page > 0) {
					t.Fatalf("%s: page of %d with limit %d", name, len(records), limit)
				}
				for _, r := range records {
					keys = append(keys, r.Key)
				}
				q.After = next
			}
			want := []string{"T-1", "T-1\x00odd", "T-10"}
			for i := range 25 {
				want = append(want, fmt.Sprintf("user-%05d", i))
			}
			Same(t, fmt.Sprintf("%s, pages of %d", name, limit), keys, want)
		}
	}
	Same(t, "one stream", len(b.State(journal.RecordQuery{Stream: "tickets"})), 3)
	Same(t, "another", len(b.State(journal.RecordQuery{Stream: "other"})), 0)
	Same(t, "by key", b.State(journal.RecordQuery{Query: "ER-00007"})[0][:10], "user-00007")
	Same(t, "by content", b.State(journal.RecordQuery{Query: "grüSSE", Stream: "tickets"}), []string(nil))
	Same(t, "by content", b.State(journal.RecordQuery{Query: "GRÜß", Stream: "tickets"}), []string{`T-1={"v":"Grüße"}`})
	Same(t, "as of", b.State(journal.RecordQuery{Query: "T-10", AsOf: moment}), []string{`T-10={"v":"x"}`})
	_, _, err := b.Records(t.Context(), journal.RecordQuery{Connection: b.Conn.ID, After: "***"})
	WantProblem(t, err, host.CodeInvalid, "cursor")
}

func TestChangePages(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Sync(Snapshot, host.OutcomeComplete, Docs(0, 5, "1", 0)...)
	b.Sync(Snapshot, host.OutcomeComplete, Docs(0, 7, "2", 0)...)
	all := b.Log("")
	if len(all) != 12 {
		t.Fatalf("%d changes, want 12", len(all))
	}
	for limit := 1; limit <= 13; limit++ {
		var words []string
		q := journal.ChangeQuery{Connections: []string{b.Conn.ID}, Limit: limit}
		for page := 0; page == 0 || q.Cursor != ""; page++ {
			got, err := b.Changes(t.Context(), q)
			Must(t, err)
			if len(got.Changes) == 0 || len(got.Changes) > limit {
				t.Fatalf("page of %d with limit %d", len(got.Changes), limit)
			}
			for _, c := range got.Changes {
				words = append(words, fmt.Sprintf("%s %s", c.Kind, c.Key))
			}
			q.Cursor = got.Next
		}
		Same(t, fmt.Sprintf("pages of %d", limit), words, all)
	}
	_, err := b.Changes(t.Context(), journal.ChangeQuery{Connections: []string{b.Conn.ID}, Cursor: "zz"})
	WantProblem(t, err, host.CodeInvalid, "cursor")
	_, err = b.Changes(t.Context(), journal.ChangeQuery{Connections: []string{b.Conn.ID}, Run: "nope"})
	WantProblem(t, err, host.CodeNotFound, "run")
}
