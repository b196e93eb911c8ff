package timeline

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/period"
	"github.com/plumbline-dev/plumbline/host/internal/task"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// mostHeld is how many items of one test and outcome are kept.
const mostHeld = 10_000

// heldItems are the items of a test by whether it held for them.
type heldItems struct {
	tally verdict.HeldTally
	kept  map[verdict.HeldOutcome][]verdict.HeldItem
}

// heldOrder has the outcomes of items as they are listed.
func heldOrder() []verdict.HeldOutcome {
	return []verdict.HeldOutcome{verdict.HeldNo, verdict.HeldCannotSay, verdict.HeldExcluded, verdict.HeldYes}
}

func (h *heldItems) keep(item verdict.HeldItem) {
	switch item.Outcome {
	case verdict.HeldNo:
		h.tally.No++
	case verdict.HeldCannotSay:
		h.tally.CannotSay++
	case verdict.HeldExcluded:
		h.tally.Excluded++
	case verdict.HeldYes:
		h.tally.Yes++
	}
	if h.kept == nil {
		h.kept = map[verdict.HeldOutcome][]verdict.HeldItem{}
	}
	if len(h.kept[item.Outcome]) < mostHeld {
		h.kept[item.Outcome] = append(h.kept[item.Outcome], item)
	}
}

// listed returns the items in their order.
func (h *heldItems) listed() []verdict.HeldItem {
	list := []verdict.HeldItem{}
	for _, o := range heldOrder() {
		items := h.kept[o]
		slices.SortFunc(items, func(a, b verdict.HeldItem) int {
			return cmp.Or(strings.Compare(a.Alias, b.Alias), strings.Compare(a.Stream, b.Stream), strings.Compare(a.Key, b.Key))
		})
		list = append(list, items...)
	}
	return list
}

// heldOver judges tests over a period: every item at every moment at which something that the test reads changed. Report hears how far
// it is; nil = nobody asks.
func (a *Timeline) heldOver(
	ctx context.Context, rules []ruling, of period.Span, p verdict.Period, report func(done, total int),
) ([]verdict.Held, error) {
	if report == nil {
		report = func(int, int) {}
	}
	held, enabled := make([]verdict.Held, len(rules)), 0
	for i := range rules {
		if rules[i].Setting.Disabled {
			held[i] = a.disabled(&rules[i], p)
		} else {
			enabled++
		}
	}
	if enabled == 0 {
		return held, nil
	}
	lists, err := a.pastLists(ctx, of, "")
	if err != nil {
		return nil, err
	}
	days := period.Days(of, a.zone())
	ticks := make([]time.Time, 0, len(days))
	for _, d := range days {
		ticks = append(ticks, earliest(d.To, of.To.Add(-1)))
	}
	all := make([]*walking, len(rules)) // nil = disabled
	var alone, joined []*walking
	for i := range rules {
		if rules[i].Setting.Disabled {
			continue
		}
		w := newWalking(rules[i], lists)
		all[i] = w
		if w.alone() {
			alone = append(alone, w)
		} else {
			joined = append(joined, w)
		}
	}
	done := 0
	if err := a.judgeAlone(ctx, of, ticks, alone, lists, func() { done++; report(done, 2*len(lists)) }); err != nil {
		return nil, err
	}
	err = a.judgeTogether(ctx, of, ticks, joined, lists, func(i, n int) { report(len(lists)+len(lists)*i/n, 2*len(lists)) })
	if err != nil {
		return nil, err
	}
	for i, w := range all {
		if w != nil {
			held[i] = a.conclude(w, of, p, days)
		}
	}
	return held, nil
}

