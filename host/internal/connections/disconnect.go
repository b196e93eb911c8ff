package connections

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
	"github.com/plumbline-dev/plumbline/host/internal/setting"
)

// Reconnection is what a person gives to connect a disconnected connection again. Its id,
// history and links stay. What is nil is as it was.
type Reconnection struct {
	Settings json.RawMessage   `json:"settings,omitempty" doc:"Replaces all settings; absent for those it had"`
	Secrets  map[string]string `json:"secrets,omitempty" doc:"By setting name: disconnecting deleted those it had"`
	Schedule *string           `json:"schedule,omitempty" doc:"Absent for the schedule it had"`
}

// Disconnect ends the syncs of a connection and deletes its secrets. Its records, runs and
// settings are kept; Reconnect takes it up again. A run that goes on is cancelled first.
// Disconnecting again changes nothing.
func (k *Keeper) Disconnect(ctx context.Context, ref string) (host.ConnectionStatus, error) {
	return actor.Act(ctx, func(by host.Actor) (host.ConnectionStatus, error) {
		connection, err := k.parts.Store.Connection(ref)
		if err != nil {
			return host.ConnectionStatus{}, err
		}
		for done := connection.Disconnection != nil; !done; {
			if err := k.stopRun(ctx, connection.ID); err != nil {
				return host.ConnectionStatus{}, err
			}
			if connection, done, err = k.disconnectIdle(ctx, connection, by); err != nil {
				return host.ConnectionStatus{}, fmt.Errorf("disconnect %s: %w", connection.Alias, err)
			}
		}
		k.connectionChanged(connection.ID, "changed")
		return k.statuses.Of(ctx, connection)
	})
}

// disconnectIdle disconnects a connection; false when a run began meanwhile.
func (k *Keeper) disconnectIdle(ctx context.Context, c host.Connection, by host.Actor) (host.Connection, bool, error) {
	k.starts.Lock() // no run starts from here on
	defer k.starts.Unlock()
	if _, active := k.parts.Supervisor.Active(c.ID); active {
		return c, false, nil
	}
	sealed, err := k.parts.Store.SealedSecrets(c.ID)
	if err != nil {
		return c, false, err
	}
	names := make([]string, 0, len(sealed))
	for name := range sealed {
		names = append(names, name)
	}
	updated, err := k.parts.Store.UpdateConnection(ctx, c.ID, 0, func(c *host.Connection) error {
		c.Disconnection = &host.Disconnection{At: k.parts.Store.Clock().UTC(), By: by, Schedule: c.Schedule}
		c.Schedule, c.Paused = "", nil
		return nil
	}, nil, names)
	if err != nil {
		return c, false, err
	}
	return updated, true, nil
}

// stopRun cancels the run of a connection and waits until it has ended.
func (k *Keeper) stopRun(ctx context.Context, connection string) error {
	run, ok := k.parts.Supervisor.Active(connection)
	if !ok {
		return nil
	}
	k.parts.Supervisor.Cancel(run.ID)
	if err := k.parts.Supervisor.Wait(ctx, run.ID); err != nil {
		return fmt.Errorf("wait for run %s to stop: %w", run.ID, err)
	}
	return nil
}

// Reconnect takes up a disconnected connection again, with new secrets.
func (k *Keeper) Reconnect(ctx context.Context, ref string, given Reconnection) (host.ConnectionStatus, error) {
	return actor.Act(ctx, func(host.Actor) (host.ConnectionStatus, error) {
		connection, err := k.parts.Store.Connection(ref)
		if err != nil {
			return host.ConnectionStatus{}, err
		}
		if connection.Disconnection == nil {
			return host.ConnectionStatus{}, host.Refused(host.CodeConflict,
				"To enter another credential, edit it: `plumbline connection edit "+connection.Alias+"`.", "%s is connected", connection.Alias)
		}
		settings, schedule := connection.Settings, connection.Disconnection.Schedule
		if setting.Given(given.Settings) {
			settings = given.Settings
		}
		if given.Schedule != nil {
			schedule = *given.Schedule
		}
		if err := k.checkReconnection(ctx, connection, settings, schedule, given.Secrets); err != nil {
			return host.ConnectionStatus{}, err
		}
		sealed, err := k.parts.Vault.Seal(connection.ID, given.Secrets)
		if err != nil {
			return host.ConnectionStatus{}, err
		}
		connection, err = k.parts.Store.UpdateConnection(ctx, connection.ID, connection.Revision, func(c *host.Connection) error {
			c.Settings, c.Schedule, c.Disconnection, c.Paused = settings, schedule, nil, nil
			return nil
		}, sealed, nil)
		if err != nil {
			return host.ConnectionStatus{}, err
		}
		k.connectionChanged(connection.ID, "changed")
		return k.statuses.Of(ctx, connection)
	})
}

func (k *Keeper) checkReconnection(
	ctx context.Context, c host.Connection, settings json.RawMessage, schedule string, secrets map[string]string,
) error {
	connector, err := k.parts.Catalog.Lookup(ctx, c.Connector)
	if err != nil {
		return err
	}
	var faults host.Faults
	if schedule != "" {
		_, err := scheduler.Parse(schedule, k.parts.Location)
		faults.Add(err)
	}
	faults.Add(setting.Check(connector, settings, secrets, nil))
	if err := faults.Err(); err != nil {
		return err
	}
	return k.checkLocally(ctx, connector, settings, secrets)
}

// disconnected counts the disconnected connections.
func (k *Keeper) disconnected() (n int, err error) {
	connections, err := k.parts.Store.Connections()
	for _, c := range connections {
		if c.Disconnection != nil {
			n++
		}
	}
	return n, err
}
