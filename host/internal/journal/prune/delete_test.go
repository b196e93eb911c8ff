package prune_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

// fill gives a connection one of everything, some of it in several transactions.
func fill(b *Bundle) {
	b.T.Helper()
	Must(b.T, b.SetDue(b.Conn.ID, b.Clock.At))
	secrets := map[string][]byte{"a": []byte("1"), "b": []byte("2")}
	OK(b.UpdateConnection(AsTester(), b.Conn.ID, 0, func(*host.Connection) error { return nil }, secrets, nil))(b.T)
	for i := range 3 {
		run := b.Begin()
		Must(b.T, b.AppendLogs(run.ID, []host.Log{{Message: "one"}, {Message: "two"}}))
		for _, info := range []host.StreamInfo{Snapshot, Incremental} {
			w := b.Stream(run, info)
			OK(w.Commit(Group(Docs(0, 6000, fmt.Sprint(i), 0))))(b.T)
			OK(w.Finish(Finish(host.OutcomeComplete)))(b.T)
		}
	}
}

func TestDeleteLeavesNothing(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	other := OK(b.CreateConnection(AsTester(), host.Connection{Alias: "prod2"}, map[string][]byte{"a": []byte("x")}))(t)
	first := b.Conn
	b.Conn = other
	OK(b.Stream(b.Begin(), Snapshot).Commit(Group(Docs(0, 5, "x", 0))))(t)
	before := CountKeys(b.Ledger)
	b.Conn = first
	fill(b)
	Must(t, b.DeleteConnection(AsTester(), first.ID))

	after := CountKeys(b.Ledger)
	for prefix, n := range before {
		want := n
		if slices.Contains([]string{"c", "a", "e"}, prefix) {
			want-- // of the deleted connection itself
		}
		if prefix == "l" || prefix == "f" {
			want += 2 // an edit and the deletion are in the audit log
		}
		if after[prefix] != want {
			t.Errorf("%d keys under %s, want %d", after[prefix], prefix, want)
		}
	}
	for prefix := range maps.Keys(after) {
		if _, known := before[prefix]; !known {
			t.Errorf("keys under %s are left", prefix)
		}
	}
	_, err := b.Connection("prod")
	WantProblem(t, err, host.CodeNotFound, "")
	runs, _, err := b.Runs(journal.RunQuery{Connection: first.ID})
	Must(t, err)
	Same(t, "runs", len(runs), 0)
	b.Conn = other
	b.Verify()
	OK(b.CreateConnection(AsTester(), host.Connection{Alias: "prod"}, nil))(t) // the alias is free again
}
