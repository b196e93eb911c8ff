package journal_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

func keep(*host.Connection) error { return nil }

func TestConnectionLife(t *testing.T) {
	t.Parallel()
	b := setup(t)
	second := ok(b.CreateConnection(asTester(), host.Connection{Alias: "backup", Connector: "ldap", Settings: []byte(`{}`)}, map[string][]byte{"password": []byte("sealed")}))(t)
	if second.ID == "" || second.ID == b.conn.ID || second.Revision != 1 || !second.CreatedAt.Equal(b.clock.at) {
		t.Errorf("new connection is %+v", second)
	}
	for _, ref := range []string{second.ID, "backup"} {
		same(t, "by "+ref, ok(b.Connection(ref))(t), second)
	}
	var names []string
	for _, c := range ok(b.Connections())(t) {
		names = append(names, c.Alias)
	}
	same(t, "all, by alias", names, []string{"backup", "prod"})

	created := b.clock.at
	b.clock.at = created.Add(time.Hour)
	updated := ok(b.UpdateConnection(asTester(), second.ID, 1, func(c *host.Connection) error {
		c.Alias, c.Schedule, c.ID, c.Revision = "spare", "@daily", "other", 77
		c.Secrets = nil
		return nil
	}, map[string][]byte{"token": []byte("t")}, nil))(t)
	same(t, "updated", updated, host.Connection{
		ID: second.ID, Alias: "spare", Connector: "ldap", Settings: []byte(`{}`), Schedule: "@daily", Revision: 2, CreatedAt: created, UpdatedAt: b.clock.at,
		Secrets: []host.SecretInfo{{Name: "password", SetAt: created}, {Name: "token", SetAt: b.clock.at}},
	})
	b.reopen()
	same(t, "stored", ok(b.Connection("spare"))(t), updated)
	_, err := b.Connection("backup")
	wantProblem(t, err, host.CodeNotFound, "connection")

	updated = ok(b.UpdateConnection(asTester(), second.ID, 0, keep, map[string][]byte{"token": []byte("t2")}, []string{"password", "never-there"}))(t)
	same(t, "secrets left", updated.Secrets, []host.SecretInfo{{Name: "token", SetAt: b.clock.at}})
	same(t, "sealed", ok(b.SealedSecrets(second.ID))(t), map[string][]byte{"token": []byte("t2")})
}

func TestConnectionRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.CreateConnection(asTester(), host.Connection{Alias: "prod"}, nil)
	wantProblem(t, err, host.CodeConflict, "alias")
	_, err = b.CreateConnection(asTester(), host.Connection{Alias: "Not An Alias"}, nil)
	wantProblem(t, err, host.CodeInvalid, "alias")
	_, err = b.CreateConnection(asTester(), host.Connection{Alias: "fresh", ID: b.conn.ID}, nil)
	wantProblem(t, err, host.CodeConflict, "")
	_, err = b.Connection("fresh")
	wantProblem(t, err, host.CodeNotFound, "") // a refused one leaves nothing, nor its alias

	other := ok(b.CreateConnection(asTester(), host.Connection{Alias: "other"}, nil))(t)
	_, err = b.UpdateConnection(asTester(), other.ID, 0, func(c *host.Connection) error { c.Alias = "prod"; return nil }, nil, nil)
	wantProblem(t, err, host.CodeConflict, "alias")
	_, err = b.UpdateConnection(asTester(), other.ID, 0, func(c *host.Connection) error { c.Alias = "/"; return nil }, nil, nil)
	wantProblem(t, err, host.CodeInvalid, "alias")
	_, err = b.UpdateConnection(asTester(), other.ID, 5, keep, nil, nil)
	if p := wantProblem(t, err, host.CodeConflict, ""); p.Remedy == "" {
		t.Error("a lost update has no remedy")
	}
	own := errors.New("own")
	_, err = b.UpdateConnection(asTester(), other.ID, 0, func(*host.Connection) error { return own }, nil, nil)
	if !errors.Is(err, own) {
		t.Errorf("error %v, want the one edit returned", err)
	}
	same(t, "untouched", ok(b.Connection("other"))(t), other)
	for name, err := range map[string]error{
		"update": func() error { _, err := b.UpdateConnection(asTester(), "nope", 0, keep, nil, nil); return err }(),
		"delete": b.DeleteConnection(asTester(), "nope"),
		"due":    b.SetDue("nope", b.clock.at),
		"begin":  func() error { _, err := b.BeginRun(host.Run{Connection: "nope"}); return err }(),
	} {
		if p := wantProblem(t, err, host.CodeNotFound, ""); p.Fields[0].Value != "nope" {
			t.Errorf("%s: problem does not name it: %+v", name, p)
		}
	}
}

