package timeline

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/assess/kin"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/period"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// excluded is an exclusion of an item of a test.
type excluded struct {
	item      string // as monitor.ItemID names it
	exclusion verdict.Exclusion
	withdrawn *time.Time // when a person took it back
}

// over returns when the exclusion counts.
func (e *excluded) over() period.Span {
	of := period.Span{From: e.exclusion.At, To: time.Unix(1<<40, 0)}
	for _, end := range []*time.Time{e.exclusion.Until, e.withdrawn} {
		if end != nil && end.Before(of.To) {
			of.To = *end
		}
	}
	return of
}

// walking is a test while it is judged over a period.
type walking struct {
	program    *monitor.Program
	parameters map[string]any
	exclusions []excluded
	read       []*pastList
	direct     map[*pastList]bool
	clock      bool
	reads      map[kind.Kind]bool // kinds of record that are looked up by address or as twins
	persons    bool               // something of persons and accounts is looked up

	begun   *monitor.Round // of begunAt: its parameters and exclusions
	begunAt time.Time
	grounds map[string]period.Ground // by what an item depends on
	rows    map[string]*row          // by monitor.ItemID, while items are open
	found   *heldItems
	judged  int
	failure string
}

// row is an item while it is judged over a period.
type row struct {
	list      *pastList // nil for a count
	item      verdict.Item
	stretches []period.Stretch // the end of the last one is not known yet
}

// Bounds of one answer.
const (
	mostJudged = 20_000_000 // judgements of one test
	mostKept   = 512 << 20  // bytes of versions that are kept in memory
)

// newWalking returns a test that is to be judged over lists.
func newWalking(rule ruling, lists []*pastList) *walking {
	p := rule.Program
	w := &walking{
		program: p, parameters: rule.Parameters, exclusions: rule.excluded, clock: p.ReadsClock(),
		reads: map[kind.Kind]bool{}, grounds: map[string]period.Ground{}, rows: map[string]*row{},
		found: &heldItems{},
	}
	w.read, w.direct = readBy(p, lists)
	for _, name := range p.Reads() {
		switch by, addressed := kin.Addressed()[name]; {
		case addressed:
			w.reads[by.Kind], w.persons = true, true
		case name == monitor.VarTwins:
			w.reads[kind.Kind(p.Test.Kind)] = true
		default:
			w.persons = true
		}
		if name == monitor.VarAccounts {
			w.reads[kind.KindAccount] = true // whether there is a list of accounts at all
		}
	}
	return w
}

// alone reports whether what the test says of a record depends on that record alone.
func (w *walking) alone() bool { return w.program.Test.Count == nil && len(w.program.Reads()) == 0 }

// round returns a round of judgement for a moment.
func (w *walking) round(at time.Time) *monitor.Round {
	if w.begun != nil && w.begunAt.Equal(at) && w.program.Test.Count == nil {
		return w.begun
	}
	var counting map[string]verdict.Exclusion
	for i := range w.exclusions {
		if e := &w.exclusions[i]; e.over().Has(at) {
			if counting == nil {
				counting = map[string]verdict.Exclusion{}
			}
			counting[e.item] = e.exclusion
		}
	}
	w.begun, w.begunAt = w.program.Begin(at, w.parameters, counting), at
	return w.begun
}

// take judges a record at a moment and notes what is found. An error of the judgement ends the test; another is returned.
func (w *walking) take(ctx context.Context, at time.Time, l *pastList, s monitor.Subject) error {
	if w.failure != "" {
		return nil
	}
	if w.judged++; w.judged > mostJudged {
		w.failure = "the period has too many versions; ask for a shorter one"
		return nil
	}
	item, err := w.round(at).Take(ctx, s)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		w.failure = err.Error()
		return nil
	}
	version := &verdict.HeldVersion{ObservedAt: s.ObservedAt, Hash: s.Hash}
	w.note(at, l, item, version)
	return nil
}

