package lookup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/view"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// RecordQuery asks for a page of records.
type RecordQuery struct {
	Connections []string  // ids or aliases; empty = all
	Kind        string    // empty = any
	Stream      string    // empty = any
	Where       []string  // conditions such as status:active, all of which must hold
	Query       string    // part of the key or of a text, in any case
	Sort        string    // field, with - before it for descending; empty = key
	AsOf        time.Time // zero = now
	Limit       int
	Cursor      string
	Offset      int // records to leave out, counted from the cursor or from the beginning
}

// RecordPage is a page of records.
type RecordPage struct {
	Items   []host.Record `json:"items"`
	Next    string        `json:"next_cursor,omitempty" doc:"Send as cursor for the following page; absent on the last"`
	Matched *int          `json:"matched,omitempty" doc:"Records of the whole list, on all pages; absent when they were not counted"`
	AsOf    *time.Time    `json:"as_of,omitempty" doc:"Moment of the list, with the offset of the time zone of schedules; send it as as_of for following pages. Absent when each page is of its own"`
	Scanned bool          `json:"scanned,omitempty" doc:"Every record was read for this answer, because no index could be made; slow, not incomplete"`

	Explanation string        `json:"explanation,omitempty" doc:"Set when nothing was read by the moment of the list: then matched is absent, because the records of that moment are not known"`
	FirstReadAt *time.Time    `json:"first_read_at,omitempty" doc:"When anything was first read of what the list is about; on the first page, absent while nothing was"`
	Sources     []host.Source `json:"sources,omitempty" doc:"Connections that the list is about, and how far each can be relied on; on the first page"`
	Demo        bool          `json:"demo,omitempty" doc:"The records are of a company that does not exist"`
}

// Fields returns the fields that lists of a kind can be filtered and sorted by.
func (l *Lookup) Fields(name string) ([]kind.Field, error) {
	if err := knownKind(name); err != nil {
		return nil, err
	}
	return view.Fields(name), nil
}

func knownKind(name string) error {
	names := make([]string, 0, len(kind.Kinds()))
	for _, k := range kind.Kinds() {
		if name == string(k) {
			return nil
		}
		names = append(names, string(k))
	}
	return host.NotFound("kind", name, "There are "+strings.Join(names, ", ")+".")
}

// Records returns records as they are now, or were: of one connection or of
// several, filtered and sorted. Each says what version of its connector read it.
func (l *Lookup) Records(ctx context.Context, q RecordQuery) (RecordPage, error) {
	page, err := l.recordPage(ctx, q)
	if err != nil {
		return page, err
	}
	if err := l.marked(page.Items); err != nil {
		return RecordPage{}, err
	}
	return page, l.sources(ctx, q, &page)
}

// marked adds to records what program read them. A run that cannot be read fails
// the list: without it a record of a program in development would pass for evidence.
func (l *Lookup) marked(records []host.Record) error {
	runs := map[string]host.Run{}
	for i := range records {
		r := &records[i]
		run, known := runs[r.Run]
		if !known {
			var err error
			if run, err = l.parts.Store.Run(r.Run); err != nil && host.AsProblem(err).Code != host.CodeNotFound {
				return fmt.Errorf("read run of record %q: %w", r.Key, err)
			}
			runs[r.Run] = run // without a version when it is not kept any more
		}
		r.ConnectorVersion, r.ConnectorTrust = run.ConnectorVersion, run.ConnectorTrust
	}
	return nil
}

func (l *Lookup) recordPage(ctx context.Context, q RecordQuery) (RecordPage, error) {
	aliases, streams, err := l.listed(ctx, q)
	if err != nil {
		return RecordPage{}, err
	}
	if q.plain() {
		return l.recordsByKey(ctx, q, streams)
	}
	query := view.Query{
		Scope: fmt.Sprintf("%q %q %q", q.Connections, q.Kind, q.Stream),
		Where: q.Where, Text: q.Query, Sort: q.Sort, AsOf: q.AsOf, Now: time.Now(), Limit: q.Limit, Cursor: q.Cursor, Offset: q.Offset,
	}
	if len(streams) == 0 && q.Kind != "" {
		// Nothing is stored yet, but a question without sense is refused all the same.
		if err := view.Check(q.Kind, query); err != nil {
			return RecordPage{}, err
		}
	}
	for attempt := 0; ; attempt++ {
		page, err := l.page(ctx, streams, query)
		if errors.Is(err, journal.ErrNotInHistory) && attempt == 0 {
			// What was listed was deleted or pruned meanwhile.
			if aliases, streams, err = l.listed(ctx, q); err == nil {
				continue
			}
		}
		if errors.Is(err, context.DeadlineExceeded) {
			return RecordPage{}, preparing(err)
		}
		if err != nil {
			return RecordPage{}, err
		}
		for i := range page.Items {
			page.Items[i].Alias = aliases[page.Items[i].Connection]
		}
		return page, nil
	}
}

