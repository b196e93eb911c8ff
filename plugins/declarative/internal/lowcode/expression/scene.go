package expression

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/jinja"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/finding"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/form"
	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/lowcode/manifest"
)

// Scene is what a template sees at one place of the manifest.
type Scene struct {
	Form     *form.Form
	Notes    *finding.List
	Params   map[string]manifest.Value // the $parameters
	Line     int                       // of the template
	SpanKeys [2]string                 // the names of the ends of the interval

	Item     string              // the name of the record; "" = there is none
	Response bool                // the answer is known
	Rows     string              // the list of records in the answer, for last_record
	Slice    map[string]string   // the fields of the partition, each an expression; also extra_fields.name
	Above    []map[string]string // the fields of the partitions of its parents
	Added    map[string]CEL      // the fields that transformations add to the record
	From, To string              // the ends of the interval; "" = there is none

	Safe   bool // a missing value is null
	joined bool // the value becomes part of a text

	secrets []*form.Setting // that were met, where they are allowed
	vaulted bool            // secrets are allowed
	Spans   bool            // the interval was used
}

// CEL is an expression of the language.
type CEL struct {
	Source string
	rank   int    // of its weakest operator
	Type   string // text, number, bool, list, map, time, null, or "" when it is known to a run alone
	maybe  bool   // it is an optional value
	secret *form.Setting
	other  string // the opposite of a comparison
}

// The ranks of operators; those of a higher rank bind more.
const (
	RankCond = iota
	RankOr
	RankAnd
	RankCompare
	RankAdd
	RankMultiply
	RankUnary
	RankAtom
)

// fail says that a template has no translation. It returns nothing; its type is for the callers.
func fail(format string, args ...any) CEL {
	finding.Refuse(format, args...)
	return CEL{}
}

func atom(typ, format string, args ...any) CEL {
	return CEL{Source: fmt.Sprintf(format, args...), rank: RankAtom, Type: typ}
}

// At returns the expression as an operand of an operator with a rank.
func (c CEL) At(rank int) string {
	src := c.Value().Source
	if c.rank < rank {
		return "(" + src + ")"
	}
	return src
}

// Value returns the expression with null for a value that is missing.
func (c CEL) Value() CEL {
	if c.maybe {
		c.Source, c.maybe = c.Source+".orValue(null)", false
	}
	return c
}

// Text returns the expression as a text.
func (c CEL) Text() CEL {
	switch {
	case c.Type == "text" && !c.maybe:
		return c
	case c.Type == "null":
		return atom("text", `""`)
	case c.maybe:
		return atom("text", `string(%s.orValue(""))`, c.Source)
	}
	return atom("text", "string(%s)", c.Source)
}

// bool returns the expression as a condition.
func (c CEL) bool() CEL {
	switch {
	case c.Type == "bool" && c.maybe:
		return atom("bool", "%s.orValue(false)", c.Source)
	case c.Type == "bool":
		return c
	case c.Type == "null":
		return atom("bool", "false")
	}
	return CEL{Source: "!empty(" + c.Source + ")", rank: RankUnary, Type: "bool"}
}

// Literal reports whether the expression is a text that is written out.
func (c CEL) Literal() bool { return c.rank == RankAtom && strings.HasPrefix(c.Source, `"`) }

// not returns the opposite of a condition.
func (c CEL) not() CEL {
	c = c.bool()
	if c.other != "" {
		return CEL{Source: c.other, rank: RankCompare, Type: "bool", other: c.Source}
	}
	if inner, negated := strings.CutPrefix(c.Source, "!"); negated && c.rank == RankUnary {
		return CEL{Source: inner, rank: RankAtom, Type: "bool"}
	}
	return CEL{Source: "!" + c.At(RankUnary), rank: RankUnary, Type: "bool"}
}

// Quote writes a text as an expression.
func Quote(text string) string {
	if !strings.ContainsAny(text, "\\'\"\n\r\t") {
		return `"` + text + `"`
	}
	if !strings.ContainsAny(text, "\\'\n\r\t") {
		return "'" + text + "'"
	}
	return strconv.Quote(text)
}

