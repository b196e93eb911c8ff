package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
	"github.com/plumbline-dev/plumbline/host/internal/setting"
)

// NewConnection is what a person gives to add a connection.
type NewConnection struct {
	Connector string            `json:"connector" doc:"Id of the connector"`
	Alias     string            `json:"alias"`
	Settings  json.RawMessage   `json:"settings,omitempty" doc:"As the connector's config schema has it, without secrets"`
	Secrets   map[string]string `json:"secrets,omitempty" doc:"By setting name"`
	Schedule  string            `json:"schedule,omitempty" doc:"Cron expression; empty for only when asked"`
	Deadline  string            `json:"deadline,omitempty" doc:"Longest a run may take, e.g. 90m; empty for sync.deadline"`
	Owner     string            `json:"owner,omitempty" doc:"Who looks after it: a name or an e-mail address"`

	Removals *host.RemovalOverride `json:"removals,omitempty" doc:"What a sync may remove without a person; absent for the configured limits"`

	Draft string `json:"draft,omitempty" doc:"Id of the draft that this was; it is discarded when the connection is saved"`
}

// Edit is what a person gives to change a connection. What is nil stays.
type Edit struct {
	Alias    *string           `json:"alias,omitempty"`
	Settings json.RawMessage   `json:"settings,omitempty" doc:"Replaces all settings"`
	Secrets  map[string]string `json:"secrets,omitempty" doc:"Replaces the named secrets; an empty value removes one"`
	Schedule *string           `json:"schedule,omitempty"`
	Deadline *string           `json:"deadline,omitempty" doc:"Longest a run may take; empty for sync.deadline"`
	Owner    *string           `json:"owner,omitempty" doc:"Who looks after it; empty for none"`

	Removals *host.RemovalOverride `json:"removals,omitempty" doc:"Replaces the removal limits of a sync; {} for the configured ones"`

	Draft string `json:"draft,omitempty" doc:"Id of the draft that this was; it is discarded when the edit is saved"`
}

// AddConnection validates and stores a connection. A problem names every wrong field;
// nothing is stored then.
func (a *App) AddConnection(ctx context.Context, n NewConnection) (host.ConnectionStatus, error) {
	return actor.Act(ctx, func(host.Actor) (host.ConnectionStatus, error) {
		var faults host.Faults
		connector, err := a.parts.Catalog.Lookup(ctx, n.Connector)
		faults.Add(err)
		faults.Add(host.ValidateAlias(n.Alias))
		if n.Schedule != "" {
			_, err := scheduler.Parse(n.Schedule, a.parts.Location)
			faults.Add(err)
		}
		faults.Add(host.ValidateDeadline(n.Deadline))
		faults.Add(host.ValidateOwner(n.Owner))
		faults.Add(n.Removals.Validate())
		settings := n.Settings
		if !setting.Given(settings) {
			settings = json.RawMessage("{}")
		}
		if err == nil {
			faults.Add(setting.Check(connector, settings, n.Secrets, nil))
		}
		if err := faults.Err(); err != nil {
			return host.ConnectionStatus{}, err
		}
		if err := a.checkLocally(ctx, connector, settings, n.Secrets); err != nil {
			return host.ConnectionStatus{}, err
		}
		now := a.parts.Now().UTC()
		connection := host.Connection{
			ID: ulid.Make().String(), Alias: n.Alias, Connector: connector.ID, Settings: settings,
			Schedule: n.Schedule, Deadline: n.Deadline, Owner: n.Owner, Removals: n.Removals, CreatedAt: now, UpdatedAt: now,
			Secrets: secretInfos(nil, n.Secrets, now),
		}
		sealed, err := a.parts.Vault.Seal(connection.ID, n.Secrets)
		if err != nil {
			return host.ConnectionStatus{}, err
		}
		if connection, err = a.parts.Store.CreateConnection(ctx, connection, sealed); err != nil {
			return host.ConnectionStatus{}, err
		}
		a.endDraft(ctx, n.Draft)
		a.connectionChanged(connection.ID, "created")
		return a.status(ctx, connection)
	})
}

// EditConnection changes a connection. It refuses the edit when ifRevision is not the
// connection's revision; 0 means any.
func (a *App) EditConnection(ctx context.Context, ref string, ifRevision uint64, edit Edit) (host.ConnectionStatus, error) {
	return actor.Act(ctx, func(host.Actor) (host.ConnectionStatus, error) {
		connection, err := a.parts.Store.Connection(ref)
		if err != nil {
			return host.ConnectionStatus{}, err
		}
		if err := connection.RefuseDisconnected(); err != nil {
			return host.ConnectionStatus{}, err
		}
		if err := a.checkEdit(ctx, connection, edit); err != nil {
			return host.ConnectionStatus{}, err
		}
		set, drop := map[string]string{}, []string{}
		for name, value := range edit.Secrets {
			if value == "" {
				drop = append(drop, name)
			} else {
				set[name] = value
			}
		}
		sealed, err := a.parts.Vault.Seal(connection.ID, set)
		if err != nil {
			return host.ConnectionStatus{}, err
		}
		connection, err = a.parts.Store.UpdateConnection(ctx, connection.ID, ifRevision, func(c *host.Connection) error {
			now := a.parts.Now().UTC()
			if edit.Alias != nil {
				c.Alias = *edit.Alias
			}
			if setting.Given(edit.Settings) {
				c.Settings = edit.Settings
			}
			if edit.Schedule != nil {
				c.Schedule = *edit.Schedule
			}
			if edit.Deadline != nil {
				c.Deadline = *edit.Deadline
			}
			if edit.Owner != nil {
				c.Owner = *edit.Owner
			}
			if edit.Removals != nil {
				c.Removals = edit.Removals.OrNone()
			}
			if c.Paused != nil && c.Paused.By == host.PausedByHost && (setting.Given(edit.Settings) || len(edit.Secrets) > 0) {
				c.Paused = nil // the edit may have mended what made its runs fail
			}
			dropped := func(s host.SecretInfo) bool { return slices.Contains(drop, s.Name) }
			c.Secrets = slices.DeleteFunc(secretInfos(c.Secrets, set, now), dropped)
			c.UpdatedAt = now
			return nil
		}, sealed, drop)
		if err != nil {
			return host.ConnectionStatus{}, err
		}
		a.endDraft(ctx, edit.Draft)
		a.connectionChanged(connection.ID, "changed")
		return a.status(ctx, connection)
	})
}

