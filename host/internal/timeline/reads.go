package timeline

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/period"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// pastList is a list with what is known of its reads in a period.
type pastList struct {
	verdict.Reading
	connection monitor.Connection
	categories []host.Category

	title   string
	first   time.Time // when it was first read; zero = never
	ever    bool      // it was read whole at some time
	end     time.Time // when its connection was disconnected; zero = it is not
	allowed time.Duration
	reads   period.List
	known   period.Spans // the moments that are near enough after a complete read
}

// there reports whether the list is one that is judged at a moment.
func (l *pastList) there(at time.Time) bool { return l.end.IsZero() || at.Before(l.end) }

// unread returns the moments of a span at which the list is judged and was not near enough after a read.
func (l *pastList) unread(of period.Span) period.Spans {
	if !l.end.IsZero() && l.end.Before(of.To) {
		of.To = l.end
	}
	return l.known.Without(of)
}

// wanted reports whether a test judges the records of the list.
func (l *pastList) wanted(t verdict.Test) bool {
	return l.Kind == t.Kind && (len(t.Categories) == 0 ||
		slices.ContainsFunc(l.categories, func(c host.Category) bool { return slices.Contains(t.Categories, c) }))
}

// freshFor is how old a list may always be, as it is for a judgement of now.
const freshFor = 48 * time.Hour

// longestRun is how long a run may take at most.
const longestRun = 8 * 24 * time.Hour

// reader reads what connections were read of in a period.
type pastReader struct {
	timeline *Timeline
	of       period.Span
	since    time.Time                 // history is kept since
	edits    map[string][]settingsThen // by id of the connection, oldest first
}

// settingsThen is a connection as it was from a moment on; nil = it was not there.
type settingsThen struct {
	from time.Time
	was  *host.Connection
}

