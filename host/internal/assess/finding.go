package assess

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/assess/kin"
	"github.com/plumbline-dev/plumbline/host/internal/assess/listing"
	"github.com/plumbline-dev/plumbline/host/internal/monitor"
	"github.com/plumbline-dev/plumbline/host/internal/results"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// TestFindings returns a page of the findings of a test.
func (a *Assessor) TestFindings(ctx context.Context, id string, q listing.FindingQuery) (listing.FindingPage, error) {
	if err := a.fresh(ctx); err != nil {
		return listing.FindingPage{}, err
	}
	return a.findings(ctx, id, q)
}

// findings reads a page. Results that were replaced meanwhile are read again; those that are damaged are made again first.
func (a *Assessor) findings(ctx context.Context, id string, q listing.FindingQuery) (page listing.FindingPage, err error) {
	for range 3 {
		page, err = undisturbed(ctx, a, func() (listing.FindingPage, error) { return a.findingsOnce(ctx, id, q) })
		switch {
		case errors.Is(err, results.ErrDamaged):
			a.stored().Forget()
			if err := a.fresh(ctx); err != nil {
				return listing.FindingPage{}, err
			}
		case !errors.Is(err, results.ErrGone):
			return page, err
		}
	}
	return page, err
}

func (a *Assessor) findingsOnce(ctx context.Context, id string, q listing.FindingQuery) (listing.FindingPage, error) {
	j, err := a.named(ctx, id)
	if err != nil {
		return listing.FindingPage{}, err
	}
	after, err := q.Begin()
	if err != nil {
		return listing.FindingPage{}, err
	}
	if j.Setting.Disabled {
		return listing.FindingPage{Items: []verdict.Item{}}, nil
	}
	s, err := a.settling(ctx)
	if err != nil {
		return listing.FindingPage{}, err
	}
	if j.Program.Test.Count != nil {
		return a.countFindings(ctx, s, j, q)
	}
	found, err := s.find(ctx, j, q, after)
	if err != nil {
		return listing.FindingPage{}, err
	}
	page := listing.FindingPage{Items: []verdict.Item{}}
	if len(found) > q.Limit {
		found = found[:q.Limit]
		last := found[len(found)-1]
		page.Next = listing.Place{Outcome: last.outcome, Sheet: last.sheet.order(), Key: last.row.Key}.String()
	}
	if err := s.show(ctx, j, found); err != nil {
		return listing.FindingPage{}, err
	}
	for _, f := range found {
		page.Items = append(page.Items, f.item)
	}
	return page, nil
}

// finding is a row that is a finding.
type finding struct {
	outcome verdict.Outcome
	sheet   *sheet
	row     results.Row
	failed  int64
	item    verdict.Item
}

// order is what the sheets of findings are ordered by.
func (w *sheet) order() string { return w.Alias + "\x00" + w.Stream }

