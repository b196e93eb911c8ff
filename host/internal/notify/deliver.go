package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/notify/send"
	"github.com/plumbline-dev/plumbline/host/notification"
)

// attempt is one delivery that is due.
type attempt struct {
	note     notification.Notification
	delivery notification.Delivery
}

// deliver attempts what is due, each channel by itself and in order.
func (n *Notify) deliver(ctx context.Context) {
	channels, err := n.Channels()
	if err != nil {
		n.config.Logger.Warn("read channels", "err", err)
		return
	}
	byID := map[string]notification.Channel{}
	for _, c := range channels {
		byID[c.ID] = c
	}
	due := map[string][]attempt{}
	for _, a := range n.due() {
		c, known := byID[a.delivery.Channel]
		if !known || c.Off {
			why := "the channel was removed"
			if known {
				why = "the channel is off"
			}
			n.over(a, notification.DeliveryGivenUp, why)
			continue
		}
		due[c.ID] = append(due[c.ID], a)
	}
	var busy sync.WaitGroup
	for id, list := range due {
		busy.Go(func() { n.deliverTo(ctx, byID[id], list) })
	}
	busy.Wait()
}

// due returns the deliveries whose time has come, oldest first.
func (n *Notify) due() (all []attempt) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.queueLocked()
	now := n.config.Now()
	for _, note := range n.state.Notifications {
		for _, d := range note.Deliveries {
			if d.State == notification.DeliveryWaiting && !d.NextAt.After(now) {
				all = append(all, attempt{note, d})
			}
		}
	}
	return all
}

// queueLocked has the deliveries to a channel that does not answer wait for the attempt of the oldest of them.
func (n *Notify) queueLocked() {
	head := map[string]time.Time{}
	for i := range n.state.Notifications {
		deliveries := n.state.Notifications[i].Deliveries
		for j := range deliveries {
			d := &deliveries[j]
			at, down := head[d.Channel]
			switch {
			case d.State != notification.DeliveryWaiting:
			case down && d.NextAt.Before(at):
				d.NextAt = &at
			case !down && d.Down && d.NextAt.After(n.config.Now()):
				head[d.Channel] = *d.NextAt
			}
		}
	}
}

// nextAttempt returns when the next delivery is due; zero = none waits.
func (n *Notify) nextAttempt() (next time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.queueLocked()
	for _, note := range n.state.Notifications {
		for _, d := range note.Deliveries {
			if d.State == notification.DeliveryWaiting {
				next = earlier(next, *d.NextAt)
			}
		}
	}
	return next
}

// deliverTo attempts deliveries to one channel. When the other side does not answer, the later ones wait with the first.
func (n *Notify) deliverTo(ctx context.Context, c notification.Channel, list []attempt) {
	secrets, err := n.secretsOf(c.ID)
	if err != nil {
		n.config.Logger.Warn("read the secrets of a channel", "channel", c.ID, "err", err)
		return
	}
	for _, a := range list {
		answer, err := n.sendTo(ctx, c, secrets, a.delivery.To, n.message(a))
		if ctx.Err() != nil {
			return // it was broken off, which says nothing about the other side
		}
		if err == nil {
			n.over(a, notification.DeliveryDelivered, answer)
			if err := n.save(); err != nil { // before the next message, so that a crash repeats at most one
				n.config.Logger.Warn("store a delivery", "err", err)
				return
			}
			if c.Type == notification.ChannelDesktop { // after it counts as delivered, because windows read the list
				n.config.Events.Publish(notification.Topic, a.note.ID, notification.EventDesktop)
			}
			continue
		}
		failure := failureOf(err)
		n.failed(a, failure)
		if !failure.Answered {
			return
		}
	}
}

func failureOf(err error) *send.Failure {
	var failure *send.Failure
	if !errors.As(err, &failure) {
		failure = &send.Failure{Said: err.Error(), Remedy: "Run `plumbline doctor`."}
	}
	return failure
}

// sendTo sends a message to a channel and returns what the other side answered.
func (n *Notify) sendTo(ctx context.Context, c notification.Channel, secrets map[string]string, to []string, m send.Message) (
	string, error,
) {
	at := n.config.Now()
	address := secrets[notification.SecretURL]
	switch {
	case c.Type == notification.ChannelDesktop:
		return "handed to the windows that are open", nil
	case c.Type == notification.ChannelEmail:
		return n.config.Sender.Mail(ctx, *c.Email, secrets[notification.SecretPassword], to, m)
	case address == "":
		return "", &send.Failure{
			Said: "the address of the channel is not stored", Remedy: "Edit the channel and enter its address and secrets again.",
		}
	case c.Type == notification.ChannelSlack:
		return n.config.Sender.Slack(ctx, address, m, at)
	}
	return n.config.Sender.Webhook(ctx, address, secrets[notification.SecretSigning], m, at)
}

// edit changes a stored delivery.
func (n *Notify) edit(a attempt, change func(*notification.Delivery)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := range n.state.Notifications {
		if n.state.Notifications[i].ID != a.note.ID {
			continue
		}
		for j := range n.state.Notifications[i].Deliveries {
			if d := &n.state.Notifications[i].Deliveries[j]; d.ID == a.delivery.ID {
				change(d)
				n.changes = true
			}
		}
	}
}