// disabled returns what is said of a test that is disabled: it is not judged.
func (a *Timeline) disabled(r *ruling, p verdict.Period) verdict.Held {
	test := r.Program.Test
	return verdict.Held{
		Test: test.ID, Version: test.Version, Title: test.Title, Outcome: verdict.HeldNothing, Disabled: true,
		Reason: "It is disabled: " + r.Setting.Reason, Period: p, Sources: []verdict.Reading{}, At: a.parts.Now(), Items: []verdict.HeldItem{},
	}
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// conclude returns what was found of a test.
func (a *Timeline) conclude(w *walking, of period.Span, p verdict.Period, days []period.Day) verdict.Held {
	test := w.program.Test
	if w.failure != "" {
		w.found = &heldItems{} // what was found of an item may be out of date
	}
	held := verdict.Held{
		Test: test.ID, Version: test.Version, Title: test.Title, Period: p, Tally: w.found.tally, Sources: []verdict.Reading{},
		Clock: w.clock, Judged: w.judged, At: a.parts.Now(), Items: w.found.listed(),
	}
	var unread []period.Span
	parts := make([]period.Part, 0, len(w.read))
	for _, l := range w.read {
		source := l.Reading
		source.Direct = w.direct[l]
		held.Sources = append(held.Sources, source)
		unread = append(unread, l.unread(of)...)
		parts = append(parts, period.Part{Covered: l.reads.Cover(days), Direct: source.Direct, Title: l.title})
	}
	_, held.Days = period.Sum(days, period.Together(days, parts))
	held.Outcome, held.Reason = period.Conclude(period.Whole{
		Tally: held.Tally, Unread: period.Union(unread), Failure: w.failure, Unused: len(w.direct) == 0,
	})
	return held
}

// HeldQuery asks whether a test held over a period.
type HeldQuery struct {
	From, To time.Time             // a period without a beginning has 90 days, one without an end ends now
	Outcomes []verdict.HeldOutcome // only items with one of these; empty = all
	Limit    int                   // of items; 0 = all
	Cursor   string                // what an earlier answer returned as next
}

// heldEnd is where a page of items ended, and of which period it is.
type heldEnd struct {
	From time.Time `json:"f"`
	To   time.Time `json:"t"`
	Next int       `json:"n"`
}

// TestHeld returns whether a test held over a period, with a page of its items.
func (a *Timeline) TestHeld(ctx context.Context, id string, q HeldQuery) (verdict.Held, error) {
	end := heldEnd{From: q.From, To: q.To}
	if q.Cursor != "" {
		raw, err := base64.RawURLEncoding.DecodeString(q.Cursor)
		if err != nil || json.Unmarshal(raw, &end) != nil || end.Next < 0 {
			return verdict.Held{}, host.Invalid("cursor", q.Cursor, "is not the next_cursor of a page")
		}
	}
	all, err := a.heldOf(ctx, id, end.From, end.To, nil)
	if errors.Is(err, context.DeadlineExceeded) {
		return verdict.Held{}, &host.Problem{
			Code: host.CodeBusy, Message: "this takes longer than a request may", Fault: host.FaultHost, Retry: host.RetryAfter,
			Remedy: "Begin it as a task with POST /tests/" + id + "/held and the same period, and ask again when it has ended.",
		}
	}
	if err != nil {
		return verdict.Held{}, err
	}
	return q.page(all[0], end.Next), nil
}

// page returns a held with those items that are asked for.
func (q HeldQuery) page(held verdict.Held, from int) verdict.Held {
	t := held.Tally
	counts := map[verdict.HeldOutcome]int{
		verdict.HeldNo: t.No, verdict.HeldCannotSay: t.CannotSay, verdict.HeldExcluded: t.Excluded, verdict.HeldYes: t.Yes,
	}
	total := 0
	for outcome, n := range counts {
		if len(q.Outcomes) == 0 || slices.Contains(q.Outcomes, outcome) {
			total += n
		}
	}
	items := []verdict.HeldItem{}
	for _, item := range held.Items {
		if len(q.Outcomes) == 0 || slices.Contains(q.Outcomes, item.Outcome) {
			items = append(items, item)
		}
	}
	held.Left = total - len(items)
	items = items[min(from, len(items)):]
	if q.Limit > 0 && len(items) > q.Limit {
		items = items[:q.Limit]
		raw, err := json.Marshal(heldEnd{From: held.Period.From, To: held.Period.To, Next: from + q.Limit})
		if err == nil {
			held.Next = base64.RawURLEncoding.EncodeToString(raw)
		}
	}
	held.Items = items
	return held
}

// StartHeld begins to work out whether a test held over a period; every test if id is empty. Once the task has ended well, TestHeld
// answers for the same period at once, for as long as nothing is stored and for a minute at least.
func (a *Timeline) StartHeld(ctx context.Context, id string, from, to time.Time) (host.Task, error) {
	return actor.Act(ctx, func(host.Actor) (host.Task, error) {
		if _, _, err := a.span(from, to); err != nil {
			return host.Task{}, err
		}
		if _, err := a.asked(ctx, id, to); err != nil {
			return host.Task{}, err
		}
		return a.parts.Tasks.Start(ctx, "held", func(ctx context.Context, report func(task.Progress)) (func(*host.Task), error) {
			_, err := a.heldOf(ctx, id, from, to, func(done, total int) {
				report(task.Progress{Phase: "judging the period", Done: int64(done), Total: int64(total)})
			})
			return func(*host.Task) {}, err
		})
	})
}

// AllHeld returns for every test whether it held over a period, without the items for which it did.
func (a *Timeline) AllHeld(ctx context.Context, from, to time.Time) ([]verdict.Held, error) {
	return a.heldOf(ctx, "", from, to, nil)
}

// asked returns the test with an id; every test if it is empty.
func (a *Timeline) asked(ctx context.Context, id string, until time.Time) ([]ruling, error) {
	if id == "" {
		return a.rules(ctx, until)
	}
	one, err := a.rule(ctx, id, until)
	return []ruling{one}, err
}

// heldOf returns whether a test held over a period, or every test if the id is empty, from memory if it was worked out lately.
func (a *Timeline) heldOf(
	ctx context.Context, id string, from, to time.Time, report func(done, total int),
) ([]verdict.Held, error) {
	of, p, err := a.span(from, to)
	if err != nil {
		return nil, err
	}
	position, err := a.parts.Store.FeedEnd()
	if err != nil {
		return nil, err
	}
	rules, err := a.asked(ctx, id, of.To) // after the position: what is decided meanwhile makes another one
	if err != nil {
		return nil, err
	}
	asked := heldKey{from: from, to: to, position: position}
	all := make([]verdict.Held, len(rules))
	var missing []ruling
	var places []int // of the missing ones
	for i, rule := range rules {
		found, ok := a.kept.get(asked, rule.Program.Test.ID, a.parts.Now())
		if ok {
			all[i] = found
		} else {
			missing, places = append(missing, rule), append(places, i)
		}
	}
	if len(missing) == 0 {
		return all, nil
	}
	made, err := a.heldOver(ctx, missing, of, p, report)
	if err != nil {
		return nil, err
	}
	a.kept.put(asked, made, a.parts.Now())
	for i, place := range places {
		all[place] = made[i]
	}
	return all, nil
}
