package monitor

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/verdict"
	"github.com/plumbline-dev/plumbline/sdk/expr"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// maxCost limits one evaluation of one expression, in steps of CEL.
const maxCost = 100_000

// The variables of expressions, beside those in related.
const (
	varRecord     = "r"
	varParameters = "p"
	varNow        = "now"
	varConnection = "connection"
	varCount      = "count"
	varTotal      = "total"
	varShare      = "share"
)

// Variables that name what belongs to a record.
const (
	VarPerson     = "person"
	VarAccounts   = "accounts"
	VarDevices    = "devices"
	VarTrainings  = "trainings"
	VarSignatures = "signatures"
	VarChecks     = "checks"
	VarTwins      = "twins"
	VarAccount    = "account"
)

// related maps each variable that names what belongs to a record to the kind of record that tells it: none for twins, which are of the
// test's own kind, and for account, which people decide.
func related() map[string]kind.Kind {
	return map[string]kind.Kind{
		VarPerson: kind.KindPerson, VarAccounts: kind.KindAccount, VarDevices: kind.KindDevice, VarTrainings: kind.KindTraining,
		VarSignatures: kind.KindSignature, VarChecks: kind.KindBackgroundCheck, VarTwins: "", VarAccount: "",
	}
}

// Program is a test that is ready to be judged. It is safe for concurrent use.
type Program struct {
	Test   verdict.Test
	broken error         // why it cannot be judged; nil = it can
	scope  *expr.Program // nil = every record
	of     *expr.Program // nil = every record in scope counts
	expect *expr.Program
	told   *expr.Program // the message; nil = none
	reads  []string      // the variables of related that the expressions read, sorted
	fields map[string]kind.Field
}

// Uncompiled returns a program of a test that does not compile: it judges every record as an error. It is for tests that people wrote for
// an earlier version of the product.
func Uncompiled(t verdict.Test, err error) *Program {
	return &Program{Test: t, broken: fmt.Errorf("it does not fit this version of the product, and needs a new version: %w", err)}
}

// Broken returns why the test cannot be judged; nil = it can.
func (p *Program) Broken() error { return p.broken }

// Reads returns the variables that name what belongs to a record and that the test reads, sorted.
func (p *Program) Reads() []string { return p.reads }

// Kinds returns the kinds of record that the test reads, the one it judges first.
func (p *Program) Kinds() []kind.Kind {
	kinds := []kind.Kind{kind.Kind(p.Test.Kind)}
	for _, name := range p.reads {
		if of := related()[name]; of != "" && !slices.Contains(kinds, of) {
			kinds = append(kinds, of)
		}
	}
	return kinds
}

