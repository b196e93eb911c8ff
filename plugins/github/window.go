package main

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
)

// overlap is how far a run reads back behind the beginning of the last one.
const overlap = 10 * time.Minute

// maxKnown is the size above which the cursor forgets repositories. They are then read from the beginning of the window.
const maxKnown = 48 << 10

// cursor is how far pull requests were read. A repository that is not in Known failed or is new: it is read from the
// beginning of the window. While a run lasts, Known holds what is true of the repositories up to After since Started, and
// of the others since Since.
type cursor struct {
	Days    int       `json:"days"`
	Since   time.Time `json:"since"`
	Started time.Time `json:"started,omitzero"`
	After   int64     `json:"after,omitempty"`
	Known   string    `json:"known"`
}

// String is what people see of a cursor.
func (c cursor) String() string {
	if !c.Started.IsZero() {
		return "pull requests until " + c.Started.Format(time.DateTime) + ", up to repository " + keyOf(c.After)
	}
	return "pull requests until " + c.Since.Format(time.DateTime)
}

// window is the time of which a run reads pull requests.
type window struct {
	days    int
	begin   time.Time // of the window of the settings
	since   time.Time // for known repositories
	started time.Time
	after   int64
	known   map[int64]bool
}

// window continues from the cursor of the last run, or begins anew when a setting asks for more days.
func (g *github) window(out *sdk.Output) (*window, error) {
	w := &window{days: g.settings.ChangeDays, started: g.now.UTC(), known: map[int64]bool{}}
	var c cursor
	found, err := out.Cursor(&c)
	if err != nil {
		return nil, err
	}
	if found && c.Days >= w.days {
		w.since, w.known = c.Since, decodeIDs(c.Known)
		if !c.Started.IsZero() {
			w.started, w.after = c.Started, c.After
		}
	}
	w.begin = w.started.AddDate(0, 0, -w.days)
	return w, nil
}

// from returns the moment from which the changes of a repository are read, and false when this run has read them.
func (w *window) from(id int64) (time.Time, bool) {
	switch {
	case !w.known[id]:
		return w.begin, true
	case id <= w.after:
		return time.Time{}, false
	case w.since.Add(-overlap).Before(w.begin):
		return w.begin, true
	}
	return w.since.Add(-overlap), true
}

// reached returns the cursor after the repositories up to id.
func (w *window) reached(id int64) cursor {
	w.after = id
	return cursor{Days: w.days, Since: w.since, Started: w.started, After: id, Known: encodeIDs(w.known)}
}

// ended returns the cursor after all repositories.
func (w *window) ended() cursor {
	return cursor{Days: w.days, Since: w.started, Known: encodeIDs(w.known)}
}

// encodeIDs writes a set of ids as the differences between them, which are short.
func encodeIDs(ids map[int64]bool) string {
	var text strings.Builder
	last := int64(0)
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if text.Len() > maxKnown {
			break
		}
		if text.Len() > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(strconv.FormatInt(id-last, 36))
		last = id
	}
	return text.String()
}

func decodeIDs(text string) map[int64]bool {
	ids := map[int64]bool{}
	last := int64(0)
	for _, word := range strings.Fields(text) {
		step, err := strconv.ParseInt(word, 36, 64)
		if err != nil || step <= 0 {
			return map[int64]bool{} // read everything again
		}
		last += step
		ids[last] = true
	}
	return ids
}
