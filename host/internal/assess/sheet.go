package assess

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/history"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/results"
)

// rowFunc takes a row as it was kept, with what the record says now. Fresh says that the version is another than was judged. The document
// is nil when it was not read.
type rowFunc func(row *results.Row, document []byte, fresh bool) error

// each calls fn with a row for every record that a stream has now, by key.
func (s *settling) each(ctx context.Context, w *sheet, fn rowFunc) error {
	if w.whole {
		return s.eachRead(ctx, w, fn)
	}
	if !w.had {
		return nil
	}
	keys := slices.Sorted(maps.Keys(w.changed))
	added := func(key string) error {
		c := w.changed[key]
		if c.removed {
			return nil
		}
		row := &results.Row{Key: key, At: c.at}
		s.content(w, row, c.doc)
		return fn(row, c.doc, true)
	}
	err := s.store.Each(w.name, w.old, func(row results.Row) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		for len(keys) > 0 && keys[0] < row.Key {
			if err := added(keys[0]); err != nil {
				return err
			}
			keys = keys[1:]
		}
		if len(keys) == 0 || keys[0] != row.Key {
			return fn(&row, nil, false)
		}
		c := w.changed[row.Key]
		keys = keys[1:]
		if c.removed {
			return nil
		}
		fresh := c.at != row.At
		row.At = c.at
		s.content(w, &row, c.doc)
		return fn(&row, c.doc, fresh)
	})
	for err == nil && len(keys) > 0 {
		err, keys = added(keys[0]), keys[1:]
	}
	return err
}

// eachRead is each for a stream of which every record is read.
func (s *settling) eachRead(ctx context.Context, w *sheet, fn rowFunc) error {
	var failed error
	next, stop := iter.Pull(func(yield func(results.Row) bool) {
		if !w.had {
			return
		}
		failed = s.store.Each(w.name, w.old, func(row results.Row) error {
			if !yield(row) {
				return errEnough
			}
			return nil
		})
	})
	defer stop()
	kept, more := next()
	err := s.records(ctx, w.list, func(r host.Record) error {
		for more && kept.Key < r.Key {
			kept, more = next()
		}
		row, fresh := results.Row{Key: r.Key}, true
		if more && kept.Key == r.Key {
			row, fresh = kept, kept.At != r.ObservedAt.UnixNano()
		}
		if fresh {
			row.At = r.ObservedAt.UnixNano()
			s.content(w, &row, r.Data)
		}
		return fn(&row, r.Data, fresh)
	})
	if err == nil && failed != nil && !errors.Is(failed, errEnough) {
		return failed
	}
	return err
}

var errEnough = errors.New("that is enough")

// make judges what has to be judged of a stream, and writes its sheet.
func (s *settling) make(ctx context.Context, w *sheet) (results.Sheet, error) {
	m := &making{settling: s, sheet: w, rounds: make([]*monitor.Round, len(w.tests)), counts: make([][monitor.Marks]int, len(w.tests))}
	m.made = results.Sheet{
		Number: w.mark.Number, Kind: w.mark.Kind, Of: w.signature(), MarkAt: w.mark.LastAt, Day: w.old.Day, Variables: w.variables,
	}
	if w.held {
		m.made.MarkAt = w.old.MarkAt
	}
	if w.whole {
		m.made.Day = s.day
	}
	for i, j := range w.tests {
		m.rounds[i] = j.begin(s.at)
		c := results.Column{Test: j.id(), Signature: j.signature}
		if !w.again[i] {
			c.Error = w.old.Tests[w.from[i]].Error
		}
		m.made.Tests = append(m.made.Tests, c)
	}
	file, err := s.store.Write(w.name, func(add func(*results.Row) error) error {
		return s.each(ctx, w, func(row *results.Row, document []byte, fresh bool) error {
			if s.done++; s.report != nil && s.done%256 == 0 {
				s.report(s.done, s.total)
			}
			if err := m.row(ctx, row, document, fresh); err != nil {
				return err
			}
			m.count(row)
			return add(row)
		})
	})
	if err != nil {
		return results.Sheet{}, err
	}
	for i, counts := range m.counts {
		c := &m.made.Tests[i]
		c.Counts = map[byte]int{}
		for mark, n := range counts {
			if n > 0 {
				c.Counts[byte(mark)] = n
			}
		}
		if counts[monitor.MarkError] == 0 {
			c.Error = ""
		}
	}
	m.made.File = file
	return m.made, nil
}

