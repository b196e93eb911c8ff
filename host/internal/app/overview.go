package app

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"os"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/doctor"
	"github.com/plumbline-dev/plumbline/host/internal/scheduler"
	"github.com/plumbline-dev/plumbline/host/internal/upkeep"
)

// Status is the host at a glance.
type Status struct {
	Version   string                   `json:"version"`
	PID       int                      `json:"pid"`
	Mode      string                   `json:"mode" enum:"agent,desktop,command" doc:"What owns the data directory"`
	DataDir   string                   `json:"data_dir"`
	Demo      bool                     `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
	StartedAt time.Time                `json:"started_at"`
	Counts    connections.StatusCounts `json:"counts"`
	LastEvent uint64                   `json:"last_event"`
	Disk      upkeep.Disk              `json:"disk"`
	Process   doctor.Process           `json:"process" doc:"What the host itself takes"`

	Developments []host.Development `json:"developments" doc:"Connectors in development, whose records are no evidence"`
}

// Status returns the host at a glance.
func (a *App) Status(context.Context) (Status, error) {
	counts, err := a.statuses.Counts()
	if err != nil {
		return Status{}, err
	}
	return Status{
		Version: a.parts.Version, PID: os.Getpid(), Mode: a.parts.Program, DataDir: a.parts.DataDir,
		StartedAt: a.parts.Started.UTC(), LastEvent: a.parts.Events.Last(), Disk: a.parts.Upkeep.Disk(), Process: doctor.ReadProcess(),
		Developments: a.parts.Developments.List(), Counts: counts,
	}, nil
}

// Connectors returns every connector program found, by id.
func (a *App) Connectors(ctx context.Context) ([]host.Connector, error) {
	connectors, err := a.parts.Catalog.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list connectors: %w", err)
	}
	return connectors, a.countConnections(connectors)
}

// KnownConnectors is Connectors without those that are not known yet, which it counts and
// has described in the background. Those that connections use are described first.
func (a *App) KnownConnectors() (connectors []host.Connector, describing int, err error) {
	connections, err := a.parts.Store.Connections()
	if err != nil {
		return nil, 0, fmt.Errorf("read connections: %w", err)
	}
	inUse := make([]string, 0, len(connections))
	for _, c := range connections {
		if c.Disconnection == nil {
			inUse = append(inUse, c.Connector)
		}
	}
	if connectors, describing, err = a.parts.Catalog.Known(inUse); err != nil {
		return nil, 0, fmt.Errorf("list known connectors: %w", err)
	}
	return connectors, describing, a.countConnections(connectors)
}

// Connector returns the connector called id.
func (a *App) Connector(ctx context.Context, id string) (host.Connector, error) {
	connector, err := a.parts.Catalog.Lookup(ctx, id)
	if err != nil {
		return host.Connector{}, err
	}
	list := []host.Connector{connector}
	err = a.countConnections(list)
	return list[0], err
}

func (a *App) countConnections(connectors []host.Connector) error {
	connections, err := a.parts.Store.Connections()
	if err != nil {
		return fmt.Errorf("read connections: %w", err)
	}
	for i := range connectors {
		for _, c := range connections {
			if c.Connector == connectors[i].ID && c.Disconnection == nil {
				connectors[i].Connections++
			}
		}
	}
	return nil
}

// SchedulePreview says what a schedule means before it is saved.
type SchedulePreview struct {
	Schedule    string      `json:"schedule"`
	Description string      `json:"description"`
	Next        []time.Time `json:"next" doc:"The next five runs"`
	Timezone    string      `json:"timezone"`
}

// PreviewSchedule parses a schedule and returns its next five runs.
func (a *App) PreviewSchedule(expression string) (SchedulePreview, error) {
	schedule, err := scheduler.Parse(expression, a.parts.Location)
	if err != nil {
		return SchedulePreview{}, err
	}
	return SchedulePreview{
		Schedule: expression, Description: schedule.Describe(), Timezone: a.parts.Location.String(),
		Next: schedule.Upcoming(5, time.Now()),
	}, nil
}

// SessionKey returns the key that signs the sessions of browsers.
func (a *App) SessionKey() ([]byte, error) {
	key, err := hkdf.Key(sha256.New, a.parts.Key.StoreKey(), nil, "plumbline browser session", 32)
	if err != nil {
		return nil, fmt.Errorf("derive session key: %w", err)
	}
	return key, nil
}
