package fleet

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/insight"
)

// What the rows of insights are.
const (
	ByConnection = "connection"
	ByConnector  = "connector"
	ByCategory   = "category"
	ByOwner      = "owner"
)

// Limits and defaults of a question.
const (
	defaultDays       = 30
	mostDays          = 400
	defaultExpiryDays = 30
	mostExpiryDays    = 400
)

// Query asks for insights.
type Query struct {
	Of
	Since, Until string // a moment or a day; empty = thirty days, to now
	Zone         string // of days; empty = that of schedules
	Group        string // empty = ByConnection
	ExpiryDays   int    // credentials that expire within so many days; 0 = 30
}

// Insights say how reliably connections are read.
type Insights struct {
	insight.Report
	Group       string            `json:"group" enum:"connection,connector,category,owner" doc:"What the rows are"`
	AsOf        time.Time         `json:"as_of" doc:"When this was computed"`
	Connections int               `json:"connections" doc:"Connections that the question is about, without the disconnected ones"`
	ExpiryDays  int               `json:"expiry_days" doc:"Credentials count as expiring within so many days"`
	Credentials []CredentialEnd   `json:"credentials" doc:"Every stored secret: those that expire first before those of which it is not known"`
	Freshness   []FreshConnection `json:"freshness" doc:"As of when the records of each connection are, the oldest first"`
	Lacking     []LackingPart     `json:"lacking" doc:"What could not be said, and why"`
}

// LackingPart is a part of the answer that is not known.
type LackingPart struct {
	Part   string `json:"part"`
	Reason string `json:"reason"`
}

// CredentialState says when a credential ends.
type CredentialState string

// The states.
const (
	CredentialExpired  CredentialState = "expired"
	CredentialExpiring CredentialState = "expiring"
	CredentialLasting  CredentialState = "lasting"
	CredentialUnknown  CredentialState = "unknown"
)

// CredentialEnd is a stored secret with its age. It never has the value.
type CredentialEnd struct {
	Connection string          `json:"connection" doc:"Id"`
	Alias      string          `json:"alias"`
	Name       string          `json:"name"`
	SetAt      time.Time       `json:"set_at"`
	ExpiresAt  *time.Time      `json:"expires_at" doc:"As the credential itself says; null when it does not say"`
	State      CredentialState `json:"state" enum:"expired,expiring,lasting,unknown"`
}

// FreshConnection says as of when the records of a connection are.
type FreshConnection struct {
	Connection string          `json:"connection" doc:"Id"`
	Alias      string          `json:"alias"`
	Health     host.Health     `json:"health" enum:"healthy,unhealthy,unknown"`
	AsOf       *time.Time      `json:"as_of" doc:"The oldest last success of its streams: everything is at least as new; null when a stream was never read whole"`
	Partial    bool            `json:"partial" doc:"The last run read a part of it"`
	Streams    []StreamSuccess `json:"streams"`
}

// StreamSuccess is a stream with its last success.
type StreamSuccess struct {
	Name           string     `json:"name"`
	Title          string     `json:"title"`
	Kind           string     `json:"kind"`
	Records        int        `json:"records"`
	LastCompleteAt *time.Time `json:"last_complete_at" doc:"Null when it was never read whole"`
	Unread         bool       `json:"unread" doc:"The last run that counts did not read it whole"`
}

// Insights returns how reliably connections were read in a span of time, and what is known of them now.
func (f *Fleet) Insights(ctx context.Context, q Query) (Insights, error) {
	now := f.parts.Now()
	span, err := f.span(q, now)
	if err != nil {
		return Insights{}, err
	}
	group := cmp.Or(q.Group, ByConnection)
	if !slices.Contains([]string{ByConnection, ByConnector, ByCategory, ByOwner}, group) {
		return Insights{}, host.Invalid("group", q.Group, "must be connection, connector, category or owner")
	}
	expiry := cmp.Or(q.ExpiryDays, defaultExpiryDays)
	if expiry < 0 || expiry > mostExpiryDays {
		return Insights{}, host.Invalid("expiry_days", q.ExpiryDays, "must be a number of days from 1 to 400")
	}
	members, err := f.members(ctx, q.Of)
	if err != nil {
		return Insights{}, err
	}
	sources := make([]insight.Source, 0, len(members))
	i := Insights{
		Group: group, AsOf: now.UTC(), ExpiryDays: expiry,
		Credentials: []CredentialEnd{}, Freshness: []FreshConnection{}, Lacking: []LackingPart{},
	}
	filter := insight.Filter{Since: span.Since, Until: span.Until}
	for k := range members {
		m := &members[k]
		if m.Disconnection != nil && !slices.ContainsFunc(m.facts, func(fact insight.Fact) bool { return filter.Takes(&fact) }) {
			continue
		}
		sources = append(sources, insight.Source{
			Connection: m.ID, Alias: m.Alias, Rows: rowsOf(&m.ConnectionStatus, group), Facts: m.facts, Streams: m.streams,
		})
		if m.Disconnection == nil {
			i.Connections++
			i.Credentials = append(i.Credentials, credentialsOf(&m.ConnectionStatus, now, expiry)...)
			i.Freshness = append(i.Freshness, freshnessOf(m))
		}
	}
	i.Report = insight.Compute(span, sources)
	if span.Zone == time.Local { // "Local" says nothing to a reader elsewhere
		i.Zone = now.In(span.Zone).Format("MST")
	}
	sortAll(&i)
	return i, f.reaching(ctx, &i, members)
}

