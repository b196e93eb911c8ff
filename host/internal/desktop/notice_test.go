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

	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/problemjson"
	"github.com/plumbline-dev/plumbline/host/internal/desktop"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/notification"
)

// company answers as a host with these notifications does. Each value of steps is the
// answer to one question for events.
type company struct {
	mu    sync.Mutex
	list  []notification.Notification // newest first
	steps chan api.Events
}

// write adds a notification with one delivery to the desktop.
func (c *company) write(id, title string, state notification.DeliveryState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append([]notification.Notification{{
		ID: id, Title: title, Text: "It failed.", Href: "/connections/okta",
		Deliveries: []notification.Delivery{{Type: notification.ChannelDesktop, State: state}},
	}}, c.list...)
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
	_ = json.NewEncoder(w).Encode(operation.Items[notification.Notification]{Items: c.list})
}

// step announces what is new.
func (c *company) step(kind string) {
	c.steps <- api.Events{Last: 1, Items: []event.Event{{Topic: notification.Topic, Kind: kind, ID: "x"}}}
}

// following returns a company whose notices are told as titles.
func following(t *testing.T, before func(*company)) (c *company, told chan desktop.Notice) {
	t.Helper()
	c = &company{steps: make(chan api.Events)}
	before(c)
	told = make(chan desktop.Notice, 32)
	ctx, stop := context.WithCancel(t.Context())
	notices := desktop.NewNotices(calls.Local(c), func(n desktop.Notice) { told <- n }, slog.New(slog.DiscardHandler))
	ended := make(chan struct{})
	go func() { notices.Follow(ctx); close(ended) }() // ends with ctx
	t.Cleanup(func() { stop(); <-ended })
	c.step(notification.EventDesktop) // the first look
	c.steps <- api.Events{Last: 1}    // it is over when the next question is asked
	return c, told
}

// titles returns what was told up to now. Two empty steps: at the second question the answer to the first was shown.
func titles(c *company, told chan desktop.Notice) (got []string) {
	c.steps <- api.Events{Last: 1}
	c.steps <- api.Events{Last: 1}
	for {
		select {
		case n := <-told:
			got = append(got, n.Title)
		default:
			return got
		}
	}
}

func TestNoticesAreWhatTheHostHandsToWindows(t *testing.T) {
	t.Parallel()
	c, told := following(t, func(c *company) { c.write("a", "before the window opened", notification.DeliveryDelivered) })
	if got := titles(c, told); got != nil {
		t.Errorf("at the first look it told %v", got)
	}
	c.write("b", "okta is unhealthy", notification.DeliveryDelivered)
	c.write("c", "in quiet hours", notification.DeliveryWaiting)
	c.write("d", "okta is healthy again", notification.DeliveryDelivered)
	c.step(notification.EventChanged)
	if got := titles(c, told); got != nil {
		t.Errorf("before it is handed over it told %v", got)
	}
	c.step(notification.EventDesktop)
	if got := titles(c, told); !slices.Equal(got, []string{"okta is unhealthy", "okta is healthy again"}) {
		t.Errorf("it told %v", got)
	}
	c.write("e", "while hints were missed", notification.DeliveryDelivered)
	c.steps <- api.Events{Reset: true, Last: 1}
	if got := titles(c, told); !slices.Equal(got, []string{"while hints were missed"}) {
		t.Errorf("it told %v", got)
	}
}

func TestANoticeLeadsToItsConnection(t *testing.T) {
	t.Parallel()
	c, told := following(t, func(*company) {})
	c.write("a", "ok\u202eta is unhealthy", notification.DeliveryDelivered)
	c.step(notification.EventDesktop)
	got := <-told
	if got.Route != "/connections/okta" || got.Body != "It failed." || got.ID != got.Route || strings.ContainsRune(got.Title, '\u202e') {
		t.Errorf("it told %+v", got)
	}
	if _, ok := desktop.Route("plumbline:/" + got.Route); !ok {
		t.Errorf("no link may lead to %s", got.Route)
	}
}
