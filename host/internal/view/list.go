package view

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/view/column"
)

// Answer is one page of a list.
type Answer struct {
	Versions []host.VersionRef // of the records, in their order
	Next     string            // cursor of the following page; empty on the last
	Matched  int               // records of the whole list
	AsOf     time.Time         // the moment the list is of
	Scanned  bool              // a stream was read in full from the journal, because its files cannot be written
}

// List returns a page of the records of streams, whose marks are of one moment. The answer
// is exactly what the journal held at Answer.AsOf: a stream whose snapshot does not reach
// that far is caught up first.
func (v *View) List(ctx context.Context, marks []host.StreamMark, q Query) (Answer, error) {
	asOf := int64(0)
	for _, m := range marks {
		asOf = max(asOf, position(m))
	}
	if !q.AsOf.IsZero() {
		asOf = min(asOf, q.AsOf.UnixNano()) // after the last commit nothing changes
	}
	first := page{limit: q.Limit + 1, descending: strings.HasPrefix(q.Sort, "-")}
	list := q.identity()
	if q.Cursor != "" {
		c, err := parseCursor(q.Cursor, list)
		if err != nil {
			return Answer{}, err
		}
		asOf, first.after, first.matched, first.counted = c.AsOf, &c.Rank, c.Matched, true
	}
	q.AsOf = time.Unix(0, asOf).UTC()
	sources, err := v.sources(marks, q)
	if err != nil {
		return Answer{}, err
	}
	left, scanned, err := v.skip(ctx, sources, asOf, q.Offset, &first)
	if err != nil {
		return Answer{}, err
	}
	first.limit += left
	found, read, err := v.find(ctx, sources, asOf, first)
	if err != nil {
		return Answer{}, err
	}
	scanned = scanned || read
	answer := Answer{Versions: []host.VersionRef{}, Matched: found.matched, AsOf: q.AsOf, Scanned: scanned}
	slices.SortFunc(found.heap, func(a, b hit) int { return a.rank.order(&b.rank, first.descending) })
	found.heap = found.heap[min(left, len(found.heap)):]
	if len(found.heap) > q.Limit {
		found.heap = found.heap[:q.Limit]
		answer.Next = cursor{List: list, AsOf: asOf, Matched: answer.Matched, Rank: found.heap[q.Limit-1].rank}.String()
	}
	for _, h := range found.heap {
		version := host.VersionRef{Stream: marks[h.index], Key: string(h.rank.Key), At: time.Unix(0, h.from).UTC()}
		answer.Versions = append(answer.Versions, version)
	}
	return answer, nil
}

// skip moves first behind records of the list, as many as are more than a page may hold at
// once beside its own. It returns how many of the offset are left, and whether a stream was
// read from the journal.
func (v *View) skip(ctx context.Context, sources []source, asOf int64, offset int, first *page) (left int, scanned bool, err error) {
	step := v.limits.skipRows
	for left = offset; left > step; left -= step {
		pass := *first
		pass.limit = step
		found, read, err := v.find(ctx, sources, asOf, pass)
		if err != nil {
			return 0, false, err
		}
		scanned = scanned || read
		first.matched, first.counted = found.matched, true
		if len(found.heap) == 0 {
			return 0, scanned, nil // the list ends before, and a page behind its end is empty
		}
		last := slices.MaxFunc(found.heap, func(a, b hit) int { return a.rank.order(&b.rank, first.descending) })
		first.after = &last.rank
	}
	return left, scanned, nil
}

// Check refuses a query that asks for what a kind does not have.
func Check(kind string, q Query) error {
	_, err := compile(column.ShapeOf(kind), q)
	return err
}

// identity tells lists apart, so that a cursor is used only with its own.
func (q *Query) identity() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q", q.Scope, q.Where, q.Text, q.Sort))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// source is a stream as the journal had it at one moment, and how a list reads it.
type source struct {
	host.StreamMark
	reading  bool  // a run reads the stream: what it adds is kept in memory until it has ended
	kept     int64 // from when on history is kept; 0 = all of it
	plan     *plan
	snapshot *snapshot // nil = the stream is read from the journal
}

func (s *source) position() int64 { return position(s.StreamMark) }

// position is the commit time of a stream's latest version; 0 = there was none.
func position(m host.StreamMark) int64 {
	if m.LastAt.IsZero() {
		return 0
	}
	return m.LastAt.UnixNano()
}

// sources returns the streams of a list, each with the query made ready for its kind.
func (v *View) sources(marks []host.StreamMark, q Query) ([]source, error) {
	reading, err := v.reading()
	if err != nil {
		return nil, err
	}
	sources := make([]source, 0, len(marks))
	plans := map[string]*plan{}
	for _, m := range marks {
		if plans[m.Kind] == nil {
			if plans[m.Kind], err = compile(column.ShapeOf(m.Kind), q); err != nil {
				return nil, err
			}
		}
		sources = append(sources, source{StreamMark: m, reading: reading[m.Connection], plan: plans[m.Kind]})
	}
	return sources, nil
}

