package app

import (
	"context"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/check"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
)

// LimitChecks makes the bounds of checks small.
func (a *App) LimitChecks(timeout time.Duration, atOnce, kept int) {
	a.parts.Checks.Limit(check.Limits{Timeout: timeout, AtOnce: atOnce, Kept: kept})
}

// CheckDisk is what upkeep does every few seconds.
func (a *App) CheckDisk() { a.parts.Upkeep.CheckDisk() }

// Maintain is what upkeep does while no run is under way.
func (a *App) Maintain(ctx context.Context) error { return a.parts.Upkeep.Maintain(ctx, false) }

// MakeDue makes a connection due a moment ago.
func (a *App) MakeDue(connection string) error {
	if a.parts.Scheduler != nil {
		defer a.parts.Scheduler.Wake()
	}
	return a.parts.Store.SetDue(connection, time.Now().Add(-time.Minute))
}

// PauseAfter is what follows a run after which the supervisor gives up.
func (a *App) PauseAfter(run host.Run, pause host.Pause) { a.parts.Supervisor.PauseAfter(run, pause) }

// AttentionOf is what Attention says of connections, on a host that started then.
func AttentionOf(list []host.ConnectionStatus, now, started time.Time) []host.Attention {
	return ofConnections(list, now, started)
}

// TrustAttention is what Attention says of connectors.
func TrustAttention(connectors []host.Connector) (all []host.Attention) {
	for _, c := range connectors {
		all = append(all, ofConnector(c)...)
	}
	return joinedTrust(all)
}

// BackupAttention is what Attention says of backups at a moment.
func (a *App) BackupAttention(ctx context.Context, now time.Time) ([]host.Attention, error) {
	connections, err := a.Connections(ctx, connections.Filter{})
	if err != nil {
		return nil, err
	}
	return a.backupAttention(connections, now)
}
