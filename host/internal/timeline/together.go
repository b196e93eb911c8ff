package timeline

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/assess/kin"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/internal/period"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// together judges the tests that look things up or count: it takes what was stored forward from moment to moment. At each moment a test
// judges the records that changed, or all of them when something changed that it looks up or counts.
type together struct {
	timeline *Timeline
	of       period.Span
	tests    []*walking
	streams  []*pastStream
	past     *people.Past // nil = no test asks for a person
	kin      *kin.Kin
	ticks    []time.Time
	kept     int // bytes of versions

	// Of the moment that is judged.
	at      time.Time
	tick    bool
	persons bool // who belongs to whom may have changed
	changed map[kind.Kind]bool
}

// pastStream is a stream as it is at the moment that is judged, and what becomes of it.
type pastStream struct {
	list    *pastList        // nil = no list that is judged or looked up; persons are known from it
	mark    *host.StreamMark // nil = persons are not known from it
	records map[string]*then
	keys    []string  // of records, sorted; nil = to be sorted again
	coming  []version // oldest first
	moved   []string  // keys of the records that changed at the moment
	over    bool      // its connection was disconnected
}

// then is a record at the moment that is judged.
type then struct {
	record host.Record
	facts  map[string]any // as they are looked up; nil = not read yet
}

// judgeTogether judges tests over a period, moment by moment.
func (a *Timeline) judgeTogether(
	ctx context.Context, of period.Span, ticks []time.Time, tests []*walking, lists []*pastList, step func(done, total int),
) error {
	if len(tests) == 0 {
		return nil
	}
	t := &together{timeline: a, of: of, tests: tests, ticks: ticks}
	if err := t.load(ctx, lists); err != nil {
		return err
	}
	moments := t.moments()
	for i, at := range moments {
		step(i, len(moments))
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := t.advance(at, i == 0); err != nil {
			return err
		}
		for _, w := range tests {
			if err := t.judge(ctx, w, i == 0); err != nil {
				return err
			}
		}
	}
	for _, w := range tests {
		w.close(of, a.zone())
	}
	return nil
}