// pastLists returns the lists of the connections that there are or were in a period, by alias and name. Of is the id of the only
// connection that is wanted; empty = all.
func (a *Timeline) pastLists(ctx context.Context, of period.Span, only string) ([]*pastList, error) {
	shared, err := a.parts.Statuses.Shared()
	if err != nil {
		return nil, err
	}
	stored, err := a.parts.Store.Connections()
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	r := &pastReader{timeline: a, of: of}
	kept, err := a.parts.Store.Maintenance()
	if err != nil {
		return nil, fmt.Errorf("read what history is kept: %w", err)
	}
	if kept.HistorySince != nil {
		r.since = *kept.HistorySince
	}
	if err := r.settings(ctx, stored); err != nil {
		return nil, err
	}
	var all []*pastList
	for _, c := range stored {
		if only != "" && c.ID != only || only == "" && c.Disconnection != nil && !c.Disconnection.At.After(of.From) {
			continue
		}
		status, err := a.parts.Statuses.With(ctx, c, shared)
		if err != nil {
			return nil, err
		}
		runs, err := r.runs(c)
		if err != nil {
			return nil, err
		}
		for _, s := range status.Streams {
			all = append(all, r.list(status, s, runs))
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(one, two *pastList) int {
		return cmp.Or(strings.Compare(one.Alias, two.Alias), strings.Compare(one.Stream, two.Stream))
	})
	return all, nil
}

// settings reads how the connections were set over the period. Before the period each was as the first edit in it found it.
func (r *pastReader) settings(ctx context.Context, stored []host.Connection) error {
	r.edits = map[string][]settingsThen{}
	for q := (journal.AuditQuery{Collection: documents.CollectionConnection, Since: r.of.From, Limit: 1000}); ; {
		entries, next, err := r.timeline.parts.Store.Audit(ctx, q)
		if err != nil {
			return fmt.Errorf("read edits of connections: %w", err)
		}
		for _, e := range entries { // newest first
			now, err := connectionOf(e.Document)
			if err != nil {
				return fmt.Errorf("decode connection %s: %w", e.Key, err)
			}
			before, err := connectionOf(e.Before)
			if err != nil {
				return fmt.Errorf("decode connection %s: %w", e.Key, err)
			}
			known := r.edits[e.Key]
			if n := len(known); n > 0 {
				known = known[:n-1] // what was before the later edit is what this one made
			}
			r.edits[e.Key] = append(known, settingsThen{e.At, now}, settingsThen{time.Time{}, before})
		}
		if q.Cursor = next; next == "" {
			break
		}
	}
	for _, c := range stored {
		slices.Reverse(r.edits[c.ID])
		if len(r.edits[c.ID]) == 0 {
			r.edits[c.ID] = []settingsThen{{c.CreatedAt, &c}}
		} else if first := &r.edits[c.ID][0]; first.was != nil {
			first.from = c.CreatedAt
		}
	}
	return nil
}

func connectionOf(document []byte) (*host.Connection, error) {
	if len(document) == 0 {
		return nil, nil
	}
	var c host.Connection
	return &c, json.Unmarshal(document, &c)
}

// standings returns how a connection stood over the period.
func (r *pastReader) standings(c host.Connection) (all []period.Standing) {
	for _, then := range r.edits[c.ID] {
		switch {
		case then.was == nil:
		case then.was.Disconnection != nil:
			all = append(all, period.Standing{From: then.from, Cause: verdict.CauseDisconnected, Why: "The connection was disconnected."})
		case then.was.Paused != nil:
			why := "The connection was paused."
			if reason := strings.TrimSuffix(then.was.Paused.Reason, "."); reason != "" {
				why = fmt.Sprintf("The connection was paused: %s.", reason)
			}
			all = append(all, period.Standing{From: then.from, Cause: verdict.CausePaused, Why: why})
		default:
			all = append(all, period.Standing{From: then.from})
		}
	}
	return all
}

// allowed returns how old the lists of a connection could be by the schedule that it had at a moment.
func (r *pastReader) allowed(c host.Connection, at time.Time) time.Duration {
	schedule := c.Schedule
	for _, then := range r.edits[c.ID] {
		if then.from.After(at) {
			break
		}
		if then.was != nil {
			schedule = then.was.Schedule
		}
	}
	return max(freshFor, 2*r.timeline.parts.Statuses.Period(schedule, at))
}

// runs returns the runs of a connection that say something of the period, oldest first.
func (r *pastReader) runs(c host.Connection) (all []host.Run, err error) {
	back := r.of.From.Add(-r.allowed(c, r.of.From) - longestRun)
	for q := (journal.RunQuery{Connection: c.ID, Until: r.of.To, Limit: 500}); ; {
		runs, next, err := r.timeline.parts.Store.Runs(q)
		if err != nil {
			return nil, fmt.Errorf("read runs: %w", err)
		}
		for i := range runs {
			if runs[i].Status.Final() {
				all = append(all, runs[i])
			}
		}
		if q.Before = next; next == "" || runs[len(runs)-1].QueuedAt.Before(back) {
			break
		}
	}
	slices.Reverse(all)
	return all, nil
}

// list returns a stream with its reads.
func (r *pastReader) list(status host.ConnectionStatus, s host.StreamStats, runs []host.Run) *pastList {
	c := status.Connection
	of := monitor.Connection{ID: c.ID, Alias: c.Alias, Connector: c.Connector}
	if len(status.Categories) > 0 {
		of.Category = string(status.Categories[0])
	}
	l := &pastList{
		Reading:    verdict.Reading{Connection: c.ID, Alias: c.Alias, Stream: s.Name, Kind: s.Kind, AsOf: s.LastCompleteAt},
		connection: of, categories: status.Categories,
		title: s.Title, allowed: r.allowed(c, r.of.To), reads: period.List{Standings: r.standings(c), Since: r.since},
	}
	if s.FirstReadAt != nil {
		l.first = *s.FirstReadAt
	}
	if c.Disconnection != nil {
		l.end = c.Disconnection.At
	}
	for i := range runs {
		if read, is := readOf(&runs[i], s.Name); is && read.At.Before(r.of.To) {
			read.Allowed = r.allowed(c, read.At)
			l.reads.Reads = append(l.reads.Reads, read)
		}
	}
	slices.SortStableFunc(l.reads.Reads, func(a, b period.Read) int { return a.At.Compare(b.At) })
	l.known = l.reads.Known()
	l.ever = l.AsOf != nil
	l.ending(r.of.To)
	return l
}

// ending makes what is said of the list that of the end of the period, as far as its reads tell it.
func (l *pastList) ending(at time.Time) {
	if l.AsOf != nil && !l.AsOf.Before(at) {
		l.AsOf = nil // that read came later
	}
	if len(l.reads.Reads) == 0 {
		l.Gaps = []string{"It was not read in the period."}
		return
	}
	last := &l.reads.Reads[len(l.reads.Reads)-1]
	l.Run, l.Complete, l.Gaps = last.Run, last.Result == period.Complete, last.Words
	for i := range l.reads.Reads {
		if read := &l.reads.Reads[i]; read.Result == period.Complete {
			l.AsOf = &read.At
		}
	}
	l.Stale = l.AsOf != nil && at.Sub(*l.AsOf) > l.allowed
}

// mostWords is how many gaps of one read are told.
const mostWords = 10

// readOf returns what a run that has ended says of a stream.
func readOf(run *host.Run, stream string) (period.Read, bool) {
	at := run.QueuedAt
	if run.FinishedAt != nil {
		at = *run.FinishedAt
	}
	read := period.Read{Run: run.ID, At: at}
	i := slices.IndexFunc(run.Steps, func(s host.Step) bool { return s.Stream == stream })
	if i < 0 {
		if run.Error == nil {
			return read, false // the settings left the stream out
		}
		read.Words = []string{run.Error.Message}
		return read, true
	}
	step := &run.Steps[i]
	if step.FinishedAt != nil {
		read.At = *step.FinishedAt
	}
	switch step.Status {
	case host.StatusSucceeded:
		read.Result = period.Complete
		return read, true
	case host.StatusPartial:
		read.Result = period.Partial
	}
	for _, gap := range step.Gaps[:min(len(step.Gaps), mostWords)] {
		read.Words = append(read.Words, fmt.Sprintf("%s: %s", gap.Scope, gap.Error.Message))
	}
	if more := len(step.Gaps) - mostWords; more > 0 {
		read.Words = append(read.Words, fmt.Sprintf("and %d more", more))
	}
	if len(read.Words) == 0 {
		switch {
		case step.Error != nil:
			read.Words = []string{step.Error.Message}
		case step.Note != "":
			read.Words = []string{step.Note}
		default:
			read.Words = []string{"The read was " + string(step.Status) + "."}
		}
	}
	return read, true
}
