package view

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
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
func (p *View) List(ctx context.Context, streams []Stream, q Query) (Answer, error) {
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
		if plans[s.Kind], err = compile(shapeOf(s.Kind), q); err != nil {
			return Answer{}, err
		}
	}
	found, scanned, err := p.find(ctx, streams, plans, asOf, first)
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
		if _, err := compile(shapeOf(name), q); err != nil {
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

// source is a stream of a list, and its view.
type source struct {
	Stream
	plan *plan
	view *view
}

// find reads every stream, each through its projection or, if there can be
// none, in full.
func (p *View) find(ctx context.Context, streams []Stream, plans map[string]*plan, asOf int64, first page) (page, bool, error) {
	broken := map[uint32]bool{} // damaged again as soon as they were built
	for attempt := 0; ; attempt++ {
		sources, err := p.sources(ctx, streams, plans, asOf, broken)
		if err != nil {
			return page{}, false, err
		}
		found, damaged, err := readAll(ctx, sources, first)
		scanned := false
		for i, s := range sources {
			if s.view == nil && err == nil {
				scanned = true
				err = p.scanStream(ctx, s, i, &found)
			}
			if s.view != nil {
				s.view.release()
			}
		}
		if damaged == nil || broken[damaged.Number] {
			return found, scanned, err
		}
		p.options.Logger.Warn("projection is damaged and built anew", "connection", damaged.Connection, "stream", damaged.Name, "err", err)
		broken[damaged.Number] = attempt > 0
		p.discard(damaged.Stream)
	}
}

// sources opens the projection of every stream. A stream without one has no
// view: its disk may be full.
func (p *View) sources(ctx context.Context, streams []Stream, plans map[string]*plan, asOf int64, broken map[uint32]bool) ([]source, error) {
	sources := make([]source, len(streams))
	for i, s := range streams {
		sources[i] = source{Stream: s, plan: plans[s.Kind]}
		if s.Position == 0 {
			sources[i].view = &view{} // nothing was ever stored
			continue
		}
		if broken[s.Number] {
			continue
		}
		v, err := p.ensure(ctx, s, min(asOf, s.Position))
		if ctx.Err() != nil {
			for _, opened := range sources[:i] {
				opened.view.release()
			}
			return nil, ctx.Err()
		}
		if err != nil {
			p.options.Logger.Warn("list is read without a projection", "connection", s.Connection, "stream", s.Name, "because", err)
		}
		sources[i].view = v
	}
	return sources, nil
}

// discard removes a projection that cannot be read.
func (p *View) discard(s Stream) {
	k := p.keeper(s)
	k.turn <- struct{}{}
	defer func() { <-k.turn }()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closeLocked(k)
	_ = os.Remove(filepath.Join(k.dir, manifestName)) // what stays is found damaged again
}

// readers is how many goroutines read one list at most.
const readers = 4

// readAll reads every group of every source and returns the page. Damaged is
// the source whose files turned out to be unreadable.
func readAll(ctx context.Context, sources []source, first page) (page, *source, error) {
	groups := 0
	for i := range sources {
		groups += sources[i].view.groups()
	}
	var next atomic.Int64
	workers := max(1, min(readers, runtime.GOMAXPROCS(0), groups))
	scanners := make([]scanner, workers)
	failed := make([]failure, workers)
	var wait sync.WaitGroup
	for i := range scanners {
		scanners[i].page = first
		wait.Go(func() { failed[i] = scanners[i].readSome(ctx, sources, &next) })
	}
	wait.Wait()
	found := scanners[0].page
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
	if errors.Is(f.err, errDamaged) {
		return f.source
	}
	return nil
}

// readSome reads groups, counted through all sources, until none is left. next
// is the first that nobody has taken.
func (s *scanner) readSome(ctx context.Context, sources []source, next *atomic.Int64) failure {
	wanted := int(next.Add(1) - 1)
	before := 0
	for place := range sources {
		from := &sources[place]
		for _, segment := range from.view.parts() {
			for ; wanted-before < len(segment.meta.groups); wanted = int(next.Add(1) - 1) {
				if err := ctx.Err(); err != nil {
					return failure{err: err}
				}
				number := wanted - before
				s.group.open(&segment.meta.groups[number], segment.loader(number))
				at := part{place: place, number: from.Number, start: uint32(segment.starts[number]), closed: from.view.closings(segment, number)}
				if err := s.scan(from.plan, at); err != nil {
					return failure{source: from, err: fmt.Errorf("read projection of stream %s: %w", from.Name, err)}
				}
			}
			before += len(segment.meta.groups)
		}
	}
	return failure{}
}

func (v *view) parts() []*segment {
	if v == nil {
		return nil
	}
	return v.segments
}

func (v *view) groups() (n int) {
	for _, s := range v.parts() {
		n += len(s.meta.groups)
	}
	return n
}

// scanStream reads a stream from the store, in groups that are kept in memory
// just long enough to be looked at.
func (p *View) scanStream(ctx context.Context, s source, place int, found *page) error {
	reader := scanner{page: *found}
	builder := newGroupBuilder(s.plan.shape)
	e := newExtractor(s.plan.shape)
	look := func() error {
		columns := make([][]byte, s.plan.shape.columns())
		meta, err := builder.encode(nil, func(column int, encoded []byte) error {
			columns[column] = slices.Clone(encoded)
			return nil
		})
		if err != nil {
			return err
		}
		builder.reset()
		reader.group.open(&meta, func(column int, _ []byte) ([]byte, error) { return columns[column], nil })
		return reader.scan(s.plan, part{place: place, number: s.Number})
	}
	_, err := eachRow(ctx, p.options.Feed, s.Stream, func(v Version, to int64) error {
		e.read(v.Key, v.Doc)
		builder.add(e, v.At, to)
		if builder.rows < p.limits.groupRows {
			return ctx.Err()
		}
		return errors.Join(look(), ctx.Err())
	})
	if err == nil && builder.rows > 0 {
		err = look()
	}
	*found = reader.page
	if err != nil {
		return fmt.Errorf("read stream %s: %w", s.Name, err)
	}
	return nil
}
