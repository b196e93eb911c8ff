package connections

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

// Connections returns every connection that passes the filter, newest first. The
// disconnected ones are a list of their own.
func (k *Keeper) Connections(ctx context.Context, filter Filter) ([]host.ConnectionStatus, error) {
	connections, err := k.parts.Store.Connections()
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	shared, err := k.statuses.Shared()
	if err != nil {
		return nil, err
	}
	asked := filter.parse()
	list := make([]host.ConnectionStatus, 0, len(connections))
	for _, c := range connections {
		if (c.Disconnection != nil) != filter.Disconnected || filter.Connector != "" && c.Connector != filter.Connector {
			continue
		}
		status, err := k.statuses.With(ctx, c, shared)
		if err != nil {
			return nil, err
		}
		if asked.passes(status) {
			list = append(list, status)
		}
	}
	slices.SortFunc(list, func(a, b host.ConnectionStatus) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return list, nil
}

// Connection returns the connection with this id or alias.
func (k *Keeper) Connection(ctx context.Context, ref string) (host.ConnectionStatus, error) {
	connection, err := k.parts.Store.Connection(ref)
	if err != nil {
		return host.ConnectionStatus{}, err
	}
	return k.statuses.Of(ctx, connection)
}

// AddConnection validates and stores a connection. A problem names every wrong field;
// nothing is stored then.
func (k *Keeper) AddConnection(ctx context.Context, n NewConnection) (host.ConnectionStatus, error) {
	return actor.Act(ctx, func(host.Actor) (host.ConnectionStatus, error) {
		var faults host.Faults
		connector, err := k.parts.Catalog.Lookup(ctx, n.Connector)
		faults.Add(err)
		faults.Add(host.ValidateAlias(n.Alias))
		if n.Schedule != "" {
			_, err := scheduler.Parse(n.Schedule, k.parts.Location)
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
		if err := k.checkLocally(ctx, connector, settings, n.Secrets); err != nil {
			return host.ConnectionStatus{}, err
		}
		now := k.parts.Now().UTC()
		connection := host.Connection{
			ID: ulid.Make().String(), Alias: n.Alias, Connector: connector.ID, Settings: settings,
			Schedule: n.Schedule, Deadline: n.Deadline, Owner: n.Owner, Removals: n.Removals, CreatedAt: now, UpdatedAt: now,
			Secrets: secretInfos(nil, n.Secrets, now),
		}
		sealed, err := k.parts.Vault.Seal(connection.ID, n.Secrets)
		if err != nil {
			return host.ConnectionStatus{}, err
		}
		if connection, err = k.parts.Store.CreateConnection(ctx, connection, sealed); err != nil {
			return host.ConnectionStatus{}, err
		}
		k.endDraft(ctx, n.Draft)
		k.connectionChanged(connection.ID, "created")
		return k.statuses.Of(ctx, connection)
	})
}

// EditConnection changes a connection. It refuses the edit when ifRevision is not the
// connection's revision; 0 means any.
func (k *Keeper) EditConnection(ctx context.Context, ref string, ifRevision uint64, edit Edit) (host.ConnectionStatus, error) {
	return actor.Act(ctx, func(host.Actor) (host.ConnectionStatus, error) {
		connection, err := k.parts.Store.Connection(ref)
		if err != nil {
			return host.ConnectionStatus{}, err
		}
		if err := connection.RefuseDisconnected(); err != nil {
			return host.ConnectionStatus{}, err
		}
		if err := k.checkEdit(ctx, connection, edit); err != nil {
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
		sealed, err := k.parts.Vault.Seal(connection.ID, set)
		if err != nil {
			return host.ConnectionStatus{}, err
		}
		connection, err = k.parts.Store.UpdateConnection(ctx, connection.ID, ifRevision, func(c *host.Connection) error {
			now := k.parts.Now().UTC()
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
		k.endDraft(ctx, edit.Draft)
		k.connectionChanged(connection.ID, "changed")
		return k.statuses.Of(ctx, connection)
	})
}

func (k *Keeper) checkEdit(ctx context.Context, connection host.Connection, edit Edit) error {
	var faults host.Faults
	if edit.Alias != nil {
		faults.Add(host.ValidateAlias(*edit.Alias))
	}
	if edit.Schedule != nil && *edit.Schedule != "" {
		_, err := scheduler.Parse(*edit.Schedule, k.parts.Location)
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
		connector, err := k.parts.Catalog.Lookup(ctx, connection.Connector)
		if err != nil {
			return err
		}
		settings := edit.Settings
		if !setting.Given(settings) {
			settings = connection.Settings
		}
		err = setting.Check(connector, settings, edit.Secrets, connection.Secrets)
		if err == nil && setting.Given(edit.Settings) {
			err = k.checkLocally(ctx, connector, settings, edit.Secrets)
		}
		faults.Add(err)
	}
	return faults.Err()
}

// RemoveConnection deletes a connection with its secrets, records and history.
// One that is being synced is cancelled first.
func (k *Keeper) RemoveConnection(ctx context.Context, ref string) error {
	return actor.Do(ctx, func(host.Actor) error {
		connection, err := k.parts.Store.Connection(ref)
		if err != nil {
			return err
		}
		if err := k.stopRun(ctx, connection.ID); err != nil {
			return err
		}
		if err := k.parts.Store.DeleteConnection(ctx, connection.ID); err != nil {
			return fmt.Errorf("delete connection: %w", err)
		}
		k.statuses.cache.drop(connection.ID)
		k.endDraftsOf(ctx, connection.ID)
		if err := k.parts.View.Drop(connection.ID); err != nil {
			k.parts.Logger.Warn("delete lists of a deleted connection", "connection", connection.Alias, "err", err) // the next start deletes them
		}
		k.connectionChanged(connection.ID, "removed")
		return nil
	})
}

// Pause keeps the schedule from running a connection.
func (k *Keeper) Pause(ctx context.Context, ref, reason string) (host.ConnectionStatus, error) {
	return actor.Act(ctx, func(host.Actor) (host.ConnectionStatus, error) {
		if err := host.ValidateReason(reason); err != nil {
			return host.ConnectionStatus{}, err
		}
		return k.setPause(ctx, ref, &host.Pause{Since: k.parts.Now().UTC(), By: host.PausedByPerson, Reason: reason})
	})
}

// Resume lets the schedule run a connection again.
func (k *Keeper) Resume(ctx context.Context, ref string) (host.ConnectionStatus, error) {
	return actor.Act(ctx, func(host.Actor) (host.ConnectionStatus, error) {
		return k.setPause(ctx, ref, nil)
	})
}

func (k *Keeper) setPause(ctx context.Context, ref string, pause *host.Pause) (host.ConnectionStatus, error) {
	connection, err := k.parts.Store.Connection(ref)
	if err != nil {
		return host.ConnectionStatus{}, err
	}
	if err := connection.RefuseDisconnected(); err != nil {
		return host.ConnectionStatus{}, err
	}
	if (connection.Paused == nil) == (pause == nil) {
		return k.statuses.Of(ctx, connection) // nothing to change
	}
	connection, err = k.parts.Store.UpdateConnection(ctx, connection.ID, 0, func(c *host.Connection) error {
		c.Paused, c.UpdatedAt = pause, k.parts.Now().UTC()
		return nil
	}, nil, nil)
	if err != nil {
		return host.ConnectionStatus{}, err
	}
	k.connectionChanged(connection.ID, "changed")
	return k.statuses.Of(ctx, connection)
}

func (k *Keeper) connectionChanged(id, kind string) {
	k.parts.Events.Publish("connection", id, kind)
	k.wakeScheduler()
}

// wakeScheduler has the scheduler read its connections again.
func (k *Keeper) wakeScheduler() {
	if k.parts.Scheduler != nil {
		k.parts.Scheduler.Wake()
	}
}

func secretInfos(before []host.SecretInfo, set map[string]string, now time.Time) []host.SecretInfo {
	replaced := func(s host.SecretInfo) bool { _, ok := set[s.Name]; return ok }
	infos := slices.DeleteFunc(slices.Clone(before), replaced)
	for name, value := range set {
		infos = append(infos, host.SecretInfo{Name: name, SetAt: now, ExpiresAt: host.SecretExpiry(value)})
	}
	slices.SortFunc(infos, func(a, b host.SecretInfo) int { return strings.Compare(a.Name, b.Name) })
	if infos == nil {
		infos = []host.SecretInfo{}
	}
	return infos
}