// find returns the rows of a page, and one more if there is one.
func (s *settling) find(ctx context.Context, j *judgement, q listing.FindingQuery, after *listing.Place) (found []finding, err error) {
	for _, o := range listing.FindingOrder() {
		if len(q.Outcomes) > 0 && !slices.Contains(q.Outcomes, o) {
			continue
		}
		if after != nil && slices.Index(listing.FindingOrder(), o) < slices.Index(listing.FindingOrder(), after.Outcome) {
			continue
		}
		for _, l := range s.lists {
			w := &sheet{list: l, name: results.SheetName(l.Connection, l.Stream)}
			within := after != nil && o == after.Outcome
			if len(found) > q.Limit || !j.wants(l) || within && w.order() < after.Sheet {
				continue
			}
			from := ""
			if within && w.order() == after.Sheet {
				from = after.Key
			}
			if found, err = s.findIn(ctx, w, j, o, from, q.Limit, found); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// markedAs is the mark of an outcome.
func markedAs(o verdict.Outcome) monitor.Mark {
	switch o {
	case verdict.OutcomeFail:
		return monitor.MarkFail
	case verdict.OutcomeUnknown:
		return monitor.MarkUnknown
	}
	return monitor.MarkExcluded
}

// findIn adds the findings of one list with one outcome, those after a key.
func (s *settling) findIn(
	ctx context.Context, w *sheet, j *judgement, o verdict.Outcome, from string, limit int, found []finding,
) ([]finding, error) {
	w.old, w.had = s.state.Sheets[w.name]
	column := slices.IndexFunc(w.old.Tests, func(c results.Column) bool { return c.Test == j.id() && c.Signature == j.signature })
	mark := byte(markedAs(o))
	if column < 0 || w.old.Tests[column].Counts[mark] == 0 {
		return found, nil
	}
	err := s.store.Each(w.name, w.old, func(row results.Row) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case len(found) > limit:
			return errEnough
		case row.Mark(column) == mark && (from == "" || row.Key > from):
			found = append(found, finding{outcome: o, sheet: w, row: row, failed: row.FailedAt(column)})
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return found, err
}

// show judges findings once more, for what to say of them.
func (s *settling) show(ctx context.Context, j *judgement, found []finding) error {
	if slices.ContainsFunc(j.Program.Reads(), kin.LooksUp) {
		if err := s.lookUp(ctx, j, found); err != nil {
			return err
		}
	}
	if slices.Contains(j.Program.Reads(), monitor.VarPerson) {
		if err := s.employments(ctx); err != nil {
			return err
		}
	}
	round := j.begin(s.at)
	for i := range found {
		f := &found[i]
		f.item = verdict.Item{Connection: f.sheet.Connection, Alias: f.sheet.Alias, Stream: f.sheet.Stream, Key: f.row.Key, Outcome: f.outcome}
		record, there, err := s.record(f.sheet, &f.row, nil)
		if err != nil {
			return err
		}
		if there {
			mark, item, err := round.Mark(ctx, s.subject(f.sheet.list, record))
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err == nil && mark == markedAs(f.outcome):
				f.item = item
			case err == nil: // it changed meanwhile, and is not judged yet
				f.item.Name, f.item.Hash = item.Name, item.Hash
			}
		}
		if f.failed != 0 {
			at := time.Unix(f.failed, 0).UTC()
			f.item.FirstFailedAt, f.item.Overdue = &at, f.outcome == verdict.OutcomeFail && j.overdue(at, s.at)
		}
	}
	return nil
}

// lookUp loads what the records of findings look up.
func (s *settling) lookUp(ctx context.Context, j *judgement, found []finding) error {
	s.sheetsOf()
	want := wanting{addresses: map[string]bool{}, identities: map[string]bool{}}
	for i := range found {
		found[i].sheet.variables = j.Program.Reads()
		s.want(found[i].sheet, &found[i].row, want)
	}
	s.joined = &joined{s: s, addresses: map[string]map[uint64]uint64{}, twins: map[string]map[uint64]uint64{}}
	for _, variable := range j.Program.Reads() {
		if variable == monitor.VarTwins {
			s.joined.twins[j.Program.Test.Kind] = nil
		} else if kin.LooksUp(variable) {
			s.joined.addresses[variable] = nil
		}
	}
	return s.load(ctx, false, want)
}

// employments reads what person records say of employment.
func (s *settling) employments(ctx context.Context) error {
	s.sheetsOf()
	for _, w := range s.sheets {
		if w.Kind != string(kind.KindPerson) {
			continue
		}
		err := s.each(ctx, w, func(row *results.Row, _ []byte, _ bool) error {
			if row.Employment != "" {
				s.kin.Employment[monitor.ItemID(w.Connection, w.Stream, row.Key)] = row.Employment
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sheetsOf makes the sheets ones that are read as they are stored.
func (s *settling) sheetsOf() {
	if s.sheets != nil {
		return
	}
	for _, l := range s.lists {
		w := &sheet{list: l, name: results.SheetName(l.Connection, l.Stream)}
		if w.old, w.had = s.state.Sheets[w.name]; w.had {
			s.sheets = append(s.sheets, w)
		}
	}
}

// countFindings returns the findings of a test that counts.
func (a *Assessor) countFindings(ctx context.Context, s *settling, j *judgement, q listing.FindingQuery) (listing.FindingPage, error) {
	c := concluding{state: s.state, lists: s.lists, now: s.at}
	_, items, err := c.conclude(ctx, j)
	if err != nil {
		return listing.FindingPage{}, err
	}
	recorded, err := a.lastRecorded()
	if err != nil {
		return listing.FindingPage{}, err
	}
	kept := listing.Findings{}
	for _, item := range items {
		if len(q.Outcomes) > 0 && !slices.Contains(q.Outcomes, item.Outcome) {
			continue
		}
		if at := recorded[j.id()].FirstFailedAt; at != nil && item.Outcome == verdict.OutcomeFail {
			item.FirstFailedAt, item.Overdue = at, j.overdue(*at, s.at)
		}
		kept.Keep(item)
	}
	return listing.FindingPage{Items: kept.Listed()}, nil
}