// idForm is what ids of tests and names of parameters look like.
var (
	idForm   = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

// Compile checks a test. The problem names every mistake by field, those in expressions with line and column.
func Compile(t verdict.Test) (*Program, error) {
	c := compiler{test: t}
	c.plain()
	fields := kind.Fields(kind.Kind(t.Kind))
	if fields == nil {
		c.fault("kind", fmt.Sprintf("%q is no kind of record", t.Kind))
		return nil, c.problem()
	}
	p := &Program{Test: t, fields: map[string]kind.Field{}}
	for _, f := range fields {
		p.fields[f.Name] = f
	}
	records, counts, err := languages()
	if err != nil {
		return nil, err
	}
	p.scope = c.expression(records, "scope", t.Scope)
	p.told = c.expression(records, "message", t.Message)
	if t.Count != nil {
		p.of = c.expression(records, "count.of", t.Count.Of)
		p.expect = c.expression(counts, "expect", t.Expect)
	} else {
		p.expect = c.expression(records, "expect", t.Expect)
	}
	c.members(p)
	if err := c.problem(); err != nil {
		return nil, err
	}
	for name := range related() {
		if slices.ContainsFunc(p.programs(), func(e *expr.Program) bool { return slices.Contains(e.Variables(), name) }) {
			p.reads = append(p.reads, name)
		}
	}
	slices.Sort(p.reads)
	return p, nil
}

// programs returns the expressions that the test has.
func (p *Program) programs() []*expr.Program {
	return slices.DeleteFunc([]*expr.Program{p.scope, p.of, p.expect, p.told}, func(e *expr.Program) bool { return e == nil })
}

// languages returns the language of expressions over a record, and of those over a count.
func languages() (records, counts *expr.Language, err error) {
	common := map[string]expr.Type{varParameters: expr.Object, varNow: expr.Any, varConnection: expr.Object}
	over := func(more ...string) (*expr.Language, error) {
		variables := map[string]expr.Type{}
		for name, of := range common {
			variables[name] = of
		}
		for _, name := range more {
			variables[name] = expr.Any
		}
		return expr.New(maxCost, variables, expr.WithoutClock)
	}
	names := []string{varRecord}
	for name := range related() {
		names = append(names, name)
	}
	if records, err = over(names...); err != nil {
		return nil, nil, err
	}
	counts, err = over(varCount, varTotal, varShare)
	return records, counts, err
}

// compiler collects the mistakes in one test.
type compiler struct {
	test   verdict.Test
	faults []host.FieldError
}

func (c *compiler) fault(field, message string) {
	c.faults = append(c.faults, host.FieldError{Field: field, Message: message})
}

// faultAt adds a mistake in the expression of a field.
func (c *compiler) faultAt(field string, line, column int, message string) {
	c.faults = append(c.faults, host.FieldError{Field: field, Message: Placed(line, column) + message, Line: line, Column: column})
}

// Placed begins the message of a mistake in a text.
func Placed(line, column int) string { return fmt.Sprintf("line %d, column %d: ", line, column) }

func (c *compiler) problem() error {
	if len(c.faults) == 0 {
		return nil
	}
	slices.SortStableFunc(c.faults, func(a, b host.FieldError) int { return strings.Compare(a.Field, b.Field) })
	return &host.Problem{
		Code: host.CodeInvalid, Message: "the test has a mistake", Remedy: "Mend what is named, and save it again.",
		Fault: host.FaultCustomer, Fields: c.faults,
	}
}

// plain checks everything that is no expression.
func (c *compiler) plain() {
	t := c.test
	if !idForm.MatchString(t.ID) || len(t.ID) > 80 {
		c.fault("id", "an id has lower-case letters, digits and single hyphens, at most 80")
	}
	for field, text := range map[string]string{"title": t.Title, "expect": t.Expect} {
		if strings.TrimSpace(text) == "" {
			c.fault(field, "this is compulsory")
		}
	}
	switch t.Severity {
	case verdict.SeverityCritical, verdict.SeverityHigh, verdict.SeverityMedium, verdict.SeverityLow, verdict.SeverityInfo:
	default:
		c.fault("severity", fmt.Sprintf("%q is none of critical, high, medium, low and info", t.Severity))
	}
	if t.Days < 0 || t.Days > 3650 {
		c.fault("days_allowed", "this is a number of days from 0 to 3650")
	}
	if t.Count != nil && t.Count.By != verdict.CountByConnection && t.Count.By != verdict.CountByAll {
		c.fault("count.by", fmt.Sprintf("%q is neither connection nor all", t.Count.By))
	}
	for i, one := range t.Categories {
		if !slices.ContainsFunc(host.Categories(), func(c host.CategoryTitle) bool { return c.ID == one }) {
			c.fault(fmt.Sprintf("categories[%d]", i), fmt.Sprintf("%q is no category", one))
		}
	}
	seen := map[string]bool{}
	for i, one := range t.Parameters {
		field := fmt.Sprintf("parameters[%d].name", i)
		switch {
		case !nameForm.MatchString(one.Name):
			c.fault(field, "a name has lower-case letters, digits and underscores, and begins with a letter")
		case seen[one.Name]:
			c.fault(field, fmt.Sprintf("%s is there twice", one.Name))
		}
		seen[one.Name] = true
	}
}

// expression compiles the expression of a field; nil for an empty one and for one with a mistake.
func (c *compiler) expression(l *expr.Language, field, source string) *expr.Program {
	if strings.TrimSpace(source) == "" {
		return nil
	}
	p, err := l.Compile(source)
	var mistake *expr.Error
	switch {
	case errors.As(err, &mistake):
		line, column := position(source, mistake.Offset)
		c.faultAt(field, line, column, mistake.Message)
		return nil
	case err != nil:
		c.fault(field, err.Error())
		return nil
	}
	return p
}

// position returns the line and the column of a byte of a text, both from 1, the column in characters.
func position(text string, offset int) (line, column int) {
	before := text[:offset]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, len([]rune(before[start:])) + 1
}

// members checks that expressions read fields and parameters that exist.
func (c *compiler) members(p *Program) {
	parameters := map[string]bool{}
	for _, one := range c.test.Parameters {
		parameters[one.Name] = true
	}
	for field, e := range map[string]*expr.Program{"scope": p.scope, "count.of": p.of, "expect": p.expect, "message": p.told} {
		if e == nil {
			continue
		}
		for _, name := range e.Members(varRecord) {
			if _, known := p.fields[name]; !known && !slices.Contains(kind.Members(kind.Kind(c.test.Kind)), name) {
				c.unknown(field, e, "r."+name, fmt.Sprintf("records of the kind %s have no field %s", c.test.Kind, name))
			}
		}
		for _, name := range e.Members(varParameters) {
			if !parameters[name] {
				c.unknown(field, e, "p."+name, fmt.Sprintf("the test has no parameter %s", name))
			}
		}
	}
}

// unknown adds a mistake about a name, where the expression first has it.
func (c *compiler) unknown(field string, e *expr.Program, text, message string) {
	line, column := position(e.String(), max(0, strings.Index(e.String(), text)))
	c.faultAt(field, line, column, message)
}
