//go:build desktop && !linux

package main

import (
	"context"
	"fmt"

	window "github.com/wailsapp/wails/v2/pkg/runtime"

	"github.com/plumbline-dev/plumbline/host/internal/desktop"
)

// notifier shows notices through the system, by way of Wails. macOS asks the person first,
// and allows it to signed programs only.
type notifier struct{ ctx context.Context }

// newNotifier calls open with the route of a notice that is clicked.
func newNotifier(ctx context.Context, open func(route string)) (*notifier, error) {
	if err := window.InitializeNotifications(ctx); err != nil {
		return nil, fmt.Errorf("prepare notices: %w", err)
	}
	allowed, err := window.RequestNotificationAuthorization(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask for notices: %w", err)
	}
	if !allowed {
		return nil, fmt.Errorf("ask for notices: the person allows none")
	}
	window.OnNotificationResponse(ctx, func(result window.NotificationResult) {
		if route, ok := result.Response.UserInfo["route"].(string); ok && result.Error == nil {
			open(route)
		}
	})
	return &notifier{ctx: ctx}, nil
}

// tell shows a notice.
func (n *notifier) tell(notice desktop.Notice) error {
	return window.SendNotification(n.ctx, window.NotificationOptions{
		ID: notice.ID, Title: notice.Title, Body: notice.Body, Data: map[string]any{"route": notice.Route},
	})
}