// load reads the streams that the tests need.
func (t *together) load(ctx context.Context, lists []*pastList) error {
	persons := slices.ContainsFunc(t.tests, func(w *walking) bool { return len(w.program.Reads()) > 0 })
	programs, categories := make([]*monitor.Program, 0, len(t.tests)), map[string]string{}
	for _, w := range t.tests {
		programs = append(programs, w.program)
	}
	t.kin = kin.For(programs, categories)
	needed := func(l *pastList) bool {
		return persons && l.Kind == string(kind.KindPerson) ||
			slices.ContainsFunc(t.tests, func(w *walking) bool { return slices.Contains(w.read, l) })
	}
	byName := map[string]*pastStream{}
	for _, l := range lists {
		categories[l.Connection] = l.connection.Category
		if needed(l) {
			byName[l.Connection+"\x00"+l.Stream] = &pastStream{list: l}
		}
	}
	if persons {
		var err error
		if t.past, err = t.timeline.parts.People.Past(ctx, t.of.From); err != nil {
			return err
		}
		for _, m := range t.past.Streams() {
			name := m.Connection + "\x00" + m.Name
			if byName[name] == nil {
				byName[name] = &pastStream{}
			}
			byName[name].mark = &m
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		s := byName[name]
		if err := t.read(ctx, s); err != nil {
			return err
		}
		t.streams = append(t.streams, s)
	}
	slices.SortStableFunc(t.streams, func(a, b *pastStream) int { return strings.Compare(a.order(), b.order()) })
	return nil
}

// order is where a stream stands among others: as lists do.
func (s *pastStream) order() string {
	if s.list == nil {
		return ""
	}
	return s.list.Alias + "\x00" + s.list.Stream
}

// read reads the versions of a stream.
func (t *together) read(ctx context.Context, s *pastStream) error {
	m := s.mark
	if m == nil {
		m = &host.StreamMark{Connection: s.list.Connection, Name: s.list.Stream}
	}
	s.records = map[string]*then{}
	err := t.timeline.versions(ctx, *m, t.of, func(all []version) error {
		for i := range all {
			v := &all[i]
			if t.kept += len(v.doc) + len(v.key) + 100; t.kept > mostKept {
				return &host.Problem{
					Code: host.CodeInvalid, Message: "the records of the period do not fit into the memory that one answer may take",
					Remedy: "Ask for a shorter period.", Fault: host.FaultCustomer,
					Fields: []host.FieldError{{Field: "from", Message: "is too long before the end of the period"}},
				}
			}
			if v.at.After(t.of.From) {
				s.coming = append(s.coming, *v)
			} else if !v.removed && s.list != nil {
				s.put(v)
			}
		}
		return nil
	})
	if err != nil && !host.IsNotFound(err) {
		return err
	}
	slices.SortStableFunc(s.coming, func(a, b version) int { return a.at.Compare(b.at) })
	return nil
}

// put makes a version the one of the moment.
func (s *pastStream) put(v *version) {
	if s.records[v.key] == nil {
		s.keys = nil
	}
	s.records[v.key] = &then{record: host.Record{
		Connection: s.list.Connection, Stream: s.list.Stream, Kind: s.list.Kind, Key: v.key, Data: v.doc,
		Hash: hex.EncodeToString(v.hash[:]), ObservedAt: v.at,
	}}
}

// sorted returns the keys of the records in order.
func (s *pastStream) sorted() []string {
	if s.keys == nil {
		s.keys = slices.Sorted(maps.Keys(s.records))
	}
	return s.keys
}

// moments returns when something may change, from the beginning of the period on.
func (t *together) moments() []time.Time {
	all := []time.Time{t.of.From}
	for _, s := range t.streams {
		for i := range s.coming {
			all = append(all, s.coming[i].at)
		}
		if s.list != nil {
			all = append(all, s.list.first, s.list.end)
		}
	}
	if t.past != nil {
		all = append(all, t.past.Decisions()...)
	}
	for _, w := range t.tests {
		if w.clock {
			all = append(all, t.ticks...)
		}
		for i := range w.exclusions {
			all = append(all, inside(t.of, w.exclusions[i].over())...)
		}
	}
	all = slices.DeleteFunc(all, func(at time.Time) bool { return !t.of.Has(at) })
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// advance takes everything forward to a moment.
func (t *together) advance(at time.Time, first bool) error {
	t.at, t.changed, t.persons = at, map[kind.Kind]bool{}, first
	_, t.tick = slices.BinarySearchFunc(t.ticks, at, time.Time.Compare)
	if t.past != nil {
		_, decided := slices.BinarySearchFunc(t.past.Decisions(), at, time.Time.Compare)
		t.persons = t.persons || decided || t.tick
	}
	for _, s := range t.streams {
		s.moved = s.moved[:0]
		for len(s.coming) > 0 && !s.coming[0].at.After(at) {
			v := s.coming[0]
			s.coming = s.coming[1:]
			if err := t.take(s, &v); err != nil {
				return err
			}
		}
		if s.list == nil {
			continue
		}
		if begins := s.list.first.Equal(at); begins || first {
			t.changed[kind.Kind(s.list.Kind)] = true
		}
		if !s.over && !s.list.there(at) {
			s.over = true
			t.changed[kind.Kind(s.list.Kind)] = true
			s.moved = append(s.moved, s.sorted()...)
			s.records, s.keys, s.coming = map[string]*then{}, nil, nil
		}
	}
	return t.relate(at)
}

// take takes up a version.
func (t *together) take(s *pastStream, v *version) error {
	if s.mark != nil {
		t.persons = true
		if err := t.past.Take(*s.mark, host.Version{Key: v.key, At: v.at, Removed: v.removed, Doc: v.doc}); err != nil {
			return err
		}
	}
	if s.list == nil {
		return nil
	}
	t.changed[kind.Kind(s.list.Kind)] = true
	s.moved = append(s.moved, v.key)
	if v.removed {
		delete(s.records, v.key)
		s.keys = nil
		return nil
	}
	s.put(v)
	return nil
}

// relate brings what is looked up to a moment.
func (t *together) relate(at time.Time) error {
	if t.past != nil {
		t.kin.People = t.past.Kin(at)
	}
	has := map[kind.Kind]bool{}
	for _, s := range t.streams {
		if l := s.list; l != nil && l.ever && !l.first.IsZero() && !l.first.After(at) {
			has[kind.Kind(l.Kind)] = true
		}
	}
	t.kin.Has = has
	for k := range t.changed {
		if !t.kin.Looked(k) {
			continue
		}
		err := t.kin.Take(k, func(fn func(verdict.Reading, string, map[string]any)) error { return t.eachOf(k, fn) })
		if err != nil {
			return err
		}
	}
	return nil
}

// eachOf calls fn with the facts of every record of a kind.
func (t *together) eachOf(k kind.Kind, fn func(l verdict.Reading, key string, facts map[string]any)) error {
	for _, s := range t.streams {
		if s.list == nil || s.list.Kind != string(k) {
			continue
		}
		for _, key := range s.sorted() {
			r := s.records[key]
			if r.facts == nil {
				facts, err := monitor.Facts(k, r.record.Data, false)
				if err != nil {
					return fmt.Errorf("read %s of %s: %w", key, s.list.Alias, err)
				}
				facts["alias"], facts["category"] = s.list.Alias, s.list.connection.Category
				r.facts = facts
			}
			fn(s.list.Reading, key, r.facts)
		}
	}
	return nil
}

// judge judges a test at the moment.
func (t *together) judge(ctx context.Context, w *walking, first bool) error {
	all := first || w.clock && t.tick || w.persons && t.persons || t.excluded(w)
	for k := range w.reads {
		all = all || t.changed[k]
	}
	if w.program.Test.Count != nil {
		if all || t.changed[kind.Kind(w.program.Test.Kind)] {
			return t.count(ctx, w)
		}
		return nil
	}
	for _, s := range t.streams {
		if s.list == nil || !w.direct[s.list] {
			continue
		}
		for _, key := range s.moved {
			if s.records[key] == nil {
				w.gone(t.at, monitor.ItemID(s.list.Connection, s.list.Stream, key), !s.over)
			}
		}
		keys := s.moved
		if all {
			keys = s.sorted()
		}
		for _, key := range keys {
			if r := s.records[key]; r != nil {
				if err := w.take(ctx, t.at, s.list, t.subject(s.list, r)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// excluded reports whether an exclusion of a test begins or ends at the moment.
func (t *together) excluded(w *walking) bool {
	return slices.ContainsFunc(w.exclusions, func(e excluded) bool {
		return slices.ContainsFunc(inside(t.of, e.over()), t.at.Equal)
	})
}

func (t *together) subject(l *pastList, r *then) monitor.Subject {
	return monitor.Subject{
		Connection: l.connection, Stream: l.Stream, Key: r.record.Key, Hash: r.record.Hash, ObservedAt: r.record.ObservedAt,
		Data: r.record.Data, Related: func(variable string) (any, bool) { return t.kin.Related(l.Reading, r.record, variable) },
	}
}

// count judges a test that counts at the moment. A list that was not read yet has no count.
func (t *together) count(ctx context.Context, w *walking) error {
	if w.failure != "" {
		return nil
	}
	round := w.round(t.at)
	for _, s := range t.streams {
		if s.list == nil || s.over || !w.direct[s.list] || s.list.first.IsZero() || s.list.first.After(t.at) {
			continue
		}
		round.Expect(s.list.connection)
		for _, key := range s.sorted() {
			if w.judged++; w.judged > mostJudged {
				w.failure = "the period has too many versions; ask for a shorter one"
				return nil
			}
			if _, err := round.Take(ctx, t.subject(s.list, s.records[key])); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				w.failure = err.Error()
				return nil
			}
		}
	}
	_, items, err := round.End(ctx, nil)
	if err != nil {
		return err
	}
	counted := map[string]bool{}
	for _, item := range items {
		counted[monitor.ItemID(item.Connection, item.Stream, item.Key)] = true
		w.note(t.at, nil, item, nil)
	}
	for id := range w.rows {
		if !counted[id] {
			w.gone(t.at, id, false)
		}
	}
	return nil
}
