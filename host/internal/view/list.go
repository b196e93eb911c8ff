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

	"github.com/plumbline-dev/plumbline/host/internal/view/column"
)

// Answer is one page of a list.
type Answer struct {
	Hits    []Hit
	Next    string    // cursor of the following page; empty on the last
	Matched int       // records of the whole list
	AsOf    time.Time // the moment the list is of
	Scanned bool      // a stream was read in full, because it has no projection
}

// List returns a page of the records of streams that were looked up at one
// moment. What it says is exactly what the store held at Answer.AsOf: a stream
// whose projection does not reach that far is caught up first.
func (v *View) List(ctx context.Context, streams []Stream, q Query) (Answer, error) {
	asOf := int64(0)
	for _, s := range streams {
		asOf = max(asOf, s.Position)
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
	plans := map[string]*plan{}
	for _, s := range streams {
		if plans[s.Kind] != nil {
			continue
		}
		var err error
		if plans[s.Kind], err = compile(column.ShapeOf(s.Kind), q); err != nil {
			return Answer{}, err
		}
	}
	found, scanned, err := v.find(ctx, streams, plans, asOf, first)
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{Hits: found.heap, Matched: found.matched, AsOf: q.AsOf, Scanned: scanned}
	slices.SortFunc(answer.Hits, func(a, b Hit) int { return a.rank.order(&b.rank, first.descending) })
	if len(answer.Hits) > q.Limit {
		answer.Hits = answer.Hits[:q.Limit]
		answer.Next = cursor{List: list, AsOf: asOf, Matched: answer.Matched, Rank: answer.Hits[q.Limit-1].rank}.String()
	}
	return answer, nil
}

// Check refuses a query that asks for what the kinds do not have.
func Check(kinds []string, q Query) error {
	for _, name := range kinds {
		if _, err := compile(column.ShapeOf(name), q); err != nil {
			return err
		}
	}
	return nil
}

// identity tells lists apart, so that a cursor is used only with its own.
func (q *Query) identity() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q", q.Scope, q.Where, q.Text, q.Sort))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// source is a stream of a list, and its snapshot.
type source struct {
	Stream
	plan     *plan
	snapshot *snapshot // nil = the stream is read from the store
}

// find reads every stream, each through its snapshot or, if there can be none, from the
// store.
func (v *View) find(ctx context.Context, streams []Stream, plans map[string]*plan, asOf int64, first page) (page, bool, error) {
	broken := map[uint32]bool{} // damaged again as soon as they were built
	for attempt := 0; ; attempt++ {
		sources, err := v.sources(ctx, streams, plans, asOf, broken)
		if err != nil {
			return page{}, false, err
		}
		found, damaged, err := readAll(ctx, sources, first)
		scanned := false
		for i, s := range sources {
			if s.snapshot == nil && err == nil {
				scanned = true
				err = v.scanStream(ctx, s, i, &found)
			}
			s.snapshot.release()
		}
		if damaged == nil || broken[damaged.Number] {
			return found, scanned, err
		}
		v.options.Logger.Warn("view of a stream is damaged and built anew", "connection", damaged.Connection, "stream", damaged.Name, "err", err)
		broken[damaged.Number] = attempt > 0
		v.discard(damaged.Stream)
	}
}

// sources opens every stream. A stream without files, because its disk is full, has no
// snapshot.
func (v *View) sources(ctx context.Context, streams []Stream, plans map[string]*plan, asOf int64, broken map[uint32]bool) ([]source, error) {
	sources := make([]source, len(streams))
	for i, s := range streams {
		sources[i] = source{Stream: s, plan: plans[s.Kind]}
		if s.Position == 0 {
			sources[i].snapshot = &snapshot{} // nothing was ever stored
			continue
		}
		if broken[s.Number] {
			continue
		}
		var err error
		sources[i].snapshot, err = v.ensure(ctx, s, min(asOf, s.Position))
		if ctx.Err() != nil {
			for _, opened := range sources[:i+1] {
				opened.snapshot.release()
			}
			return nil, ctx.Err()
		}
		if err != nil {
			v.options.Logger.Warn("list is read from the store, because the view of a stream cannot be made",
				"connection", s.Connection, "stream", s.Name, "err", err)
		}
	}
	return sources, nil
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
	failed := make([]failure, len(scanners))
	var wait sync.WaitGroup
	for i := range scanners {
		scanners[i].page = first
		wait.Go(func() { failed[i] = scanners[i].readSome(ctx, sources, &next) })
	}
	wait.Wait()
	found = scanners[0].page
	for i := range scanners {
		if err := failed[i].err; err != nil {
			return found, failed[i].damaged(), err
		}
		if i == 0 {
			continue
		}
		if !first.counted {
			found.matched += scanners[i].page.matched
		}
		for _, h := range scanners[i].page.heap {
			if found.wants(&h.rank) {
				found.take(h)
			}
		}
	}
	return found, nil, nil
}

type failure struct {
	source *source
	err    error
}

func (f failure) damaged() *source {
	if errors.Is(f.err, column.ErrDamaged) {
		return f.source
	}
	return nil
}

// readSome reads row groups, counted through all sources, until none is left. next is the
// first that no goroutine has taken.
func (s *scanner) readSome(ctx context.Context, sources []source, next *atomic.Int64) failure {
	wanted := int(next.Add(1) - 1)
	before := 0
	for i := range sources {
		from := &sources[i]
		for _, segment := range from.segments() {
			for ; wanted-before < segment.Groups(); wanted = int(next.Add(1) - 1) {
				if err := ctx.Err(); err != nil {
					return failure{err: err}
				}
				s.group.Open(segment, wanted-before)
				at := part{index: i, number: from.Number, ends: from.snapshot.endsIn(segment, &s.group)}
				if err := s.scan(from.plan, at); err != nil {
					return failure{source: from, err: fmt.Errorf("read view of stream %s: %w", from.Name, err)}
				}
			}
			before += segment.Groups()
		}
	}
	return failure{}
}

// scanStream reads a stream from the store, through segments of one row group that are in
// memory until they are read.
func (v *View) scanStream(ctx context.Context, s source, index int, found *page) error {
	reader := scanner{page: *found}
	options := column.Options{Seal: column.Seal{Key: v.options.Key}, Shape: s.plan.shape, GroupRows: v.limits.groupRows}
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
	_, err := eachRow(ctx, v.options.Feed, s.Stream, func(version Version, to int64) (err error) {
		if w == nil {
			if w, err = column.Create(options); err != nil {
				return err
			}
		}
		if err := w.Add(version.Key, version.Doc, version.At, to); err != nil {
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
