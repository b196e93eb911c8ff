// Package past tells what tests found over time. Each entry is an edit of the collection verdict of the journal; a test's days are made of
// its entries. It keeps nothing.
package past

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// mostSources is how many lists an entry of the history names.
const mostSources = 20

// Entry returns what the history says of a result, and whether it says that already.
func Entry(result verdict.Result, before verdict.Recorded, known bool, now time.Time) (r verdict.Recorded, differs bool) {
	r = verdict.Recorded{
		Test: result.Test, Version: result.Version, State: result.State, Reason: result.Reason, Tally: result.Tally, JudgedAt: result.At,
		Since: now.UTC(), Position: result.Position,
	}
	if known && before.State == r.State {
		r.Since = before.Since
	}
	switch {
	case r.State.Settles():
	case known && before.FirstFailedAt != nil:
		r.FirstFailedAt = before.FirstFailedAt
	case r.State.Fails():
		r.FirstFailedAt = result.FirstFailedAt
		if r.FirstFailedAt == nil {
			r.FirstFailedAt = &r.Since
		}
	}
	for i, s := range result.Sources {
		if i == mostSources {
			r.SourcesLeft = len(result.Sources) - mostSources
			break
		}
		r.Sources = append(r.Sources, verdict.Source{
			Connection: s.Connection, Stream: s.Stream, AsOf: s.AsOf, Run: s.Run, Complete: s.Complete && len(s.Gaps) == 0, Stale: s.Stale,
		})
	}
	if !known {
		return r, r.State != verdict.StateUnused
	}
	return r, before.State != r.State || before.Tally != r.Tally || before.Version != r.Version
}

// TestEntry is an entry of the history of a test.
type TestEntry struct {
	At    time.Time  `json:"at" doc:"When it was recorded"`
	Actor host.Actor `json:"actor" doc:"Who or what had the test judged"`
	verdict.Recorded
}

// TestDay is how a test stood on one day.
type TestDay struct {
	Day    string        `json:"day" doc:"In UTC, as YYYY-MM-DD"`
	State  verdict.State `json:"state,omitempty" doc:"At the end of the day, or now; absent = nothing was recorded yet"`
	Failed bool          `json:"failed,omitempty" doc:"It failed at some time of the day"`
}

// TestHistory is what a test found over time.
type TestHistory struct {
	Entries []TestEntry `json:"entries" doc:"Changes of its state or its counts, newest first"`
	Left    bool        `json:"entries_left,omitempty" doc:"There are older entries than are listed"`
	Days    []TestDay   `json:"days" doc:"The last 30 days, oldest first"`
}

const (
	mostEntries = 1000
	daysShown   = 30
)

// Read reads the history of a test: at most limit entries, the newest.
func Read(store *journal.Journal, id string, limit int, now time.Time) (TestHistory, error) {
	stored, err := store.VerdictHistory(id, mostEntries+1)
	if err != nil {
		return TestHistory{}, err
	}
	h := TestHistory{Entries: []TestEntry{}}
	for _, e := range stored {
		one := TestEntry{At: e.At, Actor: e.Actor}
		if err := json.Unmarshal(e.Document, &one.Recorded); err != nil {
			return TestHistory{}, fmt.Errorf("decode the history of %s: %w", id, err)
		}
		h.Entries = append(h.Entries, one)
	}
	h.Days = Days(h.Entries, now)
	if limit <= 0 || limit > mostEntries {
		limit = mostEntries
	}
	if h.Left = len(h.Entries) > limit; h.Left {
		h.Entries = h.Entries[:limit]
	}
	return h, nil
}

// Days returns how a test stood on each of the last days.
func Days(entries []TestEntry, now time.Time) []TestDay {
	days := make([]TestDay, 0, daysShown)
	first := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-daysShown)
	oldest := slices.Clone(entries)
	slices.Reverse(oldest)
	state := verdict.State("")
	for d := range daysShown {
		day := first.AddDate(0, 0, d)
		end := day.AddDate(0, 0, 1)
		failed := state.Fails()
		for len(oldest) > 0 && oldest[0].At.Before(end) {
			state = oldest[0].State
			failed = failed && !oldest[0].At.Before(day) || state.Fails()
			oldest = oldest[1:]
		}
		days = append(days, TestDay{Day: day.Format(time.DateOnly), State: state, Failed: failed})
	}
	return days
}