// span returns the span that a query asks for: thirty whole days with today's, unless it says otherwise.
func (f *Fleet) span(q Query, now time.Time) (insight.Span, error) {
	zone, err := f.zone(q.Zone)
	if err != nil {
		return insight.Span{}, err
	}
	span := insight.Span{Zone: zone}
	if span.Since, err = when("since", q.Since, zone, false); err != nil {
		return insight.Span{}, err
	}
	if span.Until, err = when("until", q.Until, zone, true); err != nil {
		return insight.Span{}, err
	}
	if span.Until.IsZero() {
		span.Until = now.UTC().Round(0)
	}
	if span.Since.IsZero() {
		last := span.Until.Add(-1).In(zone)
		span.Since = time.Date(last.Year(), last.Month(), last.Day()-defaultDays+1, 0, 0, 0, 0, zone).UTC()
	}
	if !span.Since.Before(span.Until) {
		return insight.Span{}, host.Invalid("since", q.Since, "must be before until")
	}
	if span.Until.Sub(span.Since) > mostDays*24*time.Hour {
		return insight.Span{}, host.Invalid("since", q.Since, "must be at most 400 days before until")
	}
	return span, nil
}

// rowsOf returns the rows that a connection counts in. It counts in one for each of its categories.
func rowsOf(c *host.ConnectionStatus, group string) []insight.RowKey {
	switch group {
	case ByConnector:
		return []insight.RowKey{{Key: c.Connector, Title: c.ConnectorName}}
	case ByOwner:
		return []insight.RowKey{{Key: ownerOf(c), Title: c.Owner}}
	case ByCategory:
		var rows []insight.RowKey
		for _, category := range host.Categories() {
			if slices.Contains(c.Categories, category.ID) {
				rows = append(rows, insight.RowKey{Key: string(category.ID), Title: category.Title})
			}
		}
		return rows
	}
	return []insight.RowKey{{Key: c.ID, Title: c.Alias}}
}

func credentialsOf(c *host.ConnectionStatus, now time.Time, days int) (all []CredentialEnd) {
	for _, s := range c.Secrets {
		one := CredentialEnd{Connection: c.ID, Alias: c.Alias, Name: s.Name, SetAt: s.SetAt, ExpiresAt: s.ExpiresAt, State: CredentialUnknown}
		switch {
		case s.ExpiresAt == nil:
		case !s.ExpiresAt.After(now):
			one.State = CredentialExpired
		case s.ExpiresAt.Before(now.AddDate(0, 0, days)):
			one.State = CredentialExpiring
		default:
			one.State = CredentialLasting
		}
		all = append(all, one)
	}
	return all
}

func freshnessOf(m *member) FreshConnection {
	fresh := FreshConnection{Connection: m.ID, Alias: m.Alias, Health: m.Health, Streams: []StreamSuccess{}}
	var unread uint64
	for i := len(m.facts) - 1; i >= 0; i-- {
		if outcome := m.facts[i].Outcome(); outcome != insight.Cancelled {
			unread, fresh.Partial = m.facts[i].Unread, outcome == insight.Partial
			break
		}
	}
	never := len(m.Streams) == 0
	for _, s := range m.Streams {
		one := StreamSuccess{Name: s.Name, Title: s.Title, Kind: s.Kind, Records: s.Records, LastCompleteAt: s.LastCompleteAt}
		if bit := slices.Index(m.streams, s.Name); bit >= 0 && bit < insight.MostStreams {
			one.Unread = unread&(1<<bit) != 0
		}
		fresh.Streams = append(fresh.Streams, one)
		never = never || s.LastCompleteAt == nil
		if at := s.LastCompleteAt; at != nil && (fresh.AsOf == nil || at.Before(*fresh.AsOf)) {
			fresh.AsOf = at
		}
	}
	if never {
		fresh.AsOf = nil
	}
	return fresh
}

func sortAll(i *Insights) {
	slices.SortStableFunc(i.Credentials, func(a, b CredentialEnd) int {
		return cmp.Or(compareTimes(a.ExpiresAt, b.ExpiresAt, 1), a.SetAt.Compare(b.SetAt), strings.Compare(a.Alias, b.Alias))
	})
	slices.SortStableFunc(i.Freshness, func(a, b FreshConnection) int {
		return cmp.Or(compareTimes(a.AsOf, b.AsOf, -1), strings.Compare(a.Alias, b.Alias))
	})
}

// compareTimes orders moments, the earlier first; unknown says where one that is not known goes.
func compareTimes(a, b *time.Time, unknown int) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return unknown
	case b == nil:
		return -unknown
	}
	return a.Compare(*b)
}