// with returns a copy of the scene that change has changed. What is met in it is met in the scene.
func (s *Scene) with(change func(*Scene), do func(*Scene) CEL) CEL {
	inner := *s
	change(&inner)
	made := do(&inner)
	s.secrets, s.Spans = inner.secrets, inner.Spans
	return made
}

// safely writes an expression in which a missing value is null.
func (s *Scene) safely(n jinja.Node) CEL {
	return s.with(func(s *Scene) { s.Safe = true }, func(s *Scene) CEL { return s.expr(n) })
}

// Parse reads a template.
func Parse(text string) jinja.Template {
	t, err := jinja.Parse(text)
	if err != nil {
		fail("%s cannot be read: %s", Shorten(text), err.Error())
	}
	return t
}

// Shorten returns a text as a reason shows it: on one line, and not longer than 80 letters.
func Shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 80 {
		text = string(runes[:80]) + "…"
	}
	return text
}

// Expression writes a template as one expression.
func (s *Scene) Expression(text string) CEL { return s.template(Parse(text)) }

func (s *Scene) template(t jinja.Template) CEL {
	if whole, ok := t.Whole(); ok {
		return s.expr(whole)
	}
	if text, ok := t.Text(); ok {
		return atom("text", "%s", Quote(text))
	}
	var parts []string
	for _, part := range t.Parts {
		c := s.with(func(s *Scene) { s.joined = true }, func(s *Scene) CEL { return s.expr(part) })
		parts = append(parts, c.Text().At(RankAdd))
	}
	return CEL{Source: strings.Join(parts, " + "), rank: RankAdd, Type: "text"}
}

// Text writes a template as a text of the language, with expressions in {{ }}.
func (s *Scene) Text(source string) string {
	t := Parse(source)
	_, whole := t.Whole()
	var b strings.Builder
	for _, part := range t.Parts {
		if literal, ok := part.(jinja.Literal); ok {
			text := fmt.Sprint(literal.Value)
			if strings.Contains(text, "{{") {
				fail("the text %s holds {{, which cannot be written", Shorten(text))
			}
			if strings.HasSuffix(text, "{") { // three braces would be read otherwise
				text = strings.TrimSuffix(text, "{") + `{{ "{" }}`
			}
			b.WriteString(text)
			continue
		}
		c := s.with(func(s *Scene) { s.joined = s.joined || !whole }, func(s *Scene) CEL { return s.expr(part) })
		src := c.Value().Source
		if strings.Contains(src, "}}") {
			src = strings.ReplaceAll(src, "}}", "} }")
		}
		b.WriteString("{{ " + src + " }}")
	}
	return b.String()
}

// Condition writes a template as a condition.
func (s *Scene) Condition(text string) CEL {
	t := Parse(text)
	if literal, ok := t.Text(); ok {
		switch strings.ToLower(strings.TrimSpace(literal)) {
		case "true":
			return atom("bool", "true")
		case "false", "":
			return atom("bool", "false")
		}
	}
	whole, ok := t.Whole()
	if !ok {
		fail("the condition %s is not one expression", Shorten(text))
	}
	return s.truth(whole)
}

// truth writes an expression as a condition.
func (s *Scene) truth(n jinja.Node) CEL {
	switch v := n.(type) {
	case jinja.Binary:
		if v.Op == "and" || v.Op == "or" {
			op, rank := map[string]string{"and": "&&", "or": "||"}[v.Op], map[string]int{"and": RankAnd, "or": RankOr}[v.Op]
			left, right := s.truth(v.Left), s.truth(v.Right)
			switch {
			case left.Source == "true" && v.Op == "and", left.Source == "false" && v.Op == "or":
				return right
			case right.Source == "true" && v.Op == "and", right.Source == "false" && v.Op == "or":
				return left
			}
			return CEL{Source: left.At(rank) + " " + op + " " + right.At(rank), rank: rank, Type: "bool"}
		}
	case jinja.Unary:
		if v.Op == "not" {
			return s.with(func(s *Scene) { s.Safe = true }, func(s *Scene) CEL { return s.truth(v.Of) }).not()
		}
	}
	c := s.expr(n)
	if c.Type == "bool" {
		return c.bool()
	}
	return s.safely(n).bool()
}