// preparing says that a list could not be made ready in the time of a request: much was
// read since the last time, or its files are gone. What was caught up stays.
func preparing(cause error) error {
	return (&host.Problem{
		Code:       host.CodeBusy,
		Message:    "the list is still being prepared, because much was read since it was last asked for",
		Remedy:     "Ask again in a moment.",
		Fault:      host.FaultHost,
		Retry:      host.RetryAfter,
		RetryAfter: 5,
	}).Because(cause)
}

// plain reports whether a query asks for all there is of one connection in the
// order it is stored in: then a page is read from just there, and following it to
// the end of millions costs no more than reading them.
func (q *RecordQuery) plain() bool {
	return len(q.Connections) == 1 && q.Kind == "" && len(q.Where) == 0 && q.Query == "" && q.Sort == "" && q.Offset == 0
}

// recordsByKey answers a plain query.
func (l *Lookup) recordsByKey(ctx context.Context, q RecordQuery, marks []host.StreamMark) (RecordPage, error) {
	c, err := l.parts.Store.Connection(q.Connections[0])
	if err != nil {
		return RecordPage{}, err
	}
	items, next, err := l.parts.Store.Records(ctx, journal.RecordQuery{
		Connection: c.ID, Stream: q.Stream, AsOf: q.AsOf, After: q.Cursor, Limit: q.Limit,
	})
	if err != nil {
		return RecordPage{}, err
	}
	page := RecordPage{Items: items, Next: next}
	if q.AsOf.IsZero() {
		matched := 0
		for _, m := range marks {
			matched += m.Records
		}
		page.Matched = &matched
	}
	return page, nil
}

// page asks the view which records there are and reads their documents.
func (l *Lookup) page(ctx context.Context, marks []host.StreamMark, query view.Query) (RecordPage, error) {
	answer, err := l.parts.View.List(ctx, marks, query)
	if err != nil {
		return RecordPage{}, err
	}
	if !query.AsOf.IsZero() || query.Cursor != "" {
		if err := l.parts.Store.KeptAt(marks, answer.AsOf); err != nil {
			return RecordPage{}, err
		}
	}
	items, err := l.parts.Store.RecordsAt(ctx, answer.Versions)
	if err != nil {
		return RecordPage{}, err
	}
	return RecordPage{Items: items, Next: answer.Next, Matched: &answer.Matched, AsOf: &answer.AsOf, Scanned: answer.Scanned}, nil
}

// listed returns the streams a query is about, and the names of all connections
// by id.
func (l *Lookup) listed(ctx context.Context, q RecordQuery) (aliases map[string]string, marks []host.StreamMark, err error) {
	if q.Kind != "" {
		if err := knownKind(q.Kind); err != nil {
			return nil, nil, err
		}
	}
	aliases = map[string]string{}
	var ids []string
	for _, ref := range q.Connections {
		c, err := l.parts.Store.Connection(ref)
		if err != nil {
			return nil, nil, err
		}
		if len(q.Connections) == 1 {
			err = l.statuses.KnownStream(ctx, c, q.Stream)
		}
		if err != nil {
			return nil, nil, err
		}
		ids = append(ids, c.ID)
		if len(q.Connections) == 1 || c.CurrentAt(q.AsOf) { // asked for alone, its records are as they were last read
			aliases[c.ID] = c.Alias
		}
	}
	if len(ids) == 0 {
		connections, err := l.parts.Store.Connections()
		if err != nil {
			return nil, nil, err
		}
		for _, c := range connections {
			if c.CurrentAt(q.AsOf) {
				aliases[c.ID] = c.Alias
			}
		}
	}
	marks, err = l.parts.Store.StreamMarks(ids...)
	if err != nil {
		return nil, nil, err
	}
	marks = slices.DeleteFunc(marks, func(m host.StreamMark) bool {
		_, known := aliases[m.Connection] // not one that is being deleted
		return !known || q.Kind != "" && m.Kind != q.Kind || q.Stream != "" && m.Name != q.Stream
	})
	return aliases, marks, nil
}
