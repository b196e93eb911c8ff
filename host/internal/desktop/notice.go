package desktop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/problemjson"
	"github.com/plumbline-dev/plumbline/host/internal/event"
)

// Notice tells a person that connections failed or recovered. Its texts have no hidden
// characters.
type Notice struct {
	ID    string // the same for the same connection, whose newer notice replaces the older
	Title string
	Body  string
	Route string // the screen that a click leads to
}

// several is above how many connections one notice stands for all of them.
const several = 3

// Notices follows the verdicts on connections.
type Notices struct {
	client *calls.Client
	tell   func(Notice)
	logger *slog.Logger

	known map[string]verdict // by id of the connection; nil before the first look
}

// verdict is what a person knows of a connection. Unknown is none: a connection that is
// read for the first time, paused, or disconnected keeps the verdict it had.
type verdict struct {
	alias  string
	health host.Health
	why    string
}

// NewNotices returns notices that tell of changes only: what is unhealthy when the window
// opens is on its screens.
func NewNotices(client *calls.Client, tell func(Notice), logger *slog.Logger) *Notices {
	return &Notices{client: client, tell: tell, logger: logger}
}

// Follow tells of every change until ctx ends. While there is no host it tries again every
// five seconds.
func (n *Notices) Follow(ctx context.Context) {
	again := time.NewTicker(5 * time.Second)
	defer again.Stop()
	var after uint64
	var failed bool
	for {
		next, err := n.step(ctx, after)
		if err == nil {
			after, failed = next, false
			continue
		}
		if ctx.Err() != nil {
			return
		}
		if !failed {
			n.logger.Warn("follow the health of connections", "err", err)
		}
		failed = true
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
	}
}

// step waits for events after a number, tells of what they changed, and returns the number
// to go on after.
func (n *Notices) step(ctx context.Context, after uint64) (uint64, error) {
	events, err := n.client.Events(ctx, after, api.WaitParam{Wait: "25s"})
	if err != nil {
		return 0, err
	}
	var now map[string]verdict
	if n.known == nil || events.Reset {
		now, err = n.all(ctx)
	} else {
		now, err = n.some(ctx, changed(events.Items))
	}
	if err != nil {
		return 0, err
	}
	n.compare(now)
	return events.Last, nil
}

// changed returns the ids of the connections whose verdict may have changed, each once.
func changed(events []event.Event) []string {
	var ids []string
	seen := map[string]bool{"": true}
	for _, e := range events {
		if e.Topic == "run" && e.Kind == event.KindProgress || e.Topic != "run" && e.Topic != "connection" {
			continue
		}
		if !seen[e.Connection] {
			seen[e.Connection] = true
			ids = append(ids, e.Connection)
		}
	}
	return ids
}

func (n *Notices) all(ctx context.Context) (map[string]verdict, error) {
	now := map[string]verdict{}
	err := n.client.EachConnection(ctx, api.ConnectionsParams{}, func(c host.ConnectionItem) error {
		if follows(c.Paused, c.Disconnection) {
			now[c.ID] = verdict{c.Alias, c.Health, c.Explanation}
		}
		return nil
	})
	return now, err
}

func (n *Notices) some(ctx context.Context, ids []string) (map[string]verdict, error) {
	now := map[string]verdict{}
	for _, id := range ids {
		c, err := n.client.Connection(ctx, id)
		var refusal *problemjson.Refusal
		if errors.As(err, &refusal) && refusal.Status == 404 {
			delete(n.known, id)
			continue
		}
		if err != nil {
			return nil, err
		}
		if follows(c.Paused, c.Disconnection) {
			now[id] = verdict{c.Alias, c.Health, c.Explanation}
		}
	}
	return now, nil
}

// follows reports whether a verdict says something about now. It does when the host paused
// the connection, because that is what repeated failures end in.
func follows(paused *host.Pause, disconnected *host.Disconnection) bool {
	return (paused == nil || paused.By == host.PausedByHost) && disconnected == nil
}

// compare tells of the verdicts that changed, and remembers them.
func (n *Notices) compare(now map[string]verdict) {
	first := n.known == nil
	if first {
		n.known = map[string]verdict{}
	}
	var failed, recovered []string
	for id, v := range now {
		if v.health == host.HealthUnknown {
			continue
		}
		before := n.known[id]
		n.known[id] = v
		switch {
		case first || before.health == v.health:
		case v.health == host.HealthUnhealthy:
			failed = append(failed, id)
		case before.health == host.HealthUnhealthy:
			recovered = append(recovered, id)
		}
	}
	n.say("failed", failed, func(v verdict) string { return v.alias + " is unhealthy" }, "%d connections are unhealthy")
	n.say("recovered", recovered, func(v verdict) string { return v.alias + " is healthy again" }, "%d connections are healthy again")
}

// say tells of each connection, or of all in one notice when they are many.
func (n *Notices) say(id string, ids []string, title func(verdict) string, many string) {
	if len(ids) > several {
		n.tell(Notice{ID: id, Title: fmt.Sprintf(many, len(ids)), Route: "/connections"})
		return
	}
	for _, id := range ids {
		v := n.known[id]
		n.tell(Notice{ID: id, Title: display.Visible(title(v)), Body: display.Visible(v.why), Route: "/connections/" + id})
	}
}