func TestAliasIsUniqueUnderRace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var wg sync.WaitGroup
	won := make(chan string, 20)
	for range 20 {
		wg.Go(func() {
			if c, err := b.CreateConnection(asTester(), host.Connection{Alias: "same"}, nil); err == nil {
				won <- c.ID
			}
		})
	}
	wg.Wait()
	close(won)
	if len(won) != 1 {
		t.Errorf("%d connections got the same alias", len(won))
	}
}

func TestEditsAreNotLostUnderRace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			_, err := b.UpdateConnection(asTester(), b.conn.ID, 0, func(c *host.Connection) error { c.Schedule += "x"; return nil }, nil, nil)
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c := ok(b.Connection("prod"))(t)
	if len(c.Schedule) != 10 || c.Revision != 11 {
		t.Errorf("schedule %q at revision %d after 10 edits", c.Schedule, c.Revision)
	}
}

func TestDue(t *testing.T) {
	t.Parallel()
	b := setup(t)
	at := time.Date(2026, 3, 2, 7, 30, 0, 0, time.UTC)
	must(t, b.SetDue(b.conn.ID, at))
	b.reopen()
	same(t, "dues", ok(b.Dues())(t), map[string]time.Time{b.conn.ID: at})
	must(t, b.SetDue(b.conn.ID, time.Time{}))
	must(t, b.SetDue(b.conn.ID, time.Time{}))
	same(t, "dues", ok(b.Dues())(t), map[string]time.Time{})
}

// fill gives a connection one of everything, some of it in several transactions.
func (b *bundle) fill() {
	b.t.Helper()
	must(b.t, b.SetDue(b.conn.ID, b.clock.at))
	ok(b.UpdateConnection(asTester(), b.conn.ID, 0, keep, map[string][]byte{"a": []byte("1"), "b": []byte("2")}, nil))(b.t)
	for i := range 3 {
		run := b.begin()
		must(b.t, b.AppendLogs(run.ID, []host.Log{{Message: "one"}, {Message: "two"}}))
		for _, info := range []host.StreamInfo{snapshot, incremental} {
			w := b.stream(run, info)
			ok(w.Commit(group(docs(0, 6000, fmt.Sprint(i), 0))))(b.t)
			ok(w.Finish(complete()))(b.t)
		}
	}
}

func TestDeleteLeavesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := ok(b.CreateConnection(asTester(), host.Connection{Alias: "prod2"}, map[string][]byte{"a": []byte("x")}))(t)
	first := b.conn
	b.conn = other
	ok(b.stream(b.begin(), snapshot).Commit(group(docs(0, 5, "x", 0))))(t)
	before := b.CountKeys()
	b.conn = first
	b.fill()
	must(t, b.DeleteConnection(asTester(), first.ID))

	after := b.CountKeys()
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
	wantProblem(t, err, host.CodeNotFound, "")
	runs, _, err := b.Runs(journal.RunQuery{Connection: first.ID})
	must(t, err)
	same(t, "runs", len(runs), 0)
	b.conn = other
	b.verify()
	ok(b.CreateConnection(asTester(), host.Connection{Alias: "prod"}, nil))(t) // the alias is free again
}
