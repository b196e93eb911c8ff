package lookup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/history"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

// ChangeQuery asks for changes. Every field narrows what is asked for.
type ChangeQuery struct {
	Connections []string // ids or aliases; empty = all
	Kind        string   // of the records; empty = any
	Stream      string
	Change      host.ChangeKind
	Run         string
	Since       time.Time
	Until       time.Time // zero = now
	Query       string    // part of the key or of what people call the record, in any case
	Diff        bool      // also what differs
	Limit       int
	Cursor      string
}

// ChangePage is a page of changes, newest first.
type ChangePage struct {
	Items      []history.RecordChange `json:"items"`
	Next       string                 `json:"next_cursor,omitempty" doc:"Send as cursor for older changes; absent when there are none. A page may have few items or none and still a cursor: see searched_to"`
	SearchedTo *time.Time             `json:"searched_to,omitempty" doc:"Set when the page ended because much was read and little found: changes down to this time were looked at"`
	ChangeNotes
}

// ChangeSummary counts changes.
type ChangeSummary struct {
	Items   []history.StreamChanges `json:"items" doc:"By connection and stream; those without changes are left out"`
	Added   int                     `json:"added"`
	Changed int                     `json:"changed"`
	Removed int                     `json:"removed"`
	Since   *time.Time              `json:"since,omitempty"`
	Until   *time.Time              `json:"until,omitempty"`
	ChangeNotes
}

// ChangeNotes say how far a list of changes can be relied on.
type ChangeNotes struct {
	Explanation  string     `json:"explanation,omitempty" doc:"Set when nothing was read by the end of the period: then it is not known what changed"`
	FirstReadAt  *time.Time `json:"first_read_at,omitempty" doc:"When anything was first read of what the list is about; absent while nothing was. The records of that read are all added"`
	PrunedBefore *time.Time `json:"pruned_before,omitempty" doc:"Set when the period reaches back to changes that are no longer kept: those before this time are missing, at least in part"`
	Demo         bool       `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
}

// Changes returns what runs did to a connection's records, newest first.
func (l *Lookup) Changes(ctx context.Context, ref string, q ChangeQuery) (ChangePage, error) {
	q.Connections = []string{ref}
	return l.History(ctx, q)
}

// History returns what runs did to records of all connections, or of some, newest first.
func (l *Lookup) History(ctx context.Context, q ChangeQuery) (ChangePage, error) {
	asked, err := l.changeQuery(ctx, q)
	if err != nil {
		return ChangePage{}, err
	}
	found, err := l.parts.Store.Changes(ctx, asked)
	if err != nil {
		return ChangePage{}, err
	}
	page := ChangePage{Items: found.Changes, Next: found.Next, SearchedTo: present(found.SearchedTo)}
	page.ChangeNotes, err = l.changeNotes(asked)
	return page, err
}

// HistorySummary counts changes by connection and stream.
func (l *Lookup) HistorySummary(ctx context.Context, q ChangeQuery) (ChangeSummary, error) {
	asked, err := l.changeQuery(ctx, q)
	if err != nil {
		return ChangeSummary{}, err
	}
	counts, err := l.parts.Store.CountChanges(ctx, asked)
	if errors.Is(err, context.DeadlineExceeded) {
		err = (&host.Problem{
			Code: host.CodeBusy, Message: "there are too many changes in this period to count them in one request",
			Remedy: "Ask for a shorter period, or for one connection.", Fault: host.FaultHost, Retry: host.RetryNever,
		}).Because(err)
	}
	if err != nil {
		return ChangeSummary{}, err
	}
	s := ChangeSummary{Items: counts, Since: present(q.Since), Until: present(q.Until)}
	for _, c := range counts {
		s.Added, s.Changed, s.Removed = s.Added+c.Added, s.Changed+c.Changed, s.Removed+c.Removed
	}
	s.ChangeNotes, err = l.changeNotes(asked)
	return s, err
}

// changeQuery turns names into ids, and refuses what does not exist.
func (l *Lookup) changeQuery(ctx context.Context, q ChangeQuery) (journal.ChangeQuery, error) {
	asked := journal.ChangeQuery{
		Run: q.Run, Kind: q.Kind, Stream: q.Stream, Change: q.Change, Since: q.Since, Until: q.Until,
		Text: q.Query, Diff: q.Diff, Limit: q.Limit, Cursor: q.Cursor,
	}
	if q.Kind != "" {
		if err := knownKind(q.Kind); err != nil {
			return asked, err
		}
	}
	if err := l.checkPeriod(q.Since, q.Until); err != nil {
		return asked, err
	}
	for _, ref := range q.Connections {
		c, err := l.parts.Store.Connection(ref)
		if err != nil {
			return asked, err
		}
		if len(q.Connections) == 1 {
			if err := l.statuses.KnownStream(ctx, c, q.Stream); err != nil {
				return asked, err
			}
		}
		asked.Connections = append(asked.Connections, c.ID)
	}
	if q.Run != "" {
		if _, err := l.connections.Run(q.Run); err != nil {
			return asked, err
		}
	}
	return asked, nil
}

// checkPeriod refuses a span of time that cannot have anything in it.
func (l *Lookup) checkPeriod(since, until time.Time) error {
	now := l.parts.Store.Clock()
	switch {
	case !until.IsZero() && until.Before(since):
		p := host.Invalid("until", until, "is before since")
		p.Remedy = "Give the earlier moment as since."
		return p
	case since.After(now):
		p := host.Invalid("since", since, "lies in the future")
		p.Remedy = "Give a moment that has passed; now it is " + now.In(l.parts.Location).Format(time.RFC3339) + "."
		return p
	}
	return nil
}

// changeNotes says what is not known of the period of a query.
func (l *Lookup) changeNotes(q journal.ChangeQuery) (notes ChangeNotes, err error) {
	workspace, err := l.parts.Store.Workspace()
	if err != nil {
		return notes, err
	}
	notes.Demo = workspace.Demo
	connections := q.Connections
	if len(connections) == 0 {
		all, err := l.parts.Store.Connections()
		if err != nil {
			return notes, err
		}
		for _, c := range all {
			connections = append(connections, c.ID)
		}
	}
	for _, id := range connections {
		streams, err := l.statuses.StoredStreams(id)
		if err != nil {
			return notes, err
		}
		for _, s := range streams {
			if q.Stream != "" && s.Name != q.Stream || q.Kind != "" && s.Kind != q.Kind || s.FirstReadAt == nil {
				continue
			}
			if notes.FirstReadAt == nil || s.FirstReadAt.Before(*notes.FirstReadAt) {
				notes.FirstReadAt = s.FirstReadAt
			}
		}
	}
	if len(connections) > 0 {
		notes.Explanation = l.unreadBy(notes.FirstReadAt, q.Until)
	}
	pruned, err := l.parts.Store.ChangesPruned()
	if err != nil {
		return notes, fmt.Errorf("read what is kept: %w", err)
	}
	if q.Since.Before(pruned) && notes.FirstReadAt != nil && notes.FirstReadAt.Before(pruned) {
		notes.PrunedBefore = &pruned
	}
	return notes, nil
}
