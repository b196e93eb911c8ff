package documents_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
)

func keep(*host.Connection) error { return nil }

func TestConnectionLife(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	second := host.Connection{Alias: "backup", Connector: "ldap", Settings: []byte(`{}`)}
	second = OK(b.CreateConnection(AsTester(), second, map[string][]byte{"password": []byte("sealed")}))(t)
	if second.ID == "" || second.ID == b.Conn.ID || second.Revision != 1 || !second.CreatedAt.Equal(b.Clock.At) {
		t.Errorf("new connection is %+v", second)
	}
	for _, ref := range []string{second.ID, "backup"} {
		Same(t, "by "+ref, OK(b.Connection(ref))(t), second)
	}
	var names []string
	for _, c := range OK(b.Connections())(t) {
		names = append(names, c.Alias)
	}
	Same(t, "all, by alias", names, []string{"backup", "prod"})

	tester, err := host.Acting(AsTester())
	Must(t, err)
	created := b.Clock.At
	b.Clock.At = created.Add(time.Hour)
	updated := OK(b.UpdateConnection(AsTester(), second.ID, 1, func(c *host.Connection) error {
		c.Alias, c.Schedule, c.ID, c.Revision = "spare", "@daily", "other", 77
		c.Secrets = nil
		return nil
	}, map[string][]byte{"token": []byte("t")}, nil))(t)
	Same(t, "updated", updated, host.Connection{
		ID: second.ID, Alias: "spare", Connector: "ldap", Settings: []byte(`{}`), Schedule: "@daily",
		Revision: 2, CreatedAt: created, UpdatedAt: b.Clock.At,
		Secrets: []host.SecretInfo{{Name: "password", SetAt: created, SetBy: &tester}, {Name: "token", SetAt: b.Clock.At, SetBy: &tester}},
	})
	b.Reopen()
	Same(t, "stored", OK(b.Connection("spare"))(t), updated)
	_, err = b.Connection("backup")
	WantProblem(t, err, host.CodeNotFound, "connection")

	changed := map[string][]byte{"token": []byte("t2")}
	updated = OK(b.UpdateConnection(AsTester(), second.ID, 0, keep, changed, []string{"password", "never-there"}))(t)
	Same(t, "secrets left", updated.Secrets, []host.SecretInfo{{Name: "token", SetAt: b.Clock.At, SetBy: &tester}})
	Same(t, "sealed", OK(b.SealedSecrets(second.ID))(t), map[string][]byte{"token": []byte("t2")})
}

func TestConnectionRefuses(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	_, err := b.CreateConnection(AsTester(), host.Connection{Alias: "prod"}, nil)
	WantProblem(t, err, host.CodeConflict, "alias")
	_, err = b.CreateConnection(AsTester(), host.Connection{Alias: "Not An Alias"}, nil)
	WantProblem(t, err, host.CodeInvalid, "alias")
	_, err = b.CreateConnection(AsTester(), host.Connection{Alias: "fresh", ID: b.Conn.ID}, nil)
	WantProblem(t, err, host.CodeConflict, "")
	_, err = b.Connection("fresh")
	WantProblem(t, err, host.CodeNotFound, "") // a refused one leaves nothing, nor its alias

	other := OK(b.CreateConnection(AsTester(), host.Connection{Alias: "other"}, nil))(t)
	_, err = b.UpdateConnection(AsTester(), other.ID, 0, func(c *host.Connection) error { c.Alias = "prod"; return nil }, nil, nil)
	WantProblem(t, err, host.CodeConflict, "alias")
	_, err = b.UpdateConnection(AsTester(), other.ID, 0, func(c *host.Connection) error { c.Alias = "/"; return nil }, nil, nil)
	WantProblem(t, err, host.CodeInvalid, "alias")
	_, err = b.UpdateConnection(AsTester(), other.ID, 5, keep, nil, nil)
	if p := WantProblem(t, err, host.CodeConflict, ""); p.Remedy == "" {
		t.Error("a lost update has no remedy")
	}
	own := errors.New("own")
	_, err = b.UpdateConnection(AsTester(), other.ID, 0, func(*host.Connection) error { return own }, nil, nil)
	if !errors.Is(err, own) {
		t.Errorf("error %v, want the one edit returned", err)
	}
	Same(t, "untouched", OK(b.Connection("other"))(t), other)
	for name, err := range map[string]error{
		"update": func() error { _, err := b.UpdateConnection(AsTester(), "nope", 0, keep, nil, nil); return err }(),
		"delete": b.DeleteConnection(AsTester(), "nope"),
		"due":    b.SetDue("nope", b.Clock.At),
		"begin":  func() error { _, err := b.BeginRun(host.Run{Connection: "nope"}); return err }(),
	} {
		if p := WantProblem(t, err, host.CodeNotFound, ""); p.Fields[0].Value != "nope" {
			t.Errorf("%s: problem does not name it: %+v", name, p)
		}
	}
}

func TestAliasIsUniqueUnderRace(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	var wg sync.WaitGroup
	won := make(chan string, 20)
	for range 20 {
		wg.Go(func() {
			if c, err := b.CreateConnection(AsTester(), host.Connection{Alias: "same"}, nil); err == nil {
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
	b := Setup(t)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			_, err := b.UpdateConnection(AsTester(), b.Conn.ID, 0, func(c *host.Connection) error { c.Schedule += "x"; return nil }, nil, nil)
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c := OK(b.Connection("prod"))(t)
	if len(c.Schedule) != 10 || c.Revision != 11 {
		t.Errorf("schedule %q at revision %d after 10 edits", c.Schedule, c.Revision)
	}
}

func TestDue(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	at := time.Date(2026, 3, 2, 7, 30, 0, 0, time.UTC)
	Must(t, b.SetDue(b.Conn.ID, at))
	b.Reopen()
	Same(t, "dues", OK(b.Dues())(t), map[string]time.Time{b.Conn.ID: at})
	Must(t, b.SetDue(b.Conn.ID, time.Time{}))
	Must(t, b.SetDue(b.Conn.ID, time.Time{}))
	Same(t, "dues", OK(b.Dues())(t), map[string]time.Time{})
}
