package calls

import (
	"context"
	"net/http"
	"strconv"

	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/notify"
	"github.com/plumbline-dev/plumbline/host/notification"
)

// Notifications returns what people were told, newest first.
func (c *Client) Notifications(ctx context.Context, limit int) ([]notification.Notification, error) {
	return items[notification.Notification](ctx, c, route.Notifications, api.NotificationsParams{Limit: limit})
}

// NotificationRules returns the rules of when notifications are sent.
func (c *Client) NotificationRules(ctx context.Context) (notification.Rules, error) {
	return call[notification.Rules](ctx, c, http.MethodGet, route.NotificationRules, struct{}{})
}

// SetNotificationRules replaces the rules, unless their revision is another one by now; 0 = any.
func (c *Client) SetNotificationRules(ctx context.Context, revision uint64, rules api.RulesBody) (notification.Rules, error) {
	in := api.RulesInput{IfMatch: match(revision), Body: rules}
	return call[notification.Rules](ctx, c, http.MethodPut, route.NotificationRules, in)
}

// NotificationChannels returns where notifications go.
func (c *Client) NotificationChannels(ctx context.Context) ([]notification.Channel, error) {
	return items[notification.Channel](ctx, c, route.NotificationChannels, struct{}{})
}

// AddNotificationChannel adds a channel.
func (c *Client) AddNotificationChannel(ctx context.Context, channel api.ChannelBody) (notify.Added, error) {
	return call[notify.Added](ctx, c, http.MethodPost, route.NotificationChannels, operation.Body[api.ChannelBody]{Body: channel})
}

// EditNotificationChannel replaces what a channel (id or name) says, unless its revision is another one by now; 0 = any.
func (c *Client) EditNotificationChannel(ctx context.Context, ref string, revision uint64, channel api.ChannelBody) (
	notification.Channel, error,
) {
	in := api.ChannelEdit{IDParam: operation.IDParam{ID: ref}, IfMatch: match(revision), Body: channel}
	return call[notification.Channel](ctx, c, http.MethodPut, route.NotificationChannel, in)
}

// RemoveNotificationChannel deletes a channel (id or name).
func (c *Client) RemoveNotificationChannel(ctx context.Context, ref string) error {
	return remove(ctx, c, route.NotificationChannel, operation.IDParam{ID: ref})
}

// TestNotificationChannel sends a test message to a channel (id or name).
func (c *Client) TestNotificationChannel(ctx context.Context, ref string) (notification.Tested, error) {
	return call[notification.Tested](ctx, c, http.MethodPost, route.NotificationTest, operation.IDParam{ID: ref})
}

func match(revision uint64) string {
	if revision == 0 {
		return ""
	}
	return strconv.FormatUint(revision, 10)
}
