package desktop

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/event"
	"github.com/plumbline-dev/plumbline/host/notification"
)

// Notice tells a person of a notification. Its texts have no hidden characters.
type Notice struct {
	ID    string // the same for the same screen, whose newer notice replaces the older
	Title string
	Body  string
	Route string // the screen that a click leads to
}

// latest is how many notifications are read to find those that are to be shown.
const latest = 50

// Notices shows what the host tells on its desktop channel: what is grouped, held back in quiet hours or turned off there is the
// host's decision.
type Notices struct {
	client *calls.Client
	tell   func(Notice)
	logger *slog.Logger

	known map[string]bool // ids of notifications that were shown, or were there when the window opened; nil before the first look
}

// NewNotices returns notices of what is told from now on: what was told before is on the screens.
func NewNotices(client *calls.Client, tell func(Notice), logger *slog.Logger) *Notices {
	return &Notices{client: client, tell: tell, logger: logger}
}

// Follow shows every notice until ctx ends. While there is no host it tries again every
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
			n.logger.Warn("follow notifications", "err", err)
		}
		failed = true
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
	}
}

// step waits for events after a number, shows what they announce, and returns the number to go on after.
func (n *Notices) step(ctx context.Context, after uint64) (uint64, error) {
	events, err := n.client.Events(ctx, after, operation.WaitParam{Wait: "25s"})
	if err != nil {
		return 0, err
	}
	if n.known == nil || events.Reset || announced(events.Items) {
		all, err := n.client.Notifications(ctx, latest)
		if err != nil {
			return 0, err
		}
		n.show(all)
	}
	return events.Last, nil
}

func announced(events []event.Event) bool {
	for _, e := range events {
		if e.Topic == notification.Topic && e.Kind == notification.EventDesktop {
			return true
		}
	}
	return false
}

// show shows the notifications that were handed to windows since the last time, oldest first.
func (n *Notices) show(all []notification.Notification) {
	before := n.known
	n.known = map[string]bool{}
	for i := range all {
		one := all[len(all)-1-i]
		if !shown(one) {
			continue
		}
		n.known[one.ID] = true
		if before != nil && !before[one.ID] {
			route, _, _ := strings.Cut(one.Href, "?")
			n.tell(Notice{ID: route, Title: display.Visible(one.Title), Body: lines(one.Text), Route: route})
		}
	}
}

// lines returns a text with its lines, and without hidden characters.
func lines(text string) string {
	all := strings.Split(text, "\n")
	for i := range all {
		all[i] = display.Visible(all[i])
	}
	return strings.Join(all, "\n")
}

// shown reports whether a notification was handed to windows.
func shown(one notification.Notification) bool {
	for _, d := range one.Deliveries {
		if d.Type == notification.ChannelDesktop && d.State == notification.DeliveryDelivered {
			return true
		}
	}
	return false
}
