package period

import (
	"slices"
	"time"
)

// Span is a stretch of time. Its end is not in it.
type Span struct{ From, To time.Time }

// Has reports whether a moment is in the span.
func (s Span) Has(at time.Time) bool { return !at.Before(s.From) && at.Before(s.To) }

// Empty reports whether no moment is in the span.
func (s Span) Empty() bool { return !s.From.Before(s.To) }

// clip returns what of a span is in another.
func (s Span) clip(in Span) Span {
	return Span{later(s.From, in.From), earlier(s.To, in.To)}
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// Spans are spans in order that neither overlap nor touch.
type Spans []Span

// Union returns spans in any order as Spans.
func Union(spans []Span) Spans {
	sorted := slices.DeleteFunc(slices.Clone(spans), Span.Empty)
	slices.SortFunc(sorted, func(a, b Span) int { return a.From.Compare(b.From) })
	var all Spans
	for _, s := range sorted {
		if n := len(all); n > 0 && !all[n-1].To.Before(s.From) {
			all[n-1].To = later(all[n-1].To, s.To)
			continue
		}
		all = append(all, s)
	}
	return all
}

// In returns what of the spans is in one.
func (all Spans) In(one Span) Spans {
	var in Spans
	for _, s := range all {
		if s = s.clip(one); !s.Empty() {
			in = append(in, s)
		}
	}
	return in
}

// Without returns what of one span is in none of the spans.
func (all Spans) Without(one Span) Spans {
	var rest Spans
	from := one.From
	for _, s := range all.In(one) {
		if from.Before(s.From) {
			rest = append(rest, Span{from, s.From})
		}
		from = s.To
	}
	if from.Before(one.To) {
		rest = append(rest, Span{from, one.To})
	}
	return rest
}

// Cut returns what is both in these spans and in others.
func (all Spans) Cut(others Spans) Spans {
	var both Spans
	for _, s := range others {
		both = append(both, all.In(s)...)
	}
	return both
}

// Cover reports whether every moment of a span is in the spans.
func (all Spans) Cover(one Span) bool { return len(all.Without(one)) == 0 }
