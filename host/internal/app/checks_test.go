package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

func check(t *testing.T, e *boot.Host, settings string) host.Check {
	t.Helper()
	c, err := e.StartCheck(as(t), connections.CheckRequest{Connector: "fake", Settings: raw(settings)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// follow polls as a screen does, until the check has ended.
func follow(t *testing.T, e *boot.Host, c host.Check) host.Check {
	t.Helper()
	for c.Status == "running" {
		next, err := e.Check(as(t), c.ID, c.Version)
		if err != nil {
			t.Fatal(err)
		}
		if next.Version <= c.Version {
			t.Fatalf("after version %d came %d", c.Version, next.Version)
		}
		c = next
	}
	return c
}

// found writes the probes of a check in one line.
func found(c host.Check) string {
	text := c.Status
	for _, p := range c.Probes {
		text += fmt.Sprintf(" %s:%s", p.ID, p.State)
	}
	return text
}

func TestACheckIsFollowedToItsEnd(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ settings, want, identity string }{
		"all is well": {`{"check":{"identity":"ann@example.com"}}`, "ok settings:ok authenticate:ok users.read:ok", "ann@example.com"},
		"refused":     {`{"check":{"error":"auth.invalid"}}`, "failed settings:ok authenticate:failed users.read:skipped", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := setup(t)
			c := follow(t, e, check(t, e, test.settings))
			if found(c) != test.want || c.Identity != test.identity {
				t.Errorf("got %s as %q, want %s as %q", found(c), c.Identity, test.want, test.identity)
			}
			again, err := e.Check(as(t), c.ID, c.Version+100)
			if err != nil || again.Version != c.Version {
				t.Errorf("a check that has ended made somebody wait: %v", err)
			}
		})
	}
}

func TestACheckEndsInTime(t *testing.T) {
	t.Parallel()
	e := setup(t)
	if _, err := e.Connector(as(t), "fake"); err != nil { // described before the clock runs
		t.Fatal(err)
	}
	e.LimitChecks(4*time.Second, 8, 50)
	begun := time.Now()
	c := follow(t, e, check(t, e, `{"check":{"hang":true}}`))
	if took := time.Since(begun); took > 12*time.Second {
		t.Errorf("it took %s", took)
	}
	if c.Error == nil || c.Error.Code != "limit.deadline" || !strings.Contains(c.Error.Message, "4s") {
		t.Errorf("the person is told %v", c.Error)
	}
	if want := "failed settings:ok authenticate:unknown"; found(c) != want {
		t.Errorf("got %s, want %s", found(c), want)
	}
}

func TestALongPollEndsWithItsRequest(t *testing.T) {
	t.Parallel()
	e := setup(t)
	c := check(t, e, `{"check":{"hang":true}}`)
	await(t, "a probe", func() bool {
		var err error
		c, err = e.Check(as(t), c.ID, 0)
		return err == nil && strings.HasSuffix(found(c), "authenticate:running")
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	got, err := e.Check(ctx, c.ID, c.Version)
	if err != nil || got.Status != "running" || got.Version != c.Version {
		t.Errorf("got %s, version %d, %v", found(got), got.Version, err)
	}
	begun := time.Now()
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 8*time.Second {
		t.Errorf("closing with a hanging check took %s", took)
	}
	if c, err := e.Check(as(t), c.ID, 0); err != nil || c.Error == nil || c.Error.Code != host.CodeInterrupted {
		t.Errorf("after the end: %v, %v", c.Error, err)
	}
}

func TestChecksAreBounded(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.LimitChecks(time.Minute, 2, 2)
	hanging := check(t, e, `{"check":{"hang":true}}`)
	first := check(t, e, `{"check":{"delay_ms":200}}`)
	_, err := e.StartCheck(as(t), connections.CheckRequest{Connector: "fake"})
	if p := problem(t, err); p.Code != host.CodeBusy {
		t.Errorf("the third at once: %v", err)
	}
	follow(t, e, first)
	second := check(t, e, `{}`)
	follow(t, e, second)
	third := check(t, e, `{}`)
	if _, err := e.Check(as(t), first.ID, 0); problem(t, err).Code != host.CodeNotFound {
		t.Errorf("the oldest that has ended is still known: %v", err)
	}
	for _, c := range []host.Check{hanging, third} {
		if _, err := e.Check(as(t), c.ID, 0); err != nil {
			t.Errorf("a check that runs was forgotten: %v", err)
		}
	}
}

func TestACheckIsRefusedByField(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	e := open(t, options(t, dir, nil))
	add(t, e, connections.NewConnection{Secrets: map[string]string{"token": canary}, Settings: raw(`{"check":{"identity":"stored"}}`)})
	tests := map[string]struct {
		request connections.CheckRequest
		fields  string // "" = it is made
	}{
		"no such connector":     {connections.CheckRequest{Connector: "nope"}, "connector"},
		"no such connection":    {connections.CheckRequest{Connection: "nope"}, "connection"},
		"a wrong setting":       {connections.CheckRequest{Connector: "fake", Settings: raw(`{"check":1}`)}, "settings.check"},
		"a secret as a setting": {connections.CheckRequest{Connection: "corp", Settings: raw(`{"token":"x"}`)}, "settings.token"},
		"an unknown secret":     {connections.CheckRequest{Connection: "corp", Secrets: map[string]string{"nope": "x"}}, "secrets.nope"},
		"as it is stored":       {connections.CheckRequest{Connection: "corp"}, ""},
		"nothing new given": {
			connections.CheckRequest{Connection: "corp", Settings: raw(`null`), Secrets: map[string]string{"token": ""}}, "",
		},
	}
	for name, test := range tests {
		c, err := e.StartCheck(as(t), test.request)
		if test.fields != "" {
			if p := problem(t, err); fields(p) != test.fields {
				t.Errorf("%s: refused on %q, want %q", name, fields(p), test.fields)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c = follow(t, e, c); c.Status != "ok" || c.Identity != "stored" {
			t.Errorf("%s: got %s as %q", name, found(c), c.Identity)
		}
	}
}

// A secret that the connector no longer asks for is in nobody's way.
func TestASecretThatBecameObsoleteIsNoObstacle(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	e := open(t, options(t, dir, nil))
	c := add(t, e, connections.NewConnection{})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	keep(t, dir, c.ID, "old_key")
	e = open(t, options(t, dir, nil))
	started, err := e.StartCheck(as(t), connections.CheckRequest{Connection: "corp"})
	if err != nil {
		t.Fatal(err)
	}
	if c := follow(t, e, started); c.Status != "ok" {
		t.Errorf("the check: %s", found(c))
	}
	after, err := e.EditConnection(as(t), "corp", 0, connections.Edit{Secrets: map[string]string{"old_key": ""}})
	if err != nil || len(after.Secrets) > 0 {
		t.Errorf("taking it away left %v, %v", after.Secrets, err)
	}
}

// missDue makes a connection due in the past, as time does while a host is off.
func missDue(t *testing.T, dir, connection string, ago time.Duration) {
	t.Helper()
	inStore(t, dir, func(s *journal.Journal) error { return s.SetDue(connection, time.Now().Add(-ago)) })
}

func TestChoicesAreAskedOfConnectorsThatOfferThem(t *testing.T) {
	t.Parallel()
	e := setup(t)
	_, err := e.StartCheck(as(t), connections.CheckRequest{Connector: "fake", Choices: true})
	if p := hosttest.Problem(t, err); p.Code != host.CodeInvalid || p.Fields[0].Field != "choices" {
		t.Error(p)
	}
}