// over ends a delivery.
func (n *Notify) over(a attempt, as notification.DeliveryState, said string) {
	now := n.config.Now().UTC()
	n.edit(a, func(d *notification.Delivery) {
		d.State, d.Said, d.EndedAt, d.NextAt, d.Quiet, d.Down = as, said, &now, nil, false, false
		if as == notification.DeliveryDelivered {
			d.Attempts++
		}
		if d.FirstAt == nil && d.Attempts > 0 {
			d.FirstAt = &now
		}
	})
}

// failed plans the next attempt, or gives up.
func (n *Notify) failed(a attempt, f *send.Failure) {
	now := n.config.Now().UTC()
	since := time.Duration(0)
	if a.delivery.FirstAt != nil {
		since = now.Sub(*a.delivery.FirstAt)
	}
	n.edit(a, func(d *notification.Delivery) {
		d.Attempts++
		d.Said, d.Quiet, d.Down = f.Said, false, !f.Answered
		if d.FirstAt == nil {
			d.FirstAt = &now
		}
		switch {
		case f.Final:
			d.State, d.EndedAt, d.NextAt = notification.DeliveryGivenUp, &now, nil
		case since >= longestTry:
			d.State, d.EndedAt, d.NextAt = notification.DeliveryGivenUp, &now, nil
			d.Said = fmt.Sprintf("given up after %d attempts in %d days: %s", d.Attempts, int(since.Hours()/24), f.Said)
		default:
			next := now.Add(max(rest(d.ID, d.Attempts, since), f.After))
			d.NextAt = &next
		}
	})
}

// message is what is sent for a delivery. It is the same in every attempt.
func (n *Notify) message(a attempt) send.Message {
	note, title, lines := a.note, a.note.Title, strings.Split(a.note.Text, "\n")
	if a.delivery.OnlyCount > 0 {
		lines = append(lines, fmt.Sprintf("Of these, %d are yours: %s.", a.delivery.OnlyCount, namedOf(a.delivery.Only, a.delivery.OnlyCount)))
	}
	m := send.Message{ID: a.delivery.ID, Title: title, Lines: lines, Remedy: note.Remedy, At: note.At, Command: command(note)}
	if n.config.Address != "" {
		m.Link = strings.TrimRight(n.config.Address, "/") + note.Href
	}
	kind := "connection." + string(note.Kind)
	switch note.Kind {
	case notification.KindCredential:
		kind = "credential.due"
	case notification.KindTest:
		kind = "test"
	}
	connections := note.Connections
	if connections == nil {
		connections = []notification.Connection{}
	}
	m.Event = send.Event{Type: kind, Timestamp: note.At, Data: send.Data{
		ID: note.ID, Title: title, Text: note.Text, Remedy: note.Remedy, Cause: string(note.Cause), Who: string(note.Who),
		Inconclusive: note.Inconclusive, Urgent: note.Urgent, Count: note.Count, Connections: connections, Link: m.Link,
	}}
	return m
}

// command shows on a terminal what a notification is about.
func command(note notification.Notification) string {
	switch {
	case note.Count == 1 && len(note.Connections) == 1:
		return "plumbline connection show " + note.Connections[0].Alias
	case note.Kind == notification.KindRecovered || note.Count == 0:
		return "plumbline connection list"
	}
	return "plumbline connection list --health unhealthy"
}

// Test sends a test message to a channel now and says what the other side answered. It is stored nowhere, and quiet hours do not hold it.
func (n *Notify) Test(ctx context.Context, ref string) (notification.Tested, error) {
	c, err := n.Channel(ref)
	if err != nil {
		return notification.Tested{}, err
	}
	secrets, err := n.secretsOf(c.ID)
	if err != nil {
		return notification.Tested{}, err
	}
	began := time.Now()
	note := notification.Notification{
		ID: newID(), Kind: notification.KindTest, At: n.config.Now().UTC(), Title: "Test of the channel " + c.Name,
		Text: "A person asked for this test. Nothing happened to a connection.", Href: "/settings",
	}
	d := notification.Delivery{Channel: c.ID}
	if c.Email != nil {
		d.To = c.Email.To
	}
	d.ID = key(note.ID, c.ID, d.To)
	if c.Type == notification.ChannelDesktop {
		return n.testDesktop(note, d), nil
	}
	answer, err := n.sendTo(ctx, c, secrets, d.To, n.message(attempt{note, d}))
	tested := notification.Tested{OK: err == nil, Said: answer, Seconds: time.Since(began).Seconds()}
	if err != nil {
		if ctx.Err() != nil {
			return tested, host.AsProblem(ctx.Err())
		}
		failure := failureOf(err)
		tested.Said, tested.Remedy = failure.Said, failure.Remedy
	}
	return tested, nil
}

// testDesktop stores a test, because windows read notices from the list.
func (n *Notify) testDesktop(note notification.Notification, d notification.Delivery) notification.Tested {
	now := n.config.Now().UTC()
	d.Type, d.ChannelName, d.State = notification.ChannelDesktop, "Desktop", notification.DeliveryDelivered
	d.Attempts, d.FirstAt, d.EndedAt = 1, &now, &now
	d.Said = "handed to the windows that are open"
	note.Deliveries, note.Connections = []notification.Delivery{d}, []notification.Connection{}
	n.mu.Lock()
	n.state.Notifications = append(n.state.Notifications, note)
	n.mu.Unlock()
	n.config.Events.Publish(notification.Topic, note.ID, notification.EventDesktop)
	return notification.Tested{OK: true, Said: d.Said}
}
