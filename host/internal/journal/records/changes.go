package records

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/history"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
)

// ChangeQuery asks for changes, newest first. Every field narrows what is asked for.
type ChangeQuery struct {
	Connections []string // ids; empty = of all
	Run         string   // empty = of all runs
	Kind        string   // of the records; empty = any
	Stream      string   // empty = of all
	Change      host.ChangeKind
	Since       time.Time
	Until       time.Time // zero = now
	Text        string    // part of the key or of what people call the record, in any case
	Diff        bool      // also what differs
	Limit       int       // 0 = 100
	Cursor      string    // what an earlier answer returned as next
}

// ChangePage is a page of changes.
type ChangePage struct {
	Changes    []history.RecordChange
	Next       string    // cursor of older ones; empty when there are none
	SearchedTo time.Time // set when the page ended because much was read and little found
}

// Bounds of one page, so that one question does not read for minutes and does not answer
// with hundreds of megabytes.
const (
	mostSteps = 20_000  // entries read, and documents read to look for a text
	mostBytes = 8 << 20 // of the documents that differences are made from
)

// Changes returns changes and the cursor of older ones. Those of one transaction keep their
// order. A page may have fewer than asked for, or none, and still a cursor: see SearchedTo.
// What it reads grows with the span of time that is asked for, not with the journal.
func (r *Reader) Changes(ctx context.Context, q ChangeQuery) (page ChangePage, err error) {
	s := search{ctx: ctx, q: q, limit: ledger.Limit(q.Limit, 100), text: strings.ToLower(q.Text)}
	if err := s.begin(r.ledger.Settled()); err != nil {
		return page, err
	}
	err = r.ledger.View(func(txn *badgerdir.Txn) error {
		s.open(r.ledger, txn)
		defer s.close()
		return s.walk(s.changesOf)
	})
	if err != nil {
		return page, fmt.Errorf("read changes: %w", err)
	}
	return s.page, nil
}

// CountChanges counts the changes of a query by connection and stream, in the order of their
// names. It reads all of the span that is asked for.
func (r *Reader) CountChanges(ctx context.Context, q ChangeQuery) (counts []history.StreamChanges, err error) {
	s := search{ctx: ctx, q: q, text: strings.ToLower(q.Text)}
	if err := s.begin(r.ledger.Settled()); err != nil {
		return nil, err
	}
	err = r.ledger.View(func(txn *badgerdir.Txn) error {
		s.open(r.ledger, txn)
		defer s.close()
		return s.walk(s.countOf)
	})
	if err != nil {
		return nil, fmt.Errorf("count changes: %w", err)
	}
	return s.counted(), nil
}

// ChangesPruned returns the commit time of the latest transaction that left the change
// logs; zero while none did.
func (r *Reader) ChangesPruned() (at time.Time, err error) {
	err = r.ledger.View(func(txn *badgerdir.Txn) error {
		h, err := layout.LoadHistory(txn)
		at = h.Pruned
		return err
	})
	return at, err
}

// search is one walk through changes.
type search struct {
	ctx   context.Context
	q     ChangeQuery
	limit int
	text  string // lower case
	until time.Time
	taken int // changes of the entry at until that an earlier page had

	txn     *badgerdir.Txn
	docs    *versions
	aliases map[string]string // by connection id; empty = gone
	headers map[streamID]layout.Header

	page   ChangePage
	steps  int
	bytes  int
	counts map[streamID]*history.StreamChanges
}

// streamID names a stream of a connection.
type streamID struct{ connection, stream string }

// begin parses the cursor: a commit time and how many changes of its entry were taken.
func (s *search) begin(settled time.Time) error {
	s.until = settled
	if !s.q.Until.IsZero() && s.q.Until.Before(settled) {
		s.until = s.q.Until
	}
	if s.q.Cursor == "" {
		return nil
	}
	first, second, _ := strings.Cut(s.q.Cursor, "-")
	nanos, err := strconv.ParseInt(first, 10, 64)
	taken, wrong := strconv.ParseInt(second, 10, 32)
	if err != nil || wrong != nil || nanos <= 0 || taken < 0 {
		return layout.BadCursor(s.q.Cursor)
	}
	s.until, s.taken = time.Unix(0, nanos).UTC(), int(taken)
	return nil
}

