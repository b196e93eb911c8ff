package lookup

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
)

// Moment parses the moment of a list: an RFC 3339 time, or a date, which stands for the end
// of that day in the time zone of schedules. A moment of today that has not come yet means
// now; a later one is refused. Now is by the store's clock, which does not go back.
func (l *Lookup) Moment(text string) (time.Time, error) { return l.moment("as_of", text) }

// moment is Moment for the parameter called field.
func (l *Lookup) moment(field, text string) (time.Time, error) {
	now := l.parts.Store.Clock().In(l.parts.Location)
	year, month, day := now.Date()
	tomorrow := time.Date(year, month, day+1, 0, 0, 0, 0, l.parts.Location)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		date, err := time.ParseInLocation(time.DateOnly, text, l.parts.Location)
		if err != nil {
			return time.Time{}, host.Invalid(field, text, "must be a time such as 2026-01-31T12:00:00Z or a date such as 2026-01-31")
		}
		year, month, day := date.Date()
		at = time.Date(year, month, day+1, 0, 0, 0, -1, l.parts.Location)
	}
	switch {
	case at.Before(now):
		return at, nil
	case at.Before(tomorrow):
		return now, nil
	}
	future := host.Invalid(field, text, "lies in the future; the latest moment is now, "+now.Format(time.RFC3339))
	future.Remedy = "Leave " + field + " out for what is known now, or give a moment that has passed."
	return time.Time{}, future
}

// sources adds to the first page of a list its sources, how far each can be relied on, and
// whether the list is of a moment before anything was read.
func (l *Lookup) sources(ctx context.Context, q RecordQuery, page *RecordPage) error {
	if page.AsOf == nil && !q.AsOf.IsZero() {
		page.AsOf = &q.AsOf
	}
	if page.AsOf != nil {
		at := page.AsOf.In(l.parts.Location)
		page.AsOf = &at
	}
	if q.Cursor != "" {
		return nil
	}
	shared, err := l.statuses.Shared()
	if err != nil {
		return err
	}
	connections, err := l.asked(q)
	if err != nil {
		return err
	}
	page.Sources = []host.Source{}
	for _, c := range connections {
		status, err := l.statuses.With(ctx, c, shared)
		if err != nil {
			return err
		}
		part, err := l.statuses.InPart(c.ID)
		if err != nil {
			return err
		}
		source, ok := sourceOf(status, part, q)
		if !ok {
			continue
		}
		if first := source.FirstReadAt; first != nil && (page.FirstReadAt == nil || first.Before(*page.FirstReadAt)) {
			page.FirstReadAt = first
		}
		page.Sources = append(page.Sources, source)
	}
	slices.SortFunc(page.Sources, func(a, b host.Source) int { return strings.Compare(a.Alias, b.Alias) })
	l.unread(q, page)
	return nil
}

// unread explains a list of a moment before anything was read: its records are not known,
// which is not the same as none.
func (l *Lookup) unread(q RecordQuery, page *RecordPage) {
	switch {
	case len(page.Items) > 0 || len(page.Sources) == 0:
	case page.FirstReadAt == nil:
		page.Explanation = "Nothing was read yet."
		page.Matched = nil
	case !q.AsOf.IsZero() && q.AsOf.Before(*page.FirstReadAt):
		page.Explanation = fmt.Sprintf("Nothing was read before %s.", l.spoken(*page.FirstReadAt))
		page.Matched = nil
	}
}

// spoken writes a moment for a person, in the time zone of schedules, rounded up to a
// minute.
func (l *Lookup) spoken(at time.Time) string {
	return at.Add(time.Minute - 1).Truncate(time.Minute).In(l.parts.Location).Format("2 Jan 2006 15:04 MST")
}

// asked returns the connections of a query.
func (l *Lookup) asked(q RecordQuery) ([]host.Connection, error) {
	if len(q.Connections) == 0 {
		return l.parts.Store.Connections()
	}
	var list []host.Connection
	for _, ref := range q.Connections {
		c, err := l.parts.Store.Connection(ref)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// sourceOf judges a connection as the source of a list; false when no stream of it
// is part of the list. Part are the steps that the latest run read in part.
func sourceOf(status host.ConnectionStatus, part []string, q RecordQuery) (host.Source, bool) {
	source := host.Source{
		Connection: status.ID, Alias: status.Alias, ConnectorName: status.ConnectorName,
		Health: status.Health, Reason: status.Reason, Streams: []string{},
	}
	if d := status.Disconnection; d != nil {
		source.DisconnectedAt = &d.At
	}
	current := status.CurrentAt(q.AsOf) || len(q.Connections) == 1
	var held *host.HeldRemoval
	complete := true
	for _, s := range status.Streams {
		if q.Kind != "" && s.Kind != q.Kind || q.Stream != "" && s.Name != q.Stream {
			continue
		}
		source.Streams = append(source.Streams, s.Name)
		if current {
			source.Records += s.Records
		}
		if s.FirstReadAt != nil && (source.FirstReadAt == nil || s.FirstReadAt.Before(*source.FirstReadAt)) {
			source.FirstReadAt = s.FirstReadAt
		}
		if s.LastCompleteAt == nil {
			complete = false
		} else if source.LastCompleteAt == nil || s.LastCompleteAt.Before(*source.LastCompleteAt) {
			source.LastCompleteAt = s.LastCompleteAt
		}
		if s.Held != nil && held == nil {
			held = s.Held
		}
	}
	if !complete {
		source.LastCompleteAt = nil
	}
	if len(source.Streams) == 0 {
		return source, false
	}
	source.State, source.Explanation = stateOf(status, source, held, part, q.AsOf)
	return source, true
}

// stateOf returns the state of a source and the sentence that says why.
func stateOf(
	status host.ConnectionStatus, source host.Source, held *host.HeldRemoval, part []string, asOf time.Time,
) (host.SourceState, string) {
	failing, inPart := false, false
	for _, step := range status.FailingSteps {
		ofStream := slices.ContainsFunc(status.Streams, func(s host.StreamStats) bool { return s.Name == step })
		if ofStream && !slices.Contains(source.Streams, step) {
			continue // of a stream that the list is not about
		}
		if slices.Contains(part, step) {
			inPart = true
		} else {
			failing = true
		}
	}
	switch {
	case !status.CurrentAt(asOf):
		return host.SourceDisconnected, status.Explanation + " Its records are not current."
	case source.FirstReadAt == nil:
		return host.SourceMissing, "Nothing was read of it yet."
	case !asOf.IsZero() && asOf.Before(*source.FirstReadAt):
		return host.SourceMissing, "Nothing was read of it by then."
	case failing:
		return host.SourceFailing, status.Explanation
	case held != nil:
		return host.SourcePartial, held.Explanation
	case inPart:
		return host.SourcePartial, status.Explanation
	case source.LastCompleteAt == nil:
		return host.SourcePartial, "It was never read to its end."
	case status.Reason == host.ReasonPaused, status.Health == host.HealthHealthy && status.Reason != host.ReasonOnTime:
		return host.SourceStale, status.Explanation
	}
	return host.SourceComplete, "The latest finished run read all of it."
}