// find reads every stream, each through its snapshot or, if there can be none, from the
// journal.
func (v *View) find(ctx context.Context, sources []source, asOf int64, first page) (page, bool, error) {
	broken := map[uint32]bool{} // damaged again as soon as they were built
	for attempt := 0; ; attempt++ {
		if err := v.openAll(ctx, sources, asOf, broken); err != nil {
			return page{}, false, err
		}
		found, damaged, err := readAll(ctx, sources, first)
		scanned := false
		for i := range sources {
			if s := &sources[i]; s.snapshot == nil && err == nil {
				scanned = true
				err = v.scanStream(ctx, s, i, &found)
			}
		}
		releaseAll(sources)
		if damaged == nil || broken[damaged.Number] {
			return found, scanned, err
		}
		v.config.Logger.Warn("view of a stream is damaged and built anew", "connection", damaged.Connection, "stream", damaged.Name, "err", err)
		broken[damaged.Number] = attempt > 0
		v.discard(damaged)
	}
}

// openAll opens every stream that has versions. One that is broken or whose files cannot be
// written gets no snapshot.
func (v *View) openAll(ctx context.Context, sources []source, asOf int64, broken map[uint32]bool) error {
	for i := range sources {
		s := &sources[i]
		if s.LastAt.IsZero() {
			s.snapshot = &snapshot{}
			continue
		}
		if broken[s.Number] {
			continue
		}
		var err error
		s.snapshot, err = v.ensure(ctx, s, min(asOf, s.position()))
		if ctx.Err() != nil {
			releaseAll(sources)
			return ctx.Err()
		}
		if err != nil {
			v.config.Logger.Warn("list is read from the journal, because the view of a stream cannot be made",
				"connection", s.Connection, "stream", s.Name, "err", err)
		}
	}
	return nil
}

func releaseAll(sources []source) {
	for i := range sources {
		sources[i].snapshot.release()
		sources[i].snapshot = nil
	}
}

func (s *source) segments() []*column.Segment {
	if s.snapshot == nil {
		return nil
	}
	return s.snapshot.segments
}

// readers is how many goroutines read one list at most.
const readers = 4

// readAll reads every row group of every source and returns the page. Damaged is the source
// whose files cannot be read.
func readAll(ctx context.Context, sources []source, first page) (found page, damaged *source, err error) {
	groups := 0
	for i := range sources {
		for _, segment := range sources[i].segments() {
			groups += segment.Groups()
		}
	}
	var next atomic.Int64
	scanners := make([]scanner, max(1, min(readers, runtime.GOMAXPROCS(0), groups)))
	var wait sync.WaitGroup
	for i := range scanners {
		scanners[i].page = first
		wait.Go(func() { scanners[i].err = scanners[i].readSome(ctx, sources, &next) })
	}
	wait.Wait()
	found = scanners[0].page
	for i := range scanners {
		s := &scanners[i]
		if s.err != nil {
			return found, s.damaged, s.err
		}
		if i == 0 {
			continue
		}
		if !first.counted {
			found.matched += s.page.matched
		}
		for _, h := range s.page.heap {
			if found.wants(&h.rank) {
				found.take(h)
			}
		}
	}
	return found, nil, nil
}

// readSome reads row groups, counted through all sources, until none is left. next is the
// first that no goroutine has taken.
func (s *scanner) readSome(ctx context.Context, sources []source, next *atomic.Int64) error {
	wanted := int(next.Add(1) - 1)
	before := 0
	for i := range sources {
		from := &sources[i]
		for _, segment := range from.segments() {
			for ; wanted-before < segment.Groups(); wanted = int(next.Add(1) - 1) {
				if err := ctx.Err(); err != nil {
					return err
				}
				s.group.Open(segment, wanted-before)
				at := part{index: i, number: from.Number, ends: from.snapshot.endsIn(segment, &s.group)}
				if err := s.scan(from.plan, at); err != nil {
					if errors.Is(err, column.ErrDamaged) {
						s.damaged = from
					}
					return fmt.Errorf("read view of stream %s: %w", from.Name, err)
				}
			}
			before += segment.Groups()
		}
	}
	return nil
}

// scanStream reads a stream from the journal, through segments of one row group that are in
// memory until they are read.
func (v *View) scanStream(ctx context.Context, s *source, index int, found *page) error {
	reader := scanner{page: *found}
	options := column.Options{Seal: column.Seal{Key: v.config.Key}, Shape: s.plan.shape, GroupRows: v.limits.groupRows}
	var w *column.Writer
	rows := 0
	scan := func() error {
		segment, err := w.Finish()
		if err != nil {
			return err
		}
		w, rows = nil, 0
		reader.group.Open(segment, 0)
		return errors.Join(reader.scan(s.plan, part{index: index, number: s.Number}), ctx.Err())
	}
	_, err := v.eachRow(ctx, s, func(version host.Version, to int64) (err error) {
		if w == nil {
			if w, err = column.Create(options); err != nil {
				return err
			}
		}
		if err := w.Add(version.Key, version.Doc, version.At.UnixNano(), to); err != nil {
			return err
		}
		if rows++; rows < options.GroupRows {
			return nil
		}
		return scan()
	})
	if err == nil && w != nil {
		err = scan()
	}
	*found = reader.page
	if err != nil {
		return fmt.Errorf("read stream %s: %w", s.Name, err)
	}
	return nil
}