// note notes what a test says of an item from a moment on.
func (w *walking) note(at time.Time, l *pastList, item verdict.Item, version *verdict.HeldVersion) {
	id := monitor.ItemID(item.Connection, item.Stream, item.Key)
	r := w.rows[id]
	if r == nil {
		r = &row{list: l, item: item}
		w.rows[id] = r
	}
	if item.Name != "" {
		r.item.Name = item.Name
	}
	outcome := item.Outcome
	if n := len(r.stretches); n > 0 {
		last := &r.stretches[n-1]
		if last.Outcome == outcome && (last.Exclusion == nil) == (item.Exclusion == nil) {
			return
		}
		if last.From.Equal(at) { // what was said at the same moment before is outdated
			r.stretches = r.stretches[:n-1]
		} else {
			last.To = at
		}
	}
	r.stretches = append(r.stretches, period.Stretch{
		Span: period.Span{From: at}, Outcome: outcome, Version: version, Message: item.Message, Exclusion: item.Exclusion,
	})
}

// gone notes that an item is no longer there.
func (w *walking) gone(at time.Time, id string, removed bool) {
	r := w.rows[id]
	if r == nil || len(r.stretches) == 0 || r.stretches[len(r.stretches)-1].Outcome == "" {
		return
	}
	item := r.item
	item.Outcome, item.Exclusion, item.Message = "", nil, ""
	var version *verdict.HeldVersion
	if removed {
		version = &verdict.HeldVersion{ObservedAt: at, Removed: true}
	}
	w.note(at, r.list, item, version)
}

// close ends the rows and takes up what they say. Every row begins with the period.
func (w *walking) close(of period.Span, zone *time.Location) {
	for _, r := range w.rows {
		if len(r.stretches) == 0 {
			continue
		}
		r.stretches[len(r.stretches)-1].To = of.To
		if first := r.stretches[0].From; of.From.Before(first) {
			r.stretches = slices.Insert(r.stretches, 0, period.Stretch{Span: period.Span{From: of.From, To: first}})
		}
		item, held := period.Hold(r.stretches, w.ground(r, of), zone)
		if !held {
			continue
		}
		item.Connection, item.Alias, item.Stream, item.Key = r.item.Connection, r.item.Alias, r.item.Stream, r.item.Key
		item.Name = r.item.Name
		w.found.keep(item)
	}
	clear(w.rows)
}

// ground returns what the judgement of an item rests on.
func (w *walking) ground(r *row, of period.Span) period.Ground {
	counts := w.program.Test.Count != nil
	key := "\x00" + r.item.Connection
	if r.list != nil {
		key = r.list.Connection + "\x00" + r.list.Stream
	}
	if g, known := w.grounds[key]; known {
		return g
	}
	g := period.Ground{Counts: counts, Looks: len(w.program.Reads()) > 0, Joined: period.Spans{of}}
	for _, l := range w.read {
		if looksUp(w.program, l) {
			g.Joined = g.Joined.Cut(l.settled(of))
		}
	}
	g.All = g.Joined
	for l := range w.direct {
		if l == r.list || counts && (r.item.Connection == "" || l.Connection == r.item.Connection) {
			g.All = g.All.Cut(l.settled(of))
		}
	}
	w.grounds[key] = g
	return g
}

// settled returns the moments at which a list was near enough after a read, or was no longer judged.
func (l *pastList) settled(of period.Span) period.Spans {
	known := slices.Clone(l.known)
	if !l.end.IsZero() {
		known = append(known, period.Span{From: l.end, To: of.To})
	}
	return period.Union(known).In(of)
}

// version is a version of a record.
type version struct {
	key     string
	at      time.Time
	removed bool
	doc     []byte
	hash    [32]byte
}

