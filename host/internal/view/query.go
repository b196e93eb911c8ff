package view

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/view/column"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Query asks for a page of records. design.md says what conditions there are.
type Query struct {
	Scope  string    // what the streams were chosen by; a cursor is good for one scope
	Where  []string  // conditions, all of which must hold
	Text   string    // part of the key or of any text of the kind, in any case
	Sort   string    // field, with - before it for descending; empty = key
	AsOf   time.Time // records as they were at this commit time
	Now    time.Time // what "90d" ago counts from
	Limit  int
	Cursor string // what an earlier answer returned as next
	Offset int    // records to leave out, counted from the cursor or from the beginning
}

// operators, the longer ones first.
var operators = []string{"!:", "!=", "<=", ">=", ":", "=", "<", ">"}

// Fields returns what lists of a kind can be asked by: the kind's own fields and those
// that every record has.
func Fields(name string) []kind.Field { return column.ShapeOf(name).Fields() }

// condition is one condition, parsed.
type condition struct {
	text     string // as given
	field    string
	operator string
	value    string
}

func parseCondition(text string) (condition, error) {
	at := strings.IndexAny(text, "!:=<>")
	if at > 0 {
		for _, operator := range operators {
			if value, ok := strings.CutPrefix(text[at:], operator); ok {
				return condition{text: text, field: strings.TrimSpace(text[:at]), operator: operator, value: strings.TrimSpace(value)}, nil
			}
		}
	}
	return condition{}, host.Invalid("where", text, "must be a field, one of : !: = != < <= > >=, and a value, such as status:active")
}

// plan is a query made ready for one kind.
type plan struct {
	shape  *column.Shape
	asOf   int64
	tests  []test
	needle []byte // in lower case, nil = none
	sort   int    // column
}

// test is a condition made ready: on texts or on numbers.
type test struct {
	column int
	texts  func(text []byte) bool // nil text = absent; nil = on numbers
	part   []byte                 // if set, texts passes the texts that hold it
	ints   intsTest
}

// intsTest holds for numbers from low to high, or with negate for all others.
type intsTest struct {
	low, high int64
	absent    bool // whether it holds for those that are absent
	negate    bool
}

func (t intsTest) holds(v int64) bool {
	if v == column.Absent {
		return t.absent
	}
	return (v >= t.low && v <= t.high) != t.negate
}

// compile makes a query ready for a kind. The error names every fault of the query.
func compile(s *column.Shape, q Query) (*plan, error) {
	p := &plan{shape: s, asOf: q.AsOf.UnixNano(), sort: column.Key}
	var faults []host.FieldError
	for _, text := range q.Where {
		c, err := parseCondition(text)
		if err == nil {
			err = p.condition(c, q.Now)
		}
		if err != nil {
			faults = append(faults, host.AsProblem(err).Fields...)
		}
	}
	if q.Text != "" {
		p.needle = []byte(column.Fold(q.Text))
	}
	if q.Sort != "" {
		name := strings.TrimPrefix(q.Sort, "-")
		sort, ok := s.Column(name)
		switch {
		case !ok:
			faults = append(faults, unknownField("sort", q.Sort, name, s))
		case s.Type(sort) == kind.FieldList:
			faults = append(faults, host.FieldError{Field: "sort", Message: name + " is a list and has no order", Value: q.Sort})
		}
		p.sort = sort
	}
	if len(faults) == 0 {
		slices.SortStableFunc(p.tests, func(a, b test) int { return cmp.Compare(cost(s, a), cost(s, b)) })
		return p, nil
	}
	problem := host.InvalidFields(faults[0].Field+" "+faults[0].Message, faults)
	problem.Remedy = "`plumbline record fields " + s.Kind + "` lists the fields and what they can be compared with."
	return nil, problem
}

// cost orders tests: tests of words are the cheapest, tests of texts the dearest.
func cost(s *column.Shape, t test) int {
	switch {
	case s.Type(t.column) == kind.FieldWord:
		return 0
	case t.texts == nil:
		return 1
	}
	return 2
}

func unknownField(parameter, value, name string, s *column.Shape) host.FieldError {
	return host.FieldError{
		Field: parameter, Value: value,
		Message: fmt.Sprintf("names %q, which is no field of the kind %s; there are %s", name, orNone(s.Kind), strings.Join(s.Names(), ", ")),
	}
}

func orNone(name string) string {
	if name == "" {
		return "without a name"
	}
	return name
}

// condition adds a test for c.
func (p *plan) condition(c condition, now time.Time) error {
	of, ok := p.shape.Column(c.field)
	if !ok {
		return host.InvalidFields("", []host.FieldError{unknownField("where", c.text, c.field, p.shape)})
	}
	t := test{column: of}
	var err error
	if p.shape.IsInts(of) {
		t.ints, err = p.intsTest(c, of, now)
	} else {
		err = p.textTest(&t, c)
	}
	if err != nil {
		return err
	}
	p.tests = append(p.tests, t)
	return nil
}

