package assess

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/assess/kin"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/internal/results"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// settling brings the stored results up to date once.
type settling struct {
	*round
	store    *results.Store
	rules    *rules
	live     *people.Live
	state    results.State // as it was
	position string
	day      string
	again    func(test string) bool // tests that are judged for every record once more
	held     map[string]bool        // connections whose runs have not ended
	sheets   []*sheet
	joined   *joined
	scan     bool // what joins look up has changed
	judged   int  // records
	done     int  // rows
	total    int
	report   func(done, total int)
}

// sheet is a stream and what is to be done for it.
type sheet struct {
	list
	name  string
	mark  host.StreamMark
	old   results.Sheet
	had   bool // old holds rows of this stream
	tests []*judgement
	from  []int  // by test, its column in old; -1 = none
	again []bool // by test: every record is judged

	variables []string // that the tests read
	seen      []int    // by variable, its place in old; -1 = none
	reads     [][]int  // by variable, the tests that read it

	whole   bool // every record is read
	held    bool // what is new waits for the end of a run
	changed map[string]change
	work    bool // another sheet has to be made
}

// change is the latest version of a record since the sheet was made.
type change struct {
	at      int64
	removed bool
	doc     []byte
}

// mostChanges is how many changes are held in memory; with more of them the stream is read whole.
const mostChanges = 50_000

// settle judges what has changed since the stored results were made. It reports whether they are exactly of their position: nothing waits
// for the end of a run, and nobody's records moved meanwhile.
func (s *settling) settle(ctx context.Context) (exact bool, err error) {
	if err := s.plan(ctx); err != nil {
		return false, err
	}
	next := results.State{
		Position: s.position, At: s.at, Joins: s.surroundings(), Rules: s.rules.signature, Sheets: map[string]results.Sheet{},
	}
	working := slices.DeleteFunc(slices.Clone(s.sheets), func(w *sheet) bool { return !w.work })
	if slices.ContainsFunc(working, func(w *sheet) bool { return len(w.variables) > 0 }) {
		if err := s.join(ctx, working); err != nil {
			return false, err
		}
	}
	for _, w := range s.sheets {
		if w.had {
			next.Sheets[w.name] = w.old
		}
	}
	for _, w := range working {
		made, err := s.make(ctx, w)
		if err != nil {
			return false, fmt.Errorf("judge %s of %s: %w", w.Stream, w.Alias, err)
		}
		next.Sheets[w.name] = made
	}
	end, err := s.assessor.parts.Store.FeedEnd()
	if err != nil {
		return false, fmt.Errorf("read the position: %w", err)
	}
	exact = end == s.position && !s.live.Moved() && !slices.ContainsFunc(s.sheets, func(w *sheet) bool { return w.held })
	if len(working) == 0 && next.Joins == s.state.Joins && next.Rules == s.state.Rules && len(next.Sheets) == len(s.state.Sheets) {
		s.store.Moved(s.position, s.at)
		return exact, nil
	}
	if err := s.store.Save(next); err != nil {
		return false, fmt.Errorf("store the results: %w", err)
	}
	s.assessor.parts.Changed()
	return exact, nil
}

// plan finds what has to be done.
func (s *settling) plan(ctx context.Context) error {
	marks, err := s.assessor.parts.Store.StreamMarks()
	if err != nil {
		return fmt.Errorf("read the marks: %w", err)
	}
	stored := map[string]host.StreamMark{}
	for _, m := range marks {
		stored[results.SheetName(m.Connection, m.Name)] = m
	}
	asked, there := s.asked(), map[string]bool{}
	for _, l := range s.lists {
		name := results.SheetName(l.Connection, l.Stream)
		m, found := stored[name]
		tests := slices.DeleteFunc(slices.Clone(s.rules.enabled), func(j *judgement) bool { return !j.wants(l) })
		lookedUp := asked[l.Kind]
		if !found || m.LastAt.IsZero() || len(tests) == 0 && !lookedUp {
			continue
		}
		there[name] = true
		w := &sheet{list: l, name: name, mark: m, tests: tests, held: s.held[l.Connection]}
		w.old, w.had = s.state.Sheets[name]
		if err := s.planSheet(ctx, w); err != nil {
			return err
		}
		s.scan = s.scan || lookedUp && w.work
		s.sheets = append(s.sheets, w)
	}
	for name, old := range s.state.Sheets {
		s.scan = s.scan || !there[name] && asked[old.Kind]
	}
	s.scan = s.scan || s.surroundings() != s.state.Joins || s.rules.signature != s.state.Rules
	for _, w := range s.sheets {
		w.work = w.work || s.scan && w.had && len(w.variables) > 0
		if w.work {
			s.total += w.mark.Records
		}
	}
	return nil
}

