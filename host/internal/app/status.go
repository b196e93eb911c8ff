package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/catalog"
	"github.com/plumbline-dev/plumbline/host/internal/health"
)

// historyKept is how many finished runs the history strip shows.
const historyKept = 30

// Connections returns every connection that passes the filter, newest first. The
// disconnected ones are a list of their own.
func (a *App) Connections(ctx context.Context, filter Filter) ([]host.ConnectionStatus, error) {
	connections, err := a.parts.Store.Connections()
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	shared, err := a.shared()
	if err != nil {
		return nil, err
	}
	asked := filter.parse()
	list := make([]host.ConnectionStatus, 0, len(connections))
	for _, c := range connections {
		if (c.Disconnection != nil) != filter.Disconnected || filter.Connector != "" && c.Connector != filter.Connector {
			continue
		}
		status, err := a.statusAt(ctx, c, shared)
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
func (a *App) Connection(ctx context.Context, ref string) (host.ConnectionStatus, error) {
	connection, err := a.parts.Store.Connection(ref)
	if err != nil {
		return host.ConnectionStatus{}, err
	}
	return a.status(ctx, connection)
}

// shared is what the statuses of several connections need alike. It is read once.
type shared struct {
	now        time.Time
	dues       map[string]time.Time
	connectors map[string]*host.Connector // nil = gone or broken
}

func (a *App) shared() (*shared, error) {
	dues, err := a.parts.Store.Dues()
	if err != nil {
		return nil, fmt.Errorf("read due times: %w", err)
	}
	return &shared{now: time.Now(), dues: dues, connectors: map[string]*host.Connector{}}, nil
}

// connector returns a connector, or nil for one that is gone or broken. Only its name is
// missing then; the next run says what is wrong.
func (s *shared) connector(ctx context.Context, catalog *catalog.Catalog, id string) *host.Connector {
	known, cached := s.connectors[id]
	if !cached {
		if c, err := catalog.Lookup(ctx, id); err == nil {
			known = &c
		}
		s.connectors[id] = known
	}
	return known
}

// status returns a connection with its runs, streams and health.
func (a *App) status(ctx context.Context, connection host.Connection) (host.ConnectionStatus, error) {
	shared, err := a.shared()
	if err != nil {
		return host.ConnectionStatus{}, err
	}
	return a.statusAt(ctx, connection, shared)
}

func (a *App) statusAt(ctx context.Context, connection host.Connection, shared *shared) (host.ConnectionStatus, error) {
	// Before the past is read: a run that has ended by now is part of the past.
	run, active := a.parts.Supervisor.Active(connection.ID)
	past, err := a.past(connection.ID)
	if err != nil {
		return host.ConnectionStatus{}, err
	}
	if connection.Secrets == nil {
		connection.Secrets = []host.SecretInfo{}
	}
	status := host.ConnectionStatus{
		Connection: connection, ConnectorName: connection.Connector, Categories: []host.Category{}, Notices: []host.Notice{},
		Activity: host.ActivityIdle, History: past.history, LastRun: past.last,
	}
	var streams []host.StreamInfo
	if connector := shared.connector(ctx, a.parts.Catalog, connection.Connector); connector != nil {
		status.ConnectorName, status.Categories, streams = connector.Name, connector.Categories, connector.Streams
		status.ConnectorTrust = connector.Trust
		status.Notices = append(a.parts.Developments.Notices(connector.ID), catalog.Notices(connector.ID, connector.Installation)...)
	}
	if past.refused != nil {
		status.Notices = append(slices.Clone(status.Notices), *past.refused)
	}
	stored := past.streams
	if active {
		status.LastRun, status.Activity = &run, host.Activity(run.Status)
		if run.Status.Final() {
			status.Activity = host.ActivityIdle
		}
		if stored, err = a.storedStreams(connection.ID); err != nil {
			return host.ConnectionStatus{}, err
		}
	}
	status.Streams = slices.DeleteFunc(mergeStreams(streams, stored), func(s host.StreamStats) bool { return dropped(s, past.last) })
	a.judge(&status, past.summary, shared.now)
	a.due(&status, shared)
	return status, nil
}

func (a *App) judge(status *host.ConnectionStatus, summary health.Summary, now time.Time) {
	verdict := summary.Judge(status.Connection, heldOf(status.Streams), a.period(status.Schedule, now), now)
	status.Health, status.Reason = verdict.Health, verdict.Reason
	status.Explanation, status.Remedy, status.Since = verdict.Explanation, verdict.Remedy, verdict.Since
	status.LastSuccessAt, status.FailingSteps = verdict.LastSuccess, verdict.FailingSteps
	if status.FailingSteps == nil {
		status.FailingSteps = []string{}
	}
}

// heldOf returns the removals of streams that wait for a person.
func heldOf(streams []host.StreamStats) (held []host.HeldRemoval) {
	for _, s := range streams {
		if s.Held != nil {
			held = append(held, *s.Held)
		}
	}
	return held
}

// period is the time between two scheduled runs, 0 without a schedule.
func (a *App) period(expression string, now time.Time) time.Duration {
	schedule, ok := a.cache.schedule(expression, a.parts.Location)
	if !ok {
		return 0
	}
	return schedule.Period(now)
}

func (a *App) due(status *host.ConnectionStatus, shared *shared) {
	if status.Schedule == "" || status.Paused != nil {
		return
	}
	if at, ok := shared.dues[status.ID]; ok && !at.IsZero() {
		status.NextRunAt = &at
		return
	}
	if schedule, ok := a.cache.schedule(status.Schedule, a.parts.Location); ok {
		next := schedule.Next(shared.now).UTC()
		status.NextRunAt = &next
	}
}

// streams lists the streams of a connection as they are stored now.
func (a *App) streams(connection string, infos []host.StreamInfo) ([]host.StreamStats, error) {
	stored, err := a.storedStreams(connection)
	return mergeStreams(infos, stored), err
}

func (a *App) storedStreams(connection string) ([]host.StreamStats, error) {
	stored, err := a.parts.Store.StreamStats(connection)
	if err != nil {
		return nil, fmt.Errorf("read streams: %w", err)
	}
	return stored, nil
}

// mergeStreams lists the streams that the connector has, and others that records are
// stored of.
func mergeStreams(infos []host.StreamInfo, stored []host.StreamStats) []host.StreamStats {
	list := make([]host.StreamStats, 0, len(infos))
	for _, info := range infos {
		stats := host.StreamStats{}
		for _, s := range stored {
			if s.Name == info.Name {
				stats = s
			}
		}
		stats.Name, stats.Title, stats.Kind = info.Name, info.Title, info.Kind
		list = append(list, stats)
	}
	for _, s := range stored {
		if !slices.ContainsFunc(infos, func(i host.StreamInfo) bool { return i.Name == s.Name }) {
			if s.Title == "" {
				s.Title = s.Name
			}
			list = append(list, s)
		}
	}
	return list
}

// dropped reports whether the latest run that began to read had no step for a stream, so
// that the connection's settings leave the stream out.
func dropped(s host.StreamStats, last *host.Run) bool {
	if last == nil || s.Records > 0 || !slices.ContainsFunc(last.Steps, func(step host.Step) bool { return step.Stream != "" }) {
		return false
	}
	return !slices.ContainsFunc(last.Steps, func(step host.Step) bool { return step.Stream == s.Name })
}

func history(runs []host.Run) []host.RunOutcome {
	outcomes := make([]host.RunOutcome, 0, len(runs))
	for _, r := range runs {
		if r.FinishedAt == nil || len(outcomes) == historyKept {
			continue
		}
		o := host.RunOutcome{ID: r.ID, Status: r.Status, FinishedAt: *r.FinishedAt}
		if r.StartedAt != nil {
			o.Seconds = r.FinishedAt.Sub(*r.StartedAt).Seconds()
		}
		outcomes = append(outcomes, o)
	}
	return outcomes
}