// versions calls fn with the versions of each record of a stream that are of a period: the one that it begins with and those in it,
// oldest first.
func (a *Timeline) versions(ctx context.Context, m host.StreamMark, of period.Span, fn func(versions []version) error) error {
	var one []version // of one record, newest first
	begun := false    // it has the one that the period begins with
	flush := func() error {
		if len(one) == 0 {
			return nil
		}
		slices.Reverse(one)
		err := fn(one)
		one = one[:0:0]
		return err
	}
	_, err := a.parts.Store.EachVersion(ctx, m.Connection, m.Name, func(v host.Version) error {
		if len(one) > 0 && one[0].key != v.Key {
			if err := flush(); err != nil {
				return err
			}
		}
		if len(one) == 0 {
			begun = false
		}
		if begun || !v.At.Before(of.To) {
			return nil
		}
		begun = !v.At.After(of.From)
		one = append(one, version{v.Key, v.At, v.Removed, slices.Clone(v.Doc), v.Hash})
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// judgeAlone judges the tests that read nothing but the record, one record after the other.
func (a *Timeline) judgeAlone(
	ctx context.Context, of period.Span, ticks []time.Time, tests []*walking, lists []*pastList, step func(),
) error {
	for _, l := range lists {
		var wanting []*walking
		for _, w := range tests {
			if w.direct[l] {
				wanting = append(wanting, w)
			}
		}
		if len(wanting) == 0 {
			continue
		}
		m := host.StreamMark{Connection: l.Connection, Name: l.Stream, Kind: l.Kind}
		err := a.versions(ctx, m, of, func(all []version) error {
			for _, w := range wanting {
				if err := w.overTime(ctx, of, ticks, l, all); err != nil {
					return err
				}
				w.close(of, a.zone())
			}
			return nil
		})
		if err != nil && !host.IsNotFound(err) {
			return err
		}
		step()
	}
	return nil
}

// overTime judges one record over a period by its versions.
func (w *walking) overTime(ctx context.Context, of period.Span, ticks []time.Time, l *pastList, all []version) error {
	id := monitor.ItemID(l.Connection, l.Stream, all[0].key)
	for i := range all {
		v := &all[i]
		span := period.Span{From: v.at, To: of.To}
		if v.at.Before(of.From) {
			span.From = of.From
		}
		if i+1 < len(all) {
			span.To = all[i+1].at
		}
		if !l.end.IsZero() && l.end.Before(span.To) {
			span.To = l.end
		}
		if span.Empty() {
			continue
		}
		if v.removed {
			w.gone(span.From, id, true)
			continue
		}
		for _, at := range w.moments(span, ticks, id) {
			if err := w.take(ctx, at, l, l.subject(v)); err != nil {
				return err
			}
		}
	}
	if !l.end.IsZero() && l.end.Before(of.To) && l.end.After(of.From) {
		w.gone(l.end, id, false)
	}
	return nil
}

// moments returns when a version is judged: when it begins, when the clock or an exclusion may change what is said of it.
func (w *walking) moments(of period.Span, ticks []time.Time, id string) []time.Time {
	moments := []time.Time{of.From}
	if w.clock {
		from, _ := slices.BinarySearchFunc(ticks, of.From, time.Time.Compare)
		for _, at := range ticks[from:] {
			if !of.Has(at) {
				break
			}
			moments = append(moments, at)
		}
	}
	for i := range w.exclusions {
		if e := &w.exclusions[i]; e.item == id {
			moments = append(moments, inside(of, e.over())...)
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	return slices.CompactFunc(moments, time.Time.Equal)
}

// inside returns the bounds of a span that are in another.
func inside(of, bounds period.Span) (moments []time.Time) {
	for _, at := range []time.Time{bounds.From, bounds.To} {
		if of.Has(at) {
			moments = append(moments, at)
		}
	}
	return moments
}

// subject returns a version of a record as tests judge it.
func (l *pastList) subject(v *version) monitor.Subject {
	return monitor.Subject{
		Connection: l.connection, Stream: l.Stream, Key: v.key, Hash: hex.EncodeToString(v.hash[:]), ObservedAt: v.at, Data: v.doc,
		Related: func(string) (any, bool) { return nil, false },
	}
}
