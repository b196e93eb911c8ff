package api

import (
	"context"
	"net/http"

	"github.com/plumbline-dev/plumbline/host/diagnosis"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/notify"
	"github.com/plumbline-dev/plumbline/host/notification"
)

// registerNotifications lists the operations on notifications and where they go.
func (s *Server) registerNotifications() {
	operation.Add(s.api, http.MethodGet, route.Notifications, "list-notifications",
		"What people were told, newest first, with what became of each delivery", 200, s.notifications)
	operation.Add(s.api, http.MethodGet, route.NotificationRules, "get-notification-rules", "The rules of when notifications are sent", 200,
		s.notificationRules)
	operation.Add(s.api, http.MethodPut, route.NotificationRules, "set-notification-rules", "Replace the rules", 200, s.setNotificationRules)
	operation.Add(s.api, http.MethodGet, route.NotificationChannels, "list-notification-channels",
		"Where notifications go, that of the desktop first", 200, s.notificationChannels)
	operation.Add(s.api, http.MethodPost, route.NotificationChannels, "add-notification-channel", "Add a channel", 201, s.addChannel)
	operation.Add(s.api, http.MethodPut, route.NotificationChannel, "edit-notification-channel",
		"Replace what a channel says; secrets that are left out stay", 200, s.editChannel)
	operation.Add(s.api, http.MethodDelete, route.NotificationChannel, "remove-notification-channel",
		"Delete a channel; what waits for it is given up", 204, operation.Removes(s.app.RemoveNotificationChannel))
	operation.Add(s.api, http.MethodPost, route.NotificationTest, "test-notification-channel",
		"Send a test message now and say what the other side answered", 200, operation.ByID(s.app.TestNotificationChannel))
}

// NotificationsParams say how many notifications are wanted.
type NotificationsParams struct {
	Limit int `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

func (s *Server) notifications(
	_ context.Context, in *NotificationsParams,
) (*operation.Output[operation.Items[notification.Notification]], error) {
	return operation.List(s.app.Notifications(in.Limit), "", nil)
}

func (s *Server) notificationRules(context.Context, *operation.None) (*operation.Output[notification.Rules], error) {
	return operation.One(s.app.NotificationRules())
}

// RulesBody is what set-notification-rules takes.
type RulesBody struct {
	Window         int                 `json:"window" doc:"Seconds in which what fails for one cause becomes one notification, 5 to 900"`
	Quiet          *notification.Quiet `json:"quiet,omitempty" doc:"Absent for no quiet hours"`
	FlapChanges    int                 `json:"flap_changes" doc:"So many changes of its health within an hour hold a connection down, 3 to 100"`
	CredentialDays int                 `json:"credential_days" doc:"Age in days at which a credential is to be renewed; 0 for never"`
	NoticeDays     int                 `json:"notice_days" doc:"Days before that age at which a notification is sent"`
}

// RulesInput is what set-notification-rules takes.
type RulesInput struct {
	IfMatch string `header:"If-Match" doc:"Revision the change is based on"`
	Body    RulesBody
}

func (s *Server) setNotificationRules(ctx context.Context, in *RulesInput) (*operation.Output[notification.Rules], error) {
	revision, err := revisionOf(in.IfMatch)
	if err != nil {
		return nil, operation.Error(err)
	}
	b := in.Body
	return operation.One(s.app.SetNotificationRules(ctx, notification.Rules{
		Window: b.Window, Quiet: b.Quiet, FlapChanges: b.FlapChanges, CredentialDays: b.CredentialDays, NoticeDays: b.NoticeDays,
	}, revision))
}

func (s *Server) notificationChannels(context.Context, *operation.None) (*operation.Output[operation.Items[notification.Channel]], error) {
	channels, err := s.app.NotificationChannels()
	return operation.List(channels, "", err)
}

// ChannelBody is a channel as a person enters it.
type ChannelBody struct {
	Name    string                   `json:"name"`
	Type    notification.ChannelType `json:"type" enum:"desktop,email,slack,webhook"`
	Off     bool                     `json:"off,omitempty" doc:"Nothing is sent to it"`
	Kinds   []notification.Kind      `json:"kinds,omitempty" doc:"Only these; empty for all"`
	Who     []diagnosis.ActingParty  `json:"who,omitempty" doc:"Only what these can act on; empty for all"`
	Email   *notification.Email      `json:"email,omitempty" doc:"Of an e-mail channel"`
	Secrets map[string]string        `json:"secrets,omitempty" doc:"By name: url and signing of a webhook, url of Slack, password of a mail server. They are sealed and never sent back"`
}

// input returns the channel and its secrets apart.
func (b ChannelBody) input() app.ChannelInput {
	return app.ChannelInput{
		Channel: notification.Channel{Name: b.Name, Type: b.Type, Off: b.Off, Kinds: b.Kinds, Who: b.Who, Email: b.Email}, Given: b.Secrets,
	}
}

func (s *Server) addChannel(ctx context.Context, in *operation.Body[ChannelBody]) (*operation.Output[notify.Added], error) {
	return operation.One(s.app.AddNotificationChannel(ctx, in.Body.input()))
}

// ChannelEdit is what edit-notification-channel takes.
type ChannelEdit struct {
	operation.IDParam
	IfMatch string `header:"If-Match" doc:"Revision the edit is based on"`
	Body    ChannelBody
}

func (s *Server) editChannel(ctx context.Context, in *ChannelEdit) (*operation.Output[notification.Channel], error) {
	revision, err := revisionOf(in.IfMatch)
	if err != nil {
		return nil, operation.Error(err)
	}
	return operation.One(s.app.EditNotificationChannel(ctx, in.ID, in.Body.input(), revision))
}
