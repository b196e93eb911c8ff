//go:build desktop

package main

import (
	"context"
	"fmt"
	"html"
	"slices"
	"sync"

	"github.com/godbus/dbus/v5"

	"github.com/plumbline-dev/plumbline/host/internal/desktop"
)

const (
	noticesName = "org.freedesktop.Notifications"
	noticesPath = "/org/freedesktop/Notifications"
)

// notifier shows notices through the notification service of the desktop.
//
// It does not use what Wails offers: that takes a notice which a person dismissed for one
// which a person clicked, and passes a text on as markup.
type notifier struct {
	conn   *dbus.Conn
	markup bool // the service reads a body as markup

	mu     sync.Mutex
	shown  map[string]uint32 // by id of the notice: its number at the service
	routes map[uint32]string
}

// newNotifier calls open with the route of a notice that is clicked, until ctx ends.
func newNotifier(ctx context.Context, open func(route string)) (*notifier, error) {
	conn, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("reach the session bus: %w", err)
	}
	n := &notifier{conn: conn, shown: map[string]uint32{}, routes: map[uint32]string{}}
	for _, member := range []string{"ActionInvoked", "NotificationClosed"} {
		if err := conn.AddMatchSignal(dbus.WithMatchInterface(noticesName), dbus.WithMatchMember(member)); err != nil {
			return nil, fmt.Errorf("listen to notices: %w", err)
		}
	}
	var can []string
	if err := n.call("GetCapabilities").Store(&can); err == nil {
		n.markup = slices.Contains(can, "body-markup")
	}
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	go n.listen(signals, open) // ends when ctx closes the connection
	return n, nil
}

func (n *notifier) call(method string, args ...any) *dbus.Call {
	return n.conn.Object(noticesName, noticesPath).Call(noticesName+"."+method, 0, args...)
}

// tell shows a notice in the place of the older one of its id.
func (n *notifier) tell(notice desktop.Notice) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	body := notice.Body
	if n.markup {
		body = html.EscapeString(body)
	}
	hints := map[string]dbus.Variant{"desktop-entry": dbus.MakeVariant("plumbline")}
	var number uint32
	err := n.call("Notify", "Plumbline", n.shown[notice.ID], "plumbline", notice.Title, body,
		[]string{"default", "Open"}, hints, int32(-1)).Store(&number)
	if err != nil {
		return fmt.Errorf("show notice: %w", err)
	}
	n.shown[notice.ID], n.routes[number] = number, notice.Route
	return nil
}

func (n *notifier) listen(signals <-chan *dbus.Signal, open func(route string)) {
	for signal := range signals {
		if len(signal.Body) < 2 {
			continue
		}
		number, ok := signal.Body[0].(uint32)
		if !ok {
			continue
		}
		route, ours := n.route(number, signal.Name == noticesName+".NotificationClosed")
		if ours && signal.Name == noticesName+".ActionInvoked" {
			open(route)
		}
	}
}

// route returns where a notice leads, and forgets it once it is closed.
func (n *notifier) route(number uint32, closed bool) (route string, ours bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	route, ours = n.routes[number]
	if closed && ours {
		delete(n.routes, number)
		for id, shown := range n.shown {
			if shown == number {
				delete(n.shown, id)
			}
		}
	}
	return route, ours
}