func refuse(c condition, rule string) error { return host.Invalid("where", c.text, rule) }

// textTest makes a test of texts, words or lists.
func (p *plan) textTest(t *test, c condition) error {
	var positive func([]byte) bool
	of := p.shape.Type(t.column)
	lower := column.Fold
	if t.column == column.Key {
		lower = func(text string) string { return text }
	}
	whole := strings.TrimPrefix(c.operator, "!") == "="
	switch {
	case strings.ContainsAny(c.operator, "<>"):
		return refuse(c, "compares a "+string(of)+", which has no order to be asked by; use : or =")
	case c.value == "" && !whole:
		return refuse(c, "has no value after "+c.operator+"; = alone asks for records that do not have the field")
	case c.value == "":
		positive = func(text []byte) bool { return text == nil }
	case of == kind.FieldWord:
		words, err := p.words(c, t.column)
		if err != nil {
			return err
		}
		positive = func(text []byte) bool { return slices.Contains(words, string(text)) }
	case of == kind.FieldList && whole:
		positive = containing(string(rune(column.ListMark)) + lower(c.value) + string(rune(column.ListMark)))
	case whole:
		value := lower(c.value)
		positive = func(text []byte) bool { return text != nil && string(text) == value }
	default:
		positive = containing(lower(c.value))
		t.part = []byte(lower(c.value))
	}
	t.texts = positive
	if strings.HasPrefix(c.operator, "!") {
		t.texts, t.part = func(text []byte) bool { return !positive(text) }, nil
	}
	return nil
}

func containing(part string) func([]byte) bool {
	needle := []byte(part)
	return func(text []byte) bool { return bytes.Contains(text, needle) }
}

// words returns the words that a condition names, separated by commas. A record without
// the field is "unknown".
func (p *plan) words(c condition, of int) ([]string, error) {
	allowed := p.shape.Words(of)
	var words []string
	for word := range strings.SplitSeq(c.value, ",") {
		word = strings.ToLower(strings.TrimSpace(word))
		if !slices.Contains(allowed, word) {
			return nil, refuse(c, fmt.Sprintf("asks for %q; %s is one of %s", word, c.field, strings.Join(allowed, ", ")))
		}
		words = append(words, word)
		if word == kind.Unknown.String() {
			words = append(words, "")
		}
	}
	return words, nil
}

// intsTest makes a test of times or numbers. An absent one is neither before nor after any.
func (p *plan) intsTest(c condition, of int, now time.Time) (intsTest, error) {
	all := intsTest{low: column.Absent + 1, high: math.MaxInt64}
	operator := strings.ReplaceAll(c.operator, ":", "=")
	if c.value == "" {
		switch operator {
		case "=": // only those that are absent
			return intsTest{low: math.MaxInt64, high: column.Absent + 1, absent: true}, nil
		case "!=":
			return all, nil
		}
		return all, refuse(c, "has no value after "+c.operator)
	}
	low, high, err := p.interval(c, of, now)
	if err != nil {
		return all, err
	}
	switch operator {
	case "=":
		return intsTest{low: low, high: high}, nil
	case "!=":
		return intsTest{low: low, high: high, negate: true, absent: true}, nil
	case "<":
		return intsTest{low: all.low, high: low - 1}, nil
	case "<=":
		return intsTest{low: all.low, high: high}, nil
	case ">":
		return intsTest{low: high + 1, high: all.high}, nil
	}
	return intsTest{low: low, high: all.high}, nil
}

// interval returns the numbers that a value stands for: a date is the whole day.
func (p *plan) interval(c condition, of int, now time.Time) (low, high int64, err error) {
	if p.shape.Type(of) == kind.FieldNumber {
		f, err := strconv.ParseFloat(c.value, 64)
		if err != nil || f != f {
			return 0, 0, refuse(c, "must compare "+c.field+" with a number")
		}
		return column.Ordered(f), column.Ordered(f), nil
	}
	first, last, ok := moment(c.value, now)
	if !ok {
		return 0, 0, refuse(c, "must compare "+c.field+" with a date such as 2026-06-30, a time such as 2026-06-30T12:00:00Z, "+
			"or how long ago such as 90d or 12h")
	}
	if of == column.From {
		return first.UnixNano(), last.UnixNano(), nil
	}
	return first.UnixMicro(), last.UnixMicro(), nil
}

// moment reads a date in UTC, a time, or how long before now.
func moment(text string, now time.Time) (first, last time.Time, ok bool) {
	if at, err := time.Parse(time.DateOnly, text); err == nil {
		return at, at.AddDate(0, 0, 1).Add(-1), true
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, at, true
	}
	if number, found := strings.CutSuffix(text, "d"); found {
		days, err := strconv.Atoi(number)
		if err != nil || days < 0 || days > 100*366 {
			return first, last, false
		}
		at := now.AddDate(0, 0, -days)
		return at, at, true
	}
	ago, err := time.ParseDuration(text)
	if err != nil || ago < 0 {
		return first, last, false
	}
	return now.Add(-ago), now.Add(-ago), true
}
