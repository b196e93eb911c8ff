package fleet

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/insight"
)

// RunQuery asks for finished runs.
type RunQuery struct {
	Of
	Since, Until string // a moment or a day; empty = from the beginning, to the end
	Zone         string // of days; empty = that of schedules
	Outcomes     []insight.Outcome
	Causes       []insight.Group
	Late         bool
	Limit        int    // 0 = 50
	Cursor       string // what an earlier answer returned as next
}

// Narrowed reports whether a query asks for more than the runs of at most one connection.
func (q *RunQuery) Narrowed() bool {
	return len(q.Connections) > 1 || q.Connector != "" || q.Category != "" || q.Owner != "" || q.Since != "" || q.Until != "" ||
		len(q.Outcomes) > 0 || len(q.Causes) > 0 || q.Late
}

// RunPage is a page of runs.
type RunPage struct {
	Items   []host.Run
	Next    string
	Matched int // runs of the whole list, on all pages
}

// FindRuns returns finished runs, newest first, by the same filter that the figures of insights are counted with.
func (f *Fleet) FindRuns(ctx context.Context, q RunQuery) (RunPage, error) {
	zone, err := f.zone(q.Zone)
	if err != nil {
		return RunPage{}, err
	}
	filter := insight.Filter{Outcomes: q.Outcomes, Groups: q.Causes, Late: q.Late}
	if filter.Since, err = when("since", q.Since, zone, false); err != nil {
		return RunPage{}, err
	}
	if filter.Until, err = when("until", q.Until, zone, true); err != nil {
		return RunPage{}, err
	}
	if err := filter.Validate(); err != nil {
		return RunPage{}, err
	}
	behind, err := parseCursor(q.Cursor)
	if err != nil {
		return RunPage{}, err
	}
	members, err := f.members(ctx, q.Of)
	if err != nil {
		return RunPage{}, err
	}
	limit := cmp.Or(q.Limit, 50)
	newest, matched := newestOf(members, &filter, behind, limit+1)
	page := RunPage{Items: []host.Run{}, Matched: matched}
	if len(newest) > limit {
		page.Next = cursorOf(newest[limit-1])
		newest = newest[:limit]
	}
	for _, fact := range newest {
		run, live := f.parts.Supervisor.Run(fact.Run)
		if !live {
			if run, err = f.parts.Store.Run(fact.Run); err != nil {
				return RunPage{}, fmt.Errorf("read run %s: %w", fact.Run, err)
			}
		}
		page.Items = append(page.Items, run)
	}
	return page, nil
}

// newestOf returns the newest facts behind a place, newest first, and how many there are at any place.
func newestOf(members []member, filter *insight.Filter, behind *insight.Fact, most int) (newest []*insight.Fact, matched int) {
	var oldestFirst byAge
	for i := range members {
		facts := members[i].facts
		for j := range facts {
			fact := &facts[j]
			if !filter.Takes(fact) {
				continue
			}
			matched++
			if behind != nil && !newer(behind, fact) || len(oldestFirst) == most && !newer(fact, oldestFirst[0]) {
				continue
			}
			heap.Push(&oldestFirst, fact)
			if len(oldestFirst) > most {
				heap.Pop(&oldestFirst)
			}
		}
	}
	newest = make([]*insight.Fact, len(oldestFirst))
	for i := len(newest) - 1; i >= 0; i-- {
		newest[i], _ = heap.Pop(&oldestFirst).(*insight.Fact)
	}
	return newest, matched
}

// newer reports whether one fact comes before another in a list.
func newer(a, b *insight.Fact) bool { return a.At > b.At || a.At == b.At && a.Run > b.Run }

// byAge is a heap of facts, the oldest on top.
type byAge []*insight.Fact

func (h byAge) Len() int           { return len(h) }
func (h byAge) Less(i, j int) bool { return newer(h[j], h[i]) }
func (h byAge) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *byAge) Push(x any) {
	if fact, ok := x.(*insight.Fact); ok {
		*h = append(*h, fact)
	}
}

// Pop implements heap.Interface.
func (h *byAge) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// cursorOf names the place behind a fact.
func cursorOf(fact *insight.Fact) string { return strconv.FormatInt(fact.At, 36) + "." + fact.Run }

func parseCursor(text string) (*insight.Fact, error) {
	if text == "" {
		return nil, nil
	}
	at, run, ok := strings.Cut(text, ".")
	number, err := strconv.ParseInt(at, 36, 64)
	if !ok || err != nil {
		return nil, host.Invalid("cursor", text, "is none that this list answered with")
	}
	return &insight.Fact{At: number, Run: run}, nil
}

// zone returns the time zone of days.
func (f *Fleet) zone(name string) (*time.Location, error) {
	if name == "" {
		if f.parts.Location != nil {
			return f.parts.Location, nil
		}
		return time.UTC, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, host.Invalid("zone", name, "must be a time zone such as Europe/Oslo or UTC")
	}
	return zone, nil
}

// when parses a bound of a span: an RFC 3339 time, or a day, which stands for its beginning or for the beginning of the next. Empty is
// the zero time.
func when(field, text string, zone *time.Location, end bool) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return time.Time{}, host.Invalid(field, text, "must be a time such as 2026-01-31T12:00:00Z or a date such as 2026-01-31")
	}
	if end {
		return day.AddDate(0, 0, 1), nil
	}
	return day, nil
}