// planSheet finds what has to be done for one stream.
func (s *settling) planSheet(ctx context.Context, w *sheet) error {
	w.had = w.had && w.old.Number == w.mark.Number && w.old.Kind == w.mark.Kind
	w.columns()
	if w.held && !w.had {
		return nil
	}
	for i, j := range w.tests {
		fresh := !w.had || w.from[i] < 0 || w.old.Tests[w.from[i]].Signature != j.signature || w.old.Of != w.signature()
		w.again[i] = fresh || j.readsNow && w.old.Day != s.day || s.again != nil && s.again(j.id())
	}
	w.whole = !w.had || slices.Contains(w.again, true)
	if !w.whole && !w.held && w.mark.LastAt.After(w.old.MarkAt) {
		if err := s.takeChanges(ctx, w); err != nil {
			return err
		}
	}
	if w.held && w.whole { // the tests of what is there are judged, and what is new is taken with it
		w.held = false
	}
	w.work = w.whole || len(w.changed) > 0
	return nil
}

// columns matches the tests and variables with those of the old sheet.
func (w *sheet) columns() {
	w.from, w.again = make([]int, len(w.tests)), make([]bool, len(w.tests))
	for i, j := range w.tests {
		w.from[i] = -1
		if w.had {
			w.from[i] = slices.IndexFunc(w.old.Tests, func(c results.Column) bool { return c.Test == j.id() })
		}
		for _, v := range j.Program.Reads() {
			if !slices.Contains(w.variables, v) {
				w.variables = append(w.variables, v)
			}
		}
	}
	slices.Sort(w.variables)
	w.seen, w.reads = make([]int, len(w.variables)), make([][]int, len(w.variables))
	for v, name := range w.variables {
		w.seen[v] = slices.Index(w.old.Variables, name)
		for i, j := range w.tests {
			if slices.Contains(j.Program.Reads(), name) {
				w.reads[v] = append(w.reads[v], i)
			}
		}
	}
}

// signature is what tests read of a connection, in short.
func (w *sheet) signature() string {
	raw := fmt.Sprintf("%q %q", w.connection, w.categories)
	return short([]byte(raw))
}

var errMany = errors.New("more changes than are held in memory")

// takeChanges reads what was committed to a stream since its sheet was made.
func (s *settling) takeChanges(ctx context.Context, w *sheet) error {
	w.changed = map[string]change{}
	mark, err := s.assessor.parts.Store.EachVersionSince(ctx, w.Connection, w.Stream, w.old.MarkAt, func(v host.Version) error {
		w.changed[v.Key] = change{at: v.At.UnixNano(), removed: v.Removed, doc: slices.Clone(v.Doc)}
		if len(w.changed) > mostChanges {
			return errMany
		}
		return nil
	})
	switch {
	case err == nil:
		w.mark = mark
	case ctx.Err() != nil:
		return ctx.Err()
	default: // many, or what the history no longer tells
		w.whole, w.changed = true, nil
	}
	return nil
}

// asked returns the kinds whose rows tell what belongs to the records of others.
func (s *settling) asked() map[string]bool {
	asked := map[string]bool{}
	for _, j := range s.rules.enabled {
		for _, variable := range j.Program.Reads() {
			asked[string(kind.KindPerson)] = true
			if variable == monitor.VarTwins {
				asked[j.Program.Test.Kind] = true
			} else if by, ok := kin.Addressed()[variable]; ok {
				asked[string(by.Kind)] = true
			}
		}
	}
	return asked
}

// surroundings is what joins depend on beside rows and persons, in short: which lists there are.
func (s *settling) surroundings() string {
	var text strings.Builder
	has := map[string]bool{}
	for _, l := range s.lists {
		has[l.Kind] = has[l.Kind] || l.AsOf != nil
	}
	for _, k := range slices.Sorted(maps.Keys(has)) {
		fmt.Fprintf(&text, "%s %t\n", k, has[k])
	}
	for _, l := range s.lists {
		fmt.Fprintf(&text, "%q\n", l.connection)
	}
	return short([]byte(text.String()))
}