// making is a sheet while it is made.
type making struct {
	*settling
	sheet  *sheet
	made   results.Sheet
	rounds []*monitor.Round
	counts [][monitor.Marks]int
	todo   []int
}

// row judges a record by the tests that concern it now.
func (m *making) row(ctx context.Context, row *results.Row, document []byte, fresh bool) error {
	w := m.sheet
	var looked []uint64
	if m.joined != nil {
		looked = m.joined.of(w, row)
	} else {
		looked = row.Joined
	}
	m.todo = w.concerned(m.todo[:0], row, looked, fresh)
	known := len(row.Marks) > 0
	w.carry(row)
	if len(m.todo) == 0 {
		row.Joined = looked
		return nil
	}
	record, found, err := m.record(w, row, document)
	if err != nil || !found { // one that is gone by now is left as it was, and the next round takes it up
		row.Joined = nil
		return err
	}
	row.Joined = looked
	m.judged++
	subject := m.subject(w.list, record)
	for _, i := range m.todo {
		mark, _, err := m.rounds[i].Mark(ctx, subject)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			m.made.Tests[i].Error = err.Error()
		}
		row.SetMark(i, byte(mark))
		row.SetFailedAt(i, m.failedAt(row, i, mark, known))
	}
	return nil
}

// failedAt returns since when a record fails a test. What is not known, or excluded, ends no failure.
func (m *making) failedAt(row *results.Row, column int, mark monitor.Mark, known bool) int64 {
	before := row.FailedAt(column)
	switch {
	case mark == monitor.MarkUnknown || mark == monitor.MarkExcluded || mark == monitor.MarkError:
		return before
	case mark != monitor.MarkFail:
		return 0
	case before != 0:
		return before
	case known:
		return m.at.Unix()
	}
	return min(time.Unix(0, row.At).Unix(), m.at.Unix()) // it was not judged before: since the version was read
}

// record returns the version of a record that is judged; false when there is none any more.
func (s *settling) record(w *sheet, row *results.Row, document []byte) (host.Record, bool, error) {
	at := time.Unix(0, row.At).UTC()
	if document != nil {
		return host.Record{Stream: w.Stream, Kind: w.Kind, Key: row.Key, Data: document, ObservedAt: at}, true, nil
	}
	found, err := s.assessor.parts.Store.RecordAt(w.Connection, w.Stream, row.Key, time.Time{})
	if err != nil || found.State != history.RecordPresent {
		return host.Record{}, false, err
	}
	return *found.Record, true, nil
}

// concerned adds the tests that have to judge a record.
func (w *sheet) concerned(todo []int, row *results.Row, looked []uint64, fresh bool) []int {
	if fresh {
		for i := range w.tests {
			todo = append(todo, i)
		}
		return todo
	}
	for i, again := range w.again {
		if again {
			todo = append(todo, i)
		}
	}
	for v := range w.variables {
		if at := w.seen[v]; at >= 0 && at < len(row.Joined) && row.Joined[at] == looked[v] {
			continue
		}
		for _, i := range w.reads[v] {
			if !slices.Contains(todo, i) {
				todo = append(todo, i)
			}
		}
	}
	return todo
}

// carry moves the marks of a row from the columns of the old sheet to those of the new one.
func (w *sheet) carry(row *results.Row) {
	marks, failed := make([]byte, results.MarkBytes(len(w.tests))), row.Failed
	old := *row
	row.Marks, row.Failed = marks, nil
	if !w.had {
		return
	}
	for i, from := range w.from {
		if from < 0 {
			continue
		}
		row.SetMark(i, old.Mark(from))
		if len(failed) > 0 {
			row.SetFailedAt(i, old.FailedAt(from))
		}
	}
}

// count counts the marks of a row.
func (m *making) count(row *results.Row) {
	for i := range m.counts {
		m.counts[i][row.Mark(i)]++
	}
	for _, f := range row.Failed {
		if c := &m.made.Tests[f.Test]; c.Failed == 0 || f.At < c.Failed {
			c.Failed = f.At
		}
	}
}
