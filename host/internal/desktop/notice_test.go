package desktop_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/problemjson"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/desktop"
	"github.com/plumbline-dev/plumbline/host/internal/event"
)

// company answers as a host with these connections does. Each value of steps is the
// answer to one question for events.
type company struct {
	mu          sync.Mutex
	connections map[string]host.ConnectionItem
	steps       chan api.Events
}

func (c *company) set(id string, health host.Health, change ...func(*host.ConnectionItem)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	item := host.ConnectionItem{ID: id, Alias: id, Health: health, Explanation: "It is " + string(health) + "."}
	for _, f := range change {
		f(&item)
	}
	c.connections[id] = item
}

func (c *company) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/events") {
		select {
		case step := <-c.steps:
			_ = json.NewEncoder(w).Encode(step)
		case <-r.Context().Done():
			problemjson.Write(w, r.Context().Err())
		}
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, id, one := strings.Cut(r.URL.Path, "/connections/")
	if !one {
		page := connections.ConnectionPage{}
		for _, item := range c.connections {
			page.Items = append(page.Items, item)
		}
		_ = json.NewEncoder(w).Encode(page)
		return
	}
	item, ok := c.connections[id]
	if !ok {
		problemjson.Write(w, host.NotFound("connection", id, "Look elsewhere."))
		return
	}
	_ = json.NewEncoder(w).Encode(host.ConnectionStatus{
		Connection: host.Connection{ID: id, Alias: item.Alias, Paused: item.Paused, Disconnection: item.Disconnection},
		Health:     item.Health, Explanation: item.Explanation,
	})
}

// step has the notices look at these connections.
func (c *company) step(ids ...string) {
	events := api.Events{Last: 1}
	for _, id := range ids {
		events.Items = append(events.Items, event.Event{Topic: "run", Kind: event.KindFinished, Connection: id})
	}
	c.steps <- events
}

// following returns a company whose notices are told as titles.
func following(t *testing.T, before func(*company)) (c *company, told chan desktop.Notice) {
	t.Helper()
	c = &company{connections: map[string]host.ConnectionItem{}, steps: make(chan api.Events)}
	before(c)
	told = make(chan desktop.Notice, 32)
	ctx, stop := context.WithCancel(t.Context())
	notices := desktop.NewNotices(calls.Local(c), func(n desktop.Notice) { told <- n }, slog.New(slog.DiscardHandler))
	ended := make(chan struct{})
	go func() { notices.Follow(ctx); close(ended) }() // ends with ctx
	t.Cleanup(func() { stop(); <-ended })
	c.step() // the first look
	return c, told
}

// titles returns what was told up to now, sorted. Two empty steps: at the second question
// the answer to the first was compared.
func titles(c *company, told chan desktop.Notice) (got []string) {
	c.step()
	c.step()
	for {
		select {
		case n := <-told:
			got = append(got, n.Title)
		default:
			slices.Sort(got)
			return got
		}
	}
}

func TestOnlyChangesAreTold(t *testing.T) {
	t.Parallel()
	c, told := following(t, func(c *company) {
		c.set("okta", host.HealthHealthy)
		c.set("github", host.HealthUnhealthy)
	})
	if got := titles(c, told); got != nil {
		t.Errorf("at the first look it told %v", got)
	}
	for _, s := range []struct {
		id     string
		health host.Health
		want   []string
	}{
		{"okta", host.HealthUnhealthy, []string{"okta is unhealthy"}},
		{"okta", host.HealthUnhealthy, nil},
		{"okta", host.HealthUnknown, nil}, // read for the first time with other settings
		{"okta", host.HealthHealthy, []string{"okta is healthy again"}},
		{"okta", host.HealthHealthy, nil},
		{"github", host.HealthHealthy, []string{"github is healthy again"}},
		{"new", host.HealthUnknown, nil},
		{"new", host.HealthHealthy, nil}, // it never was anything else
		{"failed-at-once", host.HealthUnhealthy, []string{"failed-at-once is unhealthy"}},
	} {
		c.set(s.id, s.health)
		c.step(s.id)
		if got := titles(c, told); !slices.Equal(got, s.want) {
			t.Errorf("%s became %s: it told %v, not %v", s.id, s.health, got, s.want)
		}
	}
}

func TestANoticeLeadsToItsConnection(t *testing.T) {
	t.Parallel()
	c, told := following(t, func(c *company) { c.set("01H", host.HealthHealthy) })
	c.set("01H", host.HealthUnhealthy, func(i *host.ConnectionItem) { i.Alias = "ok\u202eta" })
	c.step("01H")
	got := <-told
	if got.Route != "/connections/01H" || got.Body != "It is unhealthy." || got.ID != "01H" || strings.ContainsRune(got.Title, '\u202e') {
		t.Errorf("it told %+v", got)
	}
	if _, ok := desktop.Route("plumbline:/" + got.Route); !ok {
		t.Errorf("no link may lead to %s", got.Route)
	}
}

func TestAPersonsPauseIsNoVerdict(t *testing.T) {
	t.Parallel()
	c, told := following(t, func(c *company) {
		c.set("okta", host.HealthHealthy)
		c.set("github", host.HealthHealthy)
		c.set("jira", host.HealthHealthy)
	})
	c.set("okta", host.HealthUnhealthy, func(i *host.ConnectionItem) { i.Paused = &host.Pause{} })
	c.set("github", host.HealthUnhealthy, func(i *host.ConnectionItem) { i.Disconnection = &host.Disconnection{} })
	c.set("jira", host.HealthUnhealthy, func(i *host.ConnectionItem) { i.Paused = &host.Pause{By: host.PausedByHost} })
	c.step("okta", "github", "jira", "deleted")
	if got := titles(c, told); !slices.Equal(got, []string{"jira is unhealthy"}) {
		t.Errorf("it told %v", got)
	}
}

func TestManyAreOneNotice(t *testing.T) {
	t.Parallel()
	ids := []string{"a", "b", "c", "d", "e"}
	c, told := following(t, func(c *company) {
		for _, id := range ids {
			c.set(id, host.HealthHealthy)
		}
	})
	for _, id := range ids {
		c.set(id, host.HealthUnhealthy)
	}
	c.steps <- api.Events{Reset: true, Last: 1} // hints were missed
	if got := titles(c, told); !slices.Equal(got, []string{"5 connections are unhealthy"}) {
		t.Errorf("it told %v", got)
	}
}

func TestProgressIsNoChange(t *testing.T) {
	t.Parallel()
	c, told := following(t, func(c *company) { c.set("okta", host.HealthHealthy) })
	c.set("okta", host.HealthUnhealthy)
	c.steps <- api.Events{Last: 1, Items: []event.Event{
		{Topic: "run", Kind: event.KindProgress, Connection: "okta"}, {Topic: "draft", Kind: "changed"},
	}}
	if got := titles(c, told); got != nil {
		t.Errorf("it told %v", got)
	}
}