func (s *search) open(l *ledger.Ledger, txn *badgerdir.Txn) {
	s.txn, s.aliases, s.headers = txn, map[string]string{}, map[streamID]layout.Header{}
	s.docs, s.counts = openVersions(l.Cache(txn)), map[streamID]*history.StreamChanges{}
	s.page, s.steps, s.bytes = ChangePage{Changes: []history.RecordChange{}}, 0, 0
}

func (s *search) close() { s.docs.close() }

// walk calls take with each entry that is asked for, until it returns layout.ErrStop.
func (s *search) walk(take func(id layout.EntryID, stream string, body []byte) error) error {
	entries := entriesBack(s.txn, s.q.Connections, s.until)
	if s.q.Run != "" {
		stored, err := layout.LoadRun(s.txn, s.q.Run)
		if err != nil {
			return err
		}
		if len(s.q.Connections) > 0 && !slices.Contains(s.q.Connections, stored.Run.Connection) {
			return layout.NoRun(s.q.Run)
		}
		entries = runBack(s.txn, stored.Run, s.until)
	}
	for id, err := range entries {
		switch {
		case err != nil:
			return err
		case s.ctx.Err() != nil:
			return s.ctx.Err()
		case id.At.Before(s.q.Since):
			return nil
		}
		err := s.entry(id, take)
		if errors.Is(err, layout.ErrStop) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// entry reads one entry, and hands it over if its stream is asked for.
func (s *search) entry(id layout.EntryID, take func(layout.EntryID, string, []byte) error) error {
	if alias, err := s.alias(id.Connection); alias == "" || err != nil {
		return err // being deleted
	}
	s.steps++
	e, found, err := layout.LoadEntry(s.txn, id)
	if !found || err != nil {
		return err // pruned, or deleted with its connection
	}
	_, stream, _, err := layout.CutOrigin(e.Body)
	if err != nil || s.q.Stream != "" && s.q.Stream != stream {
		return err
	}
	if s.q.Kind != "" {
		h, err := s.header(id.Connection, stream)
		if err != nil || h.Kind != s.q.Kind {
			return err
		}
	}
	return take(id, stream, e.Body)
}

// changesOf adds the changes of an entry to the page.
func (s *search) changesOf(id layout.EntryID, stream string, body []byte) error {
	all, err := layout.UnpackChanges(body, id.At)
	if err != nil {
		return err
	}
	h, err := s.header(id.Connection, stream)
	if err != nil {
		return err
	}
	from := 0
	if id.At.Equal(s.until) && s.q.Cursor != "" {
		from = min(s.taken, len(all))
	}
	for i, c := range all[from:] {
		full := len(s.page.Changes) >= s.limit
		if full || s.steps > mostSteps || s.bytes > mostBytes {
			s.page.Next = strconv.FormatInt(id.At.UnixNano(), 10) + "-" + strconv.Itoa(from+i)
			if !full {
				s.page.SearchedTo = id.At
			}
			return layout.ErrStop
		}
		change, wanted, err := s.change(id, h, c)
		if err != nil {
			return err
		}
		if wanted {
			s.page.Changes = append(s.page.Changes, change)
		}
	}
	return nil
}

// change returns a change as lists show it, and whether it is asked for.
func (s *search) change(id layout.EntryID, h layout.Header, c host.Change) (history.RecordChange, bool, error) {
	full := history.RecordChange{Connection: id.Connection, Alias: s.aliases[id.Connection], Change: c, RecordKind: h.Kind, Title: c.Key}
	if s.q.Change != "" && s.q.Change != c.Kind {
		return full, false, nil
	}
	after, before, err := s.around(h, c, s.q.Diff || c.Kind == host.ChangeRemoved)
	if err != nil {
		return full, false, err
	}
	full.Title = title(h.Kind, c.Key, after, before)
	if !s.wants(full.Title, c.Key) {
		return full, false, nil
	}
	if s.q.Diff {
		d := compare(h.Kind, c.Kind, before, after)
		full.Diff, full.Cut, full.Lost = d.all, d.cut, d.lost
	}
	return full, true, nil
}

// wants reports whether a record passes the text of the query.
func (s *search) wants(title, key string) bool {
	return s.text == "" || strings.Contains(strings.ToLower(key), s.text) || strings.Contains(strings.ToLower(title), s.text)
}

// around returns the document after a change and, if asked for, the one before. One that
// is not there or no longer kept is nil.
func (s *search) around(h layout.Header, c host.Change, previous bool) (after, before []byte, err error) {
	s.steps++
	if c.Kind != host.ChangeRemoved {
		if after, err = s.docs.at(h.Number, c.Key, c.At); err != nil {
			return nil, nil, err
		}
	}
	if previous && c.Kind != host.ChangeAdded {
		if before, err = s.docs.before(h.Number, c.Key, c.At); err != nil {
			return nil, nil, err
		}
	}
	s.bytes += len(after) + len(before)
	return after, before, nil
}

// countOf counts the changes of an entry.
func (s *search) countOf(id layout.EntryID, stream string, body []byte) error {
	h, err := s.header(id.Connection, stream)
	if err != nil {
		return err
	}
	of := streamID{id.Connection, stream}
	c := s.counts[of]
	if c == nil {
		c = &history.StreamChanges{
			Connection: id.Connection, Alias: s.aliases[id.Connection], Stream: stream,
			StreamTitle: cmp.Or(h.Title, stream), RecordKind: h.Kind,
		}
	}
	var found host.Counts
	if s.text == "" {
		found, err = layout.CountIn(body)
	} else {
		found, err = s.countMatching(id, h, body)
	}
	if err != nil {
		return err
	}
	c.Added += found.Added * rank(s.asks(host.ChangeAdded))
	c.Changed += found.Changed * rank(s.asks(host.ChangeChanged))
	c.Removed += found.Removed * rank(s.asks(host.ChangeRemoved))
	if c.Added+c.Changed+c.Removed > 0 {
		s.counts[of] = c
	}
	return nil
}

func (s *search) asks(change host.ChangeKind) bool { return s.q.Change == "" || s.q.Change == change }

func (s *search) countMatching(id layout.EntryID, h layout.Header, body []byte) (counts host.Counts, err error) {
	all, err := layout.UnpackChanges(body, id.At)
	for _, c := range all {
		if err := s.ctx.Err(); err != nil {
			return counts, err
		}
		if !s.asks(c.Kind) {
			continue
		}
		_, wanted, err := s.change(id, h, c)
		if err != nil {
			return counts, err
		}
		if wanted {
			layout.Count(&counts, c.Kind)
		}
	}
	return counts, err
}

// alias returns the name of a connection, empty for one that is gone.
func (s *search) alias(id string) (string, error) {
	if alias, known := s.aliases[id]; known {
		return alias, nil
	}
	c, err := layout.LoadConnection(s.txn, id)
	if err != nil && !host.IsNotFound(err) {
		return "", err
	}
	s.aliases[id] = c.Alias
	return c.Alias, nil
}

func (s *search) header(connection, stream string) (layout.Header, error) {
	of := streamID{connection, stream}
	h, known := s.headers[of]
	if known {
		return h, nil
	}
	h, _, err := layout.LoadHeader(s.txn, connection, stream)
	s.headers[of] = h
	return h, err
}

// counted returns what was counted, by the names of connections and streams.
func (s *search) counted() []history.StreamChanges {
	counts := make([]history.StreamChanges, 0, len(s.counts))
	for _, c := range s.counts {
		counts = append(counts, *c)
	}
	slices.SortFunc(counts, func(a, b history.StreamChanges) int {
		return cmp.Or(strings.Compare(a.Alias, b.Alias), strings.Compare(a.Connection, b.Connection), strings.Compare(a.Stream, b.Stream))
	})
	return counts
}
