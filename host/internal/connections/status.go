package connections

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/catalog"
	"github.com/plumbline-dev/plumbline/host/internal/development"
	"github.com/plumbline-dev/plumbline/host/internal/health"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
)

// HistoryKept is how many finished runs the history of a status has.
const HistoryKept = 30

// StatusParts are the open parts that Statuses works with.
type StatusParts struct {
	Location     *time.Location // of schedules
	Store        *journal.Journal
	Catalog      *catalog.Catalog
	Developments *development.Developments
	Supervisor   *supervisor.Supervisor
}

// Statuses draws together what is known of connections. Its methods may be called from any
// goroutine while the parts are open.
type Statuses struct {
	parts StatusParts
	cache *cache
}

// NewStatuses returns Statuses over parts that are open. What one of them remembers of a
// connection another would not forget, so a host has one.
func NewStatuses(parts StatusParts) *Statuses { return &Statuses{parts: parts, cache: newCache()} }

// Shared is what the statuses of several connections need alike. It is read once.
type Shared struct {
	now        time.Time
	catalog    *catalog.Catalog
	dues       map[string]time.Time
	connectors map[string]*host.Connector // nil = gone or broken
}

// Shared reads what is shared. It holds good for one answer.
func (s *Statuses) Shared() (*Shared, error) {
	dues, err := s.parts.Store.Dues()
	if err != nil {
		return nil, fmt.Errorf("read due times: %w", err)
	}
	return &Shared{now: time.Now(), catalog: s.parts.Catalog, dues: dues, connectors: map[string]*host.Connector{}}, nil
}

// Connector returns a connector, or nil for one that is gone or broken. Only its name is
// missing then; the next run says what is wrong.
func (s *Shared) Connector(ctx context.Context, id string) *host.Connector {
	known, cached := s.connectors[id]
	if !cached {
		if c, err := s.catalog.Lookup(ctx, id); err == nil {
			known = &c
		}
		s.connectors[id] = known
	}
	return known
}

// Of returns a connection with its runs, streams and health.
func (s *Statuses) Of(ctx context.Context, connection host.Connection) (host.ConnectionStatus, error) {
	shared, err := s.Shared()
	if err != nil {
		return host.ConnectionStatus{}, err
	}
	return s.With(ctx, connection, shared)
}

// With is Of for one of several connections of an answer.
func (s *Statuses) With(ctx context.Context, connection host.Connection, shared *Shared) (host.ConnectionStatus, error) {
	// Before the past is read: a run that has ended by now is part of the past.
	run, active := s.parts.Supervisor.Active(connection.ID)
	past, err := s.past(connection.ID)
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
	if connector := shared.Connector(ctx, connection.Connector); connector != nil {
		status.ConnectorName, status.Categories, streams = connector.Name, connector.Categories, connector.Streams
		status.ConnectorTrust = connector.Trust
		status.Notices = append(s.parts.Developments.Notices(connector.ID), catalog.Notices(connector.ID, connector.Installation)...)
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
		if stored, err = s.StoredStreams(connection.ID); err != nil {
			return host.ConnectionStatus{}, err
		}
	}
	status.Streams = slices.DeleteFunc(mergeStreams(streams, stored), func(s host.StreamStats) bool { return dropped(s, past.last) })
	s.judge(&status, past.summary, shared.now)
	s.due(&status, shared)
	return status, nil
}

// Others returns the statuses of every connection but one and the disconnected ones.
func (s *Statuses) Others(ctx context.Context, id string, shared *Shared) ([]host.ConnectionStatus, error) {
	connections, err := s.parts.Store.Connections()
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	others := make([]host.ConnectionStatus, 0, len(connections))
	for _, c := range connections {
		if c.ID == id || c.Disconnection != nil {
			continue
		}
		status, err := s.With(ctx, c, shared)
		if err != nil {
			return nil, err
		}
		others = append(others, status)
	}
	return others, nil
}

// InPart returns the names of the steps that the latest run of a connection read in part.
func (s *Statuses) InPart(connection string) ([]string, error) {
	past, err := s.past(connection)
	if err != nil {
		return nil, err
	}
	return past.summary.InPart(), nil
}

func (s *Statuses) judge(status *host.ConnectionStatus, summary health.Summary, now time.Time) {
	verdict := summary.Judge(status.Connection, HeldOf(status.Streams), s.Period(status.Schedule, now), now)
	status.Health, status.Reason = verdict.Health, verdict.Reason
	status.Explanation, status.Remedy, status.Since = verdict.Explanation, verdict.Remedy, verdict.Since
	status.LastSuccessAt, status.FailingSteps = verdict.LastSuccess, verdict.FailingSteps
	if status.FailingSteps == nil {
		status.FailingSteps = []string{}
	}
}

// HeldOf returns the removals of streams that wait for a person.
func HeldOf(streams []host.StreamStats) (held []host.HeldRemoval) {
	for _, s := range streams {
		if s.Held != nil {
			held = append(held, *s.Held)
		}
	}
	return held
}

// Period returns the time between two runs of a schedule, 0 without a schedule.
func (s *Statuses) Period(expression string, now time.Time) time.Duration {
	schedule, ok := s.cache.schedule(expression, s.parts.Location)
	if !ok {
		return 0
	}
	return schedule.Period(now)
}

func (s *Statuses) due(status *host.ConnectionStatus, shared *Shared) {
	if status.Schedule == "" || status.Paused != nil {
		return
	}
	if at, ok := shared.dues[status.ID]; ok && !at.IsZero() {
		status.NextRunAt = &at
		return
	}
	if schedule, ok := s.cache.schedule(status.Schedule, s.parts.Location); ok {
		next := schedule.Next(shared.now).UTC()
		status.NextRunAt = &next
	}
}

// streams lists the streams of a connection as they are stored now.
func (s *Statuses) streams(connection string, infos []host.StreamInfo) ([]host.StreamStats, error) {
	stored, err := s.StoredStreams(connection)
	return mergeStreams(infos, stored), err
}

// StoredStreams lists the streams of a connection that records are or were stored of.
func (s *Statuses) StoredStreams(connection string) ([]host.StreamStats, error) {
	stored, err := s.parts.Store.StreamStats(connection)
	if err != nil {
		return nil, fmt.Errorf("read streams: %w", err)
	}
	return stored, nil
}

// KnownStream refuses the name of a stream that neither the connector nor the store has. An
// empty answer would say that the stream has no records.
func (s *Statuses) KnownStream(ctx context.Context, connection host.Connection, name string) error {
	if name == "" {
		return nil
	}
	var infos []host.StreamInfo
	if connector, err := s.parts.Catalog.Lookup(ctx, connection.Connector); err == nil {
		infos = connector.Streams
	}
	streams, err := s.streams(connection.ID, infos)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(streams))
	for _, s := range streams {
		if s.Name == name {
			return nil
		}
		names = append(names, s.Name)
	}
	return host.NotFound("stream", name, fmt.Sprintf("%s has the streams %v.", connection.Alias, names))
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
		if r.FinishedAt == nil || len(outcomes) == HistoryKept {
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
