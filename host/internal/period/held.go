package period

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host/verdict"
)

// Stretch is what a test says of an item from one moment to another.
type Stretch struct {
	Span
	Outcome   verdict.Outcome // empty = the record was not there
	Version   *verdict.HeldVersion
	Message   string
	Exclusion *verdict.Exclusion
}

// Ground is what the judgement of an item rests on.
type Ground struct {
	All    Spans // the moments at which everything that it depends on is near enough after a read
	Joined Spans // the same for what is looked up alone; not used unless Looks
	Looks  bool  // something is looked up
	Counts bool  // the item is a count
}

// certain returns when a fail of a stretch is one: what a version says was so when it was read, but a count, and what is looked up,
// depend on what was not there.
func (g *Ground) certain(of Span) Spans {
	switch {
	case g.Counts:
		return g.All.In(of)
	case g.Looks:
		return g.Joined.In(of)
	}
	return Spans{of}
}

// state is what a stretch means for the answer.
type state int8

const (
	away state = iota // not there, or not in scope
	inScope
	excluded
)

func (s *Stretch) state() state {
	switch s.Outcome {
	case verdict.OutcomePass, verdict.OutcomeFail, verdict.OutcomeUnknown:
		return inScope
	case verdict.OutcomeExcluded:
		return excluded
	}
	return away
}

// Hold says whether a test held for an item. Stretches are in order, without time between them, and none is empty. It reports false for
// an item that was never in scope.
func Hold(stretches []Stretch, ground Ground, zone *time.Location) (verdict.HeldItem, bool) {
	h := holder{ground: ground, zone: zone}
	for i := range stretches {
		h.take(stretches, i)
	}
	if !h.there && len(h.excluded) == 0 {
		return verdict.HeldItem{}, false
	}
	item := verdict.HeldItem{Outcome: verdict.HeldYes, From: h.from, To: h.to, Spans: h.spans(stretches)}
	switch {
	case len(h.failed) > 0:
		item.Outcome = verdict.HeldNo
	case len(h.unknown) > 0 || len(h.gaps) > 0:
		item.Outcome = verdict.HeldCannotSay
	case !h.there:
		item.Outcome = verdict.HeldExcluded
	}
	return item, true
}

// holder collects the answer for one item.
type holder struct {
	ground   Ground
	zone     *time.Location
	there    bool // it was in scope and not excluded
	from, to time.Time
	gaps     []Span
	failed   []verdict.HeldSpan
	unknown  []verdict.HeldSpan
	excluded []verdict.HeldSpan
}

// take takes up one stretch.
func (h *holder) take(stretches []Stretch, i int) {
	s := &stretches[i]
	now := s.state()
	if now == away {
		return
	}
	if h.from.IsZero() {
		h.from = s.From
	}
	h.to = s.To
	if now == excluded {
		h.excluded = extend(h.excluded, s, s.Span, verdict.HeldExcluded, verdict.HeldCauseExcluded)
		return
	}
	h.there = true
	if i > 0 && stretches[i-1].state() == away {
		h.before(stretches[:i], s.From)
	}
	h.gaps = append(h.gaps, h.ground.All.Without(s.Span)...)
	switch s.Outcome {
	case verdict.OutcomeFail:
		for _, span := range h.ground.certain(s.Span) {
			h.failed = extend(h.failed, s, span, verdict.HeldNo, verdict.HeldCauseFail)
		}
	case verdict.OutcomeUnknown:
		h.unknown = extend(h.unknown, s, s.Span, verdict.HeldCannotSay, verdict.HeldCauseUnknown)
	}
}

// before adds the time directly before a moment for which it is not known that the item was away, back to when it was last not.
func (h *holder) before(past []Stretch, at time.Time) {
	begin := len(past)
	for begin > 0 && past[begin-1].state() == away {
		begin--
	}
	blind := h.ground.All.Without(Span{past[begin].From, at})
	if n := len(blind); n > 0 && blind[n-1].To.Equal(at) {
		h.gaps = append(h.gaps, blind[n-1])
		h.from = earlier(h.from, blind[n-1].From)
	}
}

// extend adds a span, to the one before if that ends where it begins.
func extend(
	spans []verdict.HeldSpan, s *Stretch, of Span, outcome verdict.HeldOutcome, cause verdict.HeldCause,
) []verdict.HeldSpan {
	if n := len(spans); n > 0 && spans[n-1].To.Equal(of.From) {
		spans[n-1].To = of.To
		return spans
	}
	return append(spans, verdict.HeldSpan{
		Outcome: outcome, Cause: cause, From: of.From, To: of.To, Message: s.Message, Begun: s.Version, Exclusion: s.Exclusion,
	})
}

// spans returns what was collected, oldest first, with the versions that ended it.
func (h *holder) spans(stretches []Stretch) []verdict.HeldSpan {
	all := slices.Concat(h.failed, h.unknown, h.excluded)
	for i := range all {
		all[i].Ended = ended(stretches, all[i].To)
	}
	for _, gap := range Union(h.gaps) {
		all = append(all, verdict.HeldSpan{
			Outcome: verdict.HeldCannotSay, Cause: verdict.HeldCauseGap, From: gap.From, To: gap.To,
			Message: "What decides was not read whole and lately.",
		})
	}
	end := stretches[len(stretches)-1].To
	for i := range all {
		all[i].Days = len(Days(Span{all[i].From, all[i].To}, h.zone))
		all[i].Open = all[i].To.Equal(end)
	}
	slices.SortStableFunc(all, func(a, b verdict.HeldSpan) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Cause, b.Cause))
	})
	return slices.Clip(all)
}

// ended returns the version that began at a moment, if one did.
func ended(stretches []Stretch, at time.Time) *verdict.HeldVersion {
	for i := range stretches {
		s := &stretches[i]
		if s.From.Equal(at) && s.Version != nil && s.Version.ObservedAt.Equal(at) {
			return s.Version
		}
	}
	return nil
}

// Whole is what a test as a whole rests on.
type Whole struct {
	Tally   verdict.HeldTally
	Unread  Spans  // the moments at which a list that it reads was not near enough after a read
	Failure string // why it could not be judged; empty = it could
	Unused  bool   // no list has what it judges
}

// Conclude says whether a test held, and why.
func Conclude(w Whole) (verdict.HeldOutcome, string) {
	t := w.Tally
	all := t.Yes + t.No + t.CannotSay + t.Excluded
	switch {
	case t.No > 0:
		return verdict.HeldNo, fmt.Sprintf("For %d of %d it did not hold at a moment of the period.", t.No, all)
	case w.Failure != "":
		return verdict.HeldCannotSay, fmt.Sprintf("It could not be judged: %s.", w.Failure)
	case w.Unused:
		return verdict.HeldCannotSay, "No connection supplies what it judges."
	case t.CannotSay > 0:
		return verdict.HeldCannotSay, fmt.Sprintf("For %d of %d it cannot be said for every moment of the period.", t.CannotSay, all)
	case len(w.Unread) > 0:
		return verdict.HeldCannotSay, "For some of the period a list that it reads was not read whole and lately."
	case t.Yes == 0 && t.Excluded > 0:
		return verdict.HeldNothing, "Everything in scope was excluded."
	case t.Yes == 0:
		return verdict.HeldNothing, "Nothing was in scope."
	}
	return verdict.HeldYes, fmt.Sprintf("For all %d in scope it held at every moment.", t.Yes)
}
