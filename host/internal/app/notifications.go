package app

import (
	"context"
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/diagnose"
	"github.com/plumbline-dev/plumbline/host/internal/notify"
	"github.com/plumbline-dev/plumbline/host/notification"
)

// Notifications returns the latest notifications, newest first.
func (a *App) Notifications(limit int) []notification.Notification { return a.parts.Notify.List(limit) }

// NotificationChannels returns the channels that notifications go to, that of the desktop first.
func (a *App) NotificationChannels() ([]notification.Channel, error) {
	return a.parts.Notify.Channels()
}

// NotificationRules returns the rules of when notifications are sent.
func (a *App) NotificationRules() (notification.Rules, error) { return a.parts.Notify.Rules() }

// ChannelInput is a channel with the secrets that a person enters, by name.
type ChannelInput struct {
	notification.Channel
	Given map[string]string
}

// AddNotificationChannel adds a channel.
func (a *App) AddNotificationChannel(ctx context.Context, in ChannelInput) (notify.Added, error) {
	return actor.Act(ctx, func(host.Actor) (notify.Added, error) { return a.parts.Notify.Add(ctx, in.Channel, in.Given) })
}

// EditNotificationChannel replaces what a channel (id or name) says. Secrets that are not given stay. IfRevision 0 = any.
func (a *App) EditNotificationChannel(ctx context.Context, ref string, in ChannelInput, ifRevision uint64) (notification.Channel, error) {
	return actor.Act(ctx, func(host.Actor) (notification.Channel, error) {
		return a.parts.Notify.Edit(ctx, ref, in.Channel, in.Given, ifRevision)
	})
}

// RemoveNotificationChannel deletes a channel (id or name). What waits for it is given up.
func (a *App) RemoveNotificationChannel(ctx context.Context, ref string) error {
	return actor.Do(ctx, func(host.Actor) error { return a.parts.Notify.Remove(ctx, ref) })
}

// TestNotificationChannel sends a test message to a channel (id or name) and returns what the other side answered.
func (a *App) TestNotificationChannel(ctx context.Context, ref string) (notification.Tested, error) {
	return actor.Act(ctx, func(host.Actor) (notification.Tested, error) { return a.parts.Notify.Test(ctx, ref) })
}

// SetNotificationRules replaces the rules. IfRevision 0 = any.
func (a *App) SetNotificationRules(ctx context.Context, r notification.Rules, ifRevision uint64) (notification.Rules, error) {
	return actor.Act(ctx, func(host.Actor) (notification.Rules, error) { return a.parts.Notify.SetRules(ctx, r, ifRevision) })
}

// NotificationSource is what notifications ask about connections.
func (a *App) NotificationSource() notify.Source {
	return notify.Source{Standings: a.standings, Causes: a.causes}
}

// standings returns what is known of every connection now.
func (a *App) standings(ctx context.Context) ([]notify.Standing, error) {
	shared, err := a.statuses.Shared()
	if err != nil {
		return nil, err
	}
	all, err := a.parts.Store.Connections()
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	standings := make([]notify.Standing, 0, len(all))
	for _, c := range all {
		status, err := a.statuses.With(ctx, c, shared)
		if err != nil {
			return nil, err
		}
		standings = append(standings, standingOf(status))
	}
	return standings, ctx.Err()
}

// standingOf takes from a status what people are told. A pause by a person and a stop of the host are no verdicts.
func standingOf(c host.ConnectionStatus) notify.Standing {
	s := notify.Standing{
		ID: c.ID, Alias: c.Alias, Owner: c.Owner, Health: c.Health, Ended: c.Disconnection != nil,
		Paused: c.Paused != nil && c.Paused.By == host.PausedByHost, Credentials: c.Secrets,
	}
	stopped := c.LastRun != nil && c.LastRun.Status == host.StatusInterrupted
	if c.Paused != nil && !s.Paused || stopped {
		s.Health = host.HealthUnknown
	}
	held := connections.HeldOf(c.Streams)
	for _, h := range held {
		if h.Waits() {
			s.Needs = append(s.Needs, "held/"+h.Stream+"/"+h.ID)
		}
	}
	if c.Reason == host.ReasonActionRequired && len(held) == 0 {
		s.Needs = append(s.Needs, "action")
	}
	return s
}

// causes explains the latest runs of connections. What the others are is read once for all.
func (a *App) causes(ctx context.Context, ids []string) (map[string]notify.Cause, error) {
	shared, err := a.statuses.Shared()
	if err != nil {
		return nil, err
	}
	others, err := a.statuses.Others(ctx, "", shared)
	if err != nil {
		return nil, err
	}
	all := make(map[string]notify.Cause, len(ids))
	for _, id := range ids {
		connection, run, err := a.latestRun(id)
		if host.IsNotFound(err) {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		facts, err := a.factsAmong(ctx, connection, run, shared, others)
		if err != nil {
			return nil, err
		}
		cause := notify.Cause{Connector: connection.Connector}
		if e := diagnose.Explain(facts); e.Cause != nil {
			cause.ID, cause.Title, cause.Who, cause.Inconclusive = e.Cause.ID, e.Cause.Title, e.Cause.Who, e.Cause.Inconclusive
			if len(e.Cause.Remedies) > 0 {
				cause.Remedy = e.Cause.Remedies[0].Text
			}
		}
		all[id] = cause
	}
	return all, ctx.Err()
}
