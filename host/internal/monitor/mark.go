package monitor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/expr"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Mark is what one record means for one test, small enough to be kept for every record. A round that has the marks of all records
// concludes as one that has judged them. The numbers are stored: they never change.
type Mark byte

// The marks.
const (
	MarkNone           Mark = 0 // out of scope
	MarkPass           Mark = 1
	MarkFail           Mark = 2
	MarkUnknown        Mark = 3
	MarkExcluded       Mark = 4
	MarkIn             Mark = 5 // of a test that counts: in scope, and not counted
	MarkCounted        Mark = 6
	MarkPerhapsIn      Mark = 7  // perhaps in scope, and not counted
	MarkPerhapsCounted Mark = 8  // in scope, and perhaps counted
	MarkPerhapsBoth    Mark = 9  // perhaps in scope, and then perhaps counted
	MarkError          Mark = 15 // it could not be judged
	// Marks is how many numbers marks have.
	Marks = 16
)

func markOf(o verdict.Outcome) Mark {
	switch o {
	case verdict.OutcomePass:
		return MarkPass
	case verdict.OutcomeFail:
		return MarkFail
	case verdict.OutcomeUnknown:
		return MarkUnknown
	case verdict.OutcomeExcluded:
		return MarkExcluded
	}
	return MarkNone
}

// Mark judges one record as Take does, and counts nothing. An error that is not the context's makes the mark MarkError.
func (r *Round) Mark(ctx context.Context, s Subject) (Mark, verdict.Item, error) {
	item, mark, err := r.judge(ctx, s)
	if err != nil {
		return MarkError, item, fmt.Errorf("judge %s of %s: %w", s.Key, s.Connection.Alias, err)
	}
	return mark, item, nil
}

// Add counts n records of a connection that have a mark. Records in error are told with Fail.
func (r *Round) Add(c Connection, mark Mark, n int) {
	switch mark {
	case MarkPass:
		r.tally.InScope, r.tally.Pass = r.tally.InScope+n, r.tally.Pass+n
	case MarkFail:
		r.tally.InScope, r.tally.Fail = r.tally.InScope+n, r.tally.Fail+n
	case MarkUnknown:
		r.tally.InScope, r.tally.Unknown = r.tally.InScope+n, r.tally.Unknown+n
	case MarkExcluded:
		r.tally.InScope, r.tally.Excluded = r.tally.InScope+n, r.tally.Excluded+n
	case MarkIn, MarkCounted, MarkPerhapsIn, MarkPerhapsCounted, MarkPerhapsBoth:
		r.group(c).take(mark, n)
	}
}

// Fail makes the test one that could not be judged.
func (r *Round) Fail(text string) {
	if r.err == nil {
		r.err = errors.New(text)
	}
}

// ReadsNow reports whether what a record means for the test can change with time alone.
func (p *Program) ReadsNow() bool {
	return slices.ContainsFunc([]*expr.Program{p.scope, p.of, p.expect, p.told}, func(e *expr.Program) bool {
		return e != nil && slices.Contains(e.Variables(), varNow)
	})
}

// shared is what the tests of one record read in common.
type shared struct {
	facts   [2]map[string]any // without and with the system's own document
	err     [2]error
	related map[string]answer
}

type answer struct {
	value any
	known bool
}

// Shared returns a subject that decodes the record and looks up what belongs to it once for all tests. It is for one goroutine.
func Shared(s Subject) Subject {
	s.shared = &shared{related: map[string]answer{}}
	look := s.Related
	s.Related = func(variable string) (any, bool) {
		found, asked := s.shared.related[variable]
		if !asked {
			found.value, found.known = look(variable)
			s.shared.related[variable] = found
		}
		return found.value, found.known
	}
	return s
}

// facts returns what the record tells.
func (s *Subject) facts(k kind.Kind, vendor bool) (map[string]any, error) {
	if s.shared == nil {
		return Facts(k, s.Data, vendor)
	}
	at := 0
	if vendor {
		at = 1
	}
	if s.shared.facts[at] == nil && s.shared.err[at] == nil {
		s.shared.facts[at], s.shared.err[at] = Facts(k, s.Data, vendor)
	}
	return s.shared.facts[at], s.shared.err[at]
}