// expr writes an expression.
func (s *Scene) expr(n jinja.Node) CEL {
	switch v := n.(type) {
	case jinja.Literal:
		return Constant(v.Value)
	case jinja.Template:
		return s.template(v)
	case jinja.Name, jinja.Attr, jinja.Item:
		return s.path(n)
	case jinja.Slice:
		return s.part(v)
	case jinja.Call:
		return s.call(v)
	case jinja.Filter:
		return s.filter(v)
	case jinja.Test:
		return s.test(v)
	case jinja.Unary:
		if v.Op == "not" {
			return s.truth(v)
		}
		return CEL{Source: "-" + s.expr(v.Of).At(RankUnary), rank: RankUnary, Type: "number"}
	case jinja.Binary:
		return s.binary(v)
	case jinja.Cond:
		return s.cond(v)
	case jinja.List:
		var items []string
		for _, item := range v.Items {
			items = append(items, s.expr(item).Value().Source)
		}
		return atom("list", "[%s]", strings.Join(items, ", "))
	case jinja.Dict:
		return s.dict(v)
	}
	return fail("an expression of an unknown form")
}

func (s *Scene) dict(v jinja.Dict) CEL {
	var members []string
	for i, key := range v.Keys {
		members = append(members, s.expr(key).Value().Source+": "+s.expr(v.Values[i]).Value().Source)
	}
	return atom("map", "{%s}", strings.Join(members, ", "))
}

// Constant writes a value.
func Constant(value any) CEL {
	switch v := value.(type) {
	case nil:
		return atom("null", "null")
	case string:
		return atom("text", "%s", Quote(v))
	case bool:
		return atom("bool", "%t", v)
	case int, int64:
		return atom("number", "%d", v)
	case float64:
		text := strconv.FormatFloat(v, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
		return atom("number", "%s", text)
	case []any:
		var items []string
		for _, one := range v {
			items = append(items, Constant(one).Source)
		}
		return atom("list", "[%s]", strings.Join(items, ", "))
	case map[string]any:
		var members []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			members = append(members, Quote(key)+": "+Constant(v[key]).Source)
		}
		return atom("map", "{%s}", strings.Join(members, ", "))
	}
	return fail("the value %v cannot be written", value)
}

// cond writes then if condition else otherwise.
func (s *Scene) cond(v jinja.Cond) CEL {
	test := s.with(func(s *Scene) { s.Safe = true }, func(s *Scene) CEL { return s.truth(v.If) })
	then, otherwise := s.expr(v.Then), atom("null", "null")
	if nothing(v.Else) && !s.Safe && !s.joined && guards(v.If, v.Then) {
		return then // nothing, where the condition does not hold
	}
	if v.Else != nil {
		otherwise = s.expr(v.Else)
	}
	switch test.Source {
	case "true":
		return then
	case "false":
		return otherwise
	}
	typ := then.Type
	then, otherwise = then.Value(), otherwise.Value()
	if then.Type != otherwise.Type {
		typ = ""
		if then.Type != "" && otherwise.Type != "" {
			then, otherwise = atom("", "dyn(%s)", then.Source), atom("", "dyn(%s)", otherwise.Source)
		}
	}
	return CEL{Source: test.At(RankOr) + " ? " + then.At(RankOr) + " : " + otherwise.At(RankCond), rank: RankCond, Type: typ}
}

// selector matches the names that can stand behind a dot.
var selector = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// keywords are the words of CEL that cannot stand behind a dot.
var keywords = map[string]bool{"in": true, "true": true, "false": true, "null": true}