func (a *App) checkEdit(ctx context.Context, connection host.Connection, edit Edit) error {
	var faults host.Faults
	if edit.Alias != nil {
		faults.Add(host.ValidateAlias(*edit.Alias))
	}
	if edit.Schedule != nil && *edit.Schedule != "" {
		_, err := scheduler.Parse(*edit.Schedule, a.parts.Location)
		faults.Add(err)
	}
	if edit.Deadline != nil {
		faults.Add(host.ValidateDeadline(*edit.Deadline))
	}
	if edit.Owner != nil {
		faults.Add(host.ValidateOwner(*edit.Owner))
	}
	faults.Add(edit.Removals.Validate())
	if setting.Given(edit.Settings) || len(edit.Secrets) > 0 {
		connector, err := a.parts.Catalog.Lookup(ctx, connection.Connector)
		if err != nil {
			return err
		}
		settings := edit.Settings
		if !setting.Given(settings) {
			settings = connection.Settings
		}
		err = setting.Check(connector, settings, edit.Secrets, connection.Secrets)
		if err == nil && setting.Given(edit.Settings) {
			err = a.checkLocally(ctx, connector, settings, edit.Secrets)
		}
		faults.Add(err)
	}
	return faults.Err()
}

// RemoveConnection deletes a connection with its secrets, records and history.
// One that is being synced is cancelled first.
func (a *App) RemoveConnection(ctx context.Context, ref string) error {
	return actor.Do(ctx, func(host.Actor) error {
		connection, err := a.parts.Store.Connection(ref)
		if err != nil {
			return err
		}
		if err := a.stopRun(ctx, connection.ID); err != nil {
			return err
		}
		if err := a.parts.Store.DeleteConnection(ctx, connection.ID); err != nil {
			return fmt.Errorf("delete connection: %w", err)
		}
		a.cache.drop(connection.ID)
		a.endDraftsOf(ctx, connection.ID)
		if err := a.parts.View.Drop(connection.ID); err != nil {
			a.parts.Logger.Warn("delete lists of a deleted connection", "connection", connection.Alias, "err", err) // the next start deletes them
		}
		a.connectionChanged(connection.ID, "removed")
		return nil
	})
}

// Pause keeps the schedule from running a connection.
func (a *App) Pause(ctx context.Context, ref, reason string) (host.ConnectionStatus, error) {
	return actor.Act(ctx, func(host.Actor) (host.ConnectionStatus, error) {
		if err := host.ValidateReason(reason); err != nil {
			return host.ConnectionStatus{}, err
		}
		return a.setPause(ctx, ref, &host.Pause{Since: a.parts.Now().UTC(), By: host.PausedByPerson, Reason: reason})
	})
}

// Resume lets the schedule run a connection again.
func (a *App) Resume(ctx context.Context, ref string) (host.ConnectionStatus, error) {
	return actor.Act(ctx, func(host.Actor) (host.ConnectionStatus, error) {
		return a.setPause(ctx, ref, nil)
	})
}

func (a *App) setPause(ctx context.Context, ref string, pause *host.Pause) (host.ConnectionStatus, error) {
	connection, err := a.parts.Store.Connection(ref)
	if err != nil {
		return host.ConnectionStatus{}, err
	}
	if err := connection.RefuseDisconnected(); err != nil {
		return host.ConnectionStatus{}, err
	}
	if (connection.Paused == nil) == (pause == nil) {
		return a.status(ctx, connection) // nothing to change
	}
	connection, err = a.parts.Store.UpdateConnection(ctx, connection.ID, 0, func(c *host.Connection) error {
		c.Paused, c.UpdatedAt = pause, a.parts.Now().UTC()
		return nil
	}, nil, nil)
	if err != nil {
		return host.ConnectionStatus{}, err
	}
	a.connectionChanged(connection.ID, "changed")
	return a.status(ctx, connection)
}

func (a *App) connectionChanged(id, kind string) {
	a.parts.Events.Publish("connection", id, kind)
	a.wakeScheduler()
}

func secretInfos(before []host.SecretInfo, set map[string]string, now time.Time) []host.SecretInfo {
	replaced := func(s host.SecretInfo) bool { _, ok := set[s.Name]; return ok }
	infos := slices.DeleteFunc(slices.Clone(before), replaced)
	for name := range set {
		infos = append(infos, host.SecretInfo{Name: name, SetAt: now})
	}
	slices.SortFunc(infos, func(a, b host.SecretInfo) int { return strings.Compare(a.Name, b.Name) })
	if infos == nil {
		infos = []host.SecretInfo{}
	}
	return infos
}
