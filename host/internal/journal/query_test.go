package journal_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

func TestRecordPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sync(snapshot, host.OutcomeComplete, docs(0, 25, "x", 0)...)
	b.sync(incremental, host.OutcomeComplete, record("T-1", "Grüße"), record("T-1\x00odd", "x"), record("T-10", "x"))
	moment := b.clock.at.Add(time.Minute)
	for i := range 30 { // many versions of one record
		b.sync(incremental, host.OutcomeComplete, record("T-10", fmt.Sprint(i)))
	}
	for name, q := range map[string]journal.RecordQuery{"now": {}, "as of": {AsOf: moment}} {
		for _, limit := range []int{1, 2, 7, 28, 100} {
			var keys []string
			q.Connection, q.Limit, q.After = b.conn.ID, limit, ""
			for page := 0; page == 0 || q.After != ""; page++ {
				records, next, err := b.Records(t.Context(), q)
				must(t, err)
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
			same(t, fmt.Sprintf("%s, pages of %d", name, limit), keys, want)
		}
	}
	same(t, "one stream", len(b.state(journal.RecordQuery{Stream: "tickets"})), 3)
	same(t, "another", len(b.state(journal.RecordQuery{Stream: "other"})), 0)
	same(t, "by key", b.state(journal.RecordQuery{Query: "ER-00007"})[0][:10], "user-00007")
	same(t, "by content", b.state(journal.RecordQuery{Query: "grüSSE", Stream: "tickets"}), []string(nil))
	same(t, "by content", b.state(journal.RecordQuery{Query: "GRÜß", Stream: "tickets"}), []string{`T-1={"v":"Grüße"}`})
	same(t, "as of", b.state(journal.RecordQuery{Query: "T-10", AsOf: moment}), []string{`T-10={"v":"x"}`})
	_, _, err := b.Records(t.Context(), journal.RecordQuery{Connection: b.conn.ID, After: "***"})
	wantProblem(t, err, host.CodeInvalid, "cursor")
}

func TestChangePages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.sync(snapshot, host.OutcomeComplete, docs(0, 5, "1", 0)...)
	b.sync(snapshot, host.OutcomeComplete, docs(0, 7, "2", 0)...)
	all := b.log("")
	if len(all) != 12 {
		t.Fatalf("%d changes, want 12", len(all))
	}
	for limit := 1; limit <= 13; limit++ {
		var words []string
		q := journal.ChangeQuery{Connection: b.conn.ID, Limit: limit}
		for page := 0; page == 0 || q.Cursor != ""; page++ {
			changes, next, err := b.Changes(t.Context(), q)
			must(t, err)
			if len(changes) == 0 || len(changes) > limit {
				t.Fatalf("page of %d with limit %d", len(changes), limit)
			}
			for _, c := range changes {
				words = append(words, fmt.Sprintf("%s %s", c.Kind, c.Key))
			}
			q.Cursor = next
		}
		same(t, fmt.Sprintf("pages of %d", limit), words, all)
	}
	_, _, err := b.Changes(t.Context(), journal.ChangeQuery{Connection: b.conn.ID, Cursor: "zz"})
	wantProblem(t, err, host.CodeInvalid, "cursor")
	_, _, err = b.Changes(t.Context(), journal.ChangeQuery{Connection: b.conn.ID, Run: "nope"})
	wantProblem(t, err, host.CodeNotFound, "run")
}
