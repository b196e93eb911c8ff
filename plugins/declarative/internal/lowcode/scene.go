package lowcode

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/jinja"
)

// scene is what a template sees at one place of the manifest.
type scene struct {
	m      *importer
	params map[string]Value
	line   int

	item     string // the name of the record; "" = there is none
	response bool
	rows     string            // the list of records in the answer, for last_record
	slice    map[string]string // the fields of the partition, each an expression; also extra_fields.name
	above    []map[string]string
	added    map[string]cel // the fields that transformations add to the record
	from, to string         // the ends of the interval; "" = there is none

	safe   bool // a missing value is null
	joined bool // the value becomes part of a text

	secrets []*setting // that were met, where they are allowed
	vaulted bool       // secrets are allowed
	spans   bool       // the interval was used
}

// cel is an expression of the language.
type cel struct {
	src    string
	rank   int    // of its weakest operator
	typ    string // text, number, bool, list, map, time, null, or "" when it is known to a run alone
	maybe  bool   // it is an optional value
	secret *setting
	other  string // the opposite of a comparison
}

// The ranks of operators; those of a higher rank bind more.
const (
	rankCond = iota
	rankOr
	rankAnd
	rankCompare
	rankAdd
	rankMultiply
	rankUnary
	rankAtom
)

// unable is why a template has no translation.
type unable struct{ reason string }

func fail(format string, args ...any) cel { panic(unable{fmt.Sprintf(format, args...)}) }

// attempt calls do and returns the reason for which it failed.
func attempt(do func()) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			if reason, ours := thrown.(unable); ours {
				err = fmt.Errorf("%s", reason.reason)
				return
			}
			err = fmt.Errorf("it has a form that is not known (%v)", thrown) // a value where a manifest has none
		}
	}()
	do()
	return nil
}

func atom(typ, format string, args ...any) cel {
	return cel{src: fmt.Sprintf(format, args...), rank: rankAtom, typ: typ}
}

// at returns the expression as an operand of an operator with a rank.
func (c cel) at(rank int) string {
	src := c.value().src
	if c.rank < rank {
		return "(" + src + ")"
	}
	return src
}

// value returns the expression with null for a value that is missing.
func (c cel) value() cel {
	if c.maybe {
		c.src, c.maybe = c.src+".orValue(null)", false
	}
	return c
}

// text returns the expression as a text.
func (c cel) text() cel {
	switch {
	case c.typ == "text" && !c.maybe:
		return c
	case c.typ == "null":
		return atom("text", `""`)
	case c.maybe:
		return atom("text", `string(%s.orValue(""))`, c.src)
	}
	return atom("text", "string(%s)", c.src)
}

// bool returns the expression as a condition.
func (c cel) bool() cel {
	switch {
	case c.typ == "bool" && c.maybe:
		return atom("bool", "%s.orValue(false)", c.src)
	case c.typ == "bool":
		return c
	case c.typ == "null":
		return atom("bool", "false")
	}
	return cel{src: "!empty(" + c.src + ")", rank: rankUnary, typ: "bool"}
}

// not returns the opposite of a condition.
func (c cel) not() cel {
	c = c.bool()
	if c.other != "" {
		return cel{src: c.other, rank: rankCompare, typ: "bool", other: c.src}
	}
	if inner, negated := strings.CutPrefix(c.src, "!"); negated && c.rank == rankUnary {
		return cel{src: inner, rank: rankAtom, typ: "bool"}
	}
	return cel{src: "!" + c.at(rankUnary), rank: rankUnary, typ: "bool"}
}

// quote writes a text as an expression.
func quote(text string) string {
	if !strings.ContainsAny(text, "\\'\"\n\r\t") {
		return `"` + text + `"`
	}
	if !strings.ContainsAny(text, "\\'\n\r\t") {
		return "'" + text + "'"
	}
	return strconv.Quote(text)
}

// with returns a copy of the scene that change has changed. What is met in it is met in the scene.
func (s *scene) with(change func(*scene), do func(*scene) cel) cel {
	inner := *s
	change(&inner)
	made := do(&inner)
	s.secrets, s.spans = inner.secrets, inner.spans
	return made
}

// safely writes an expression in which a missing value is null.
func (s *scene) safely(n jinja.Node) cel {
	return s.with(func(s *scene) { s.safe = true }, func(s *scene) cel { return s.expr(n) })
}

// parse reads a template.
func parse(text string) jinja.Template {
	t, err := jinja.Parse(text)
	if err != nil {
		fail("%s cannot be read: %s", shorten(text), err.Error())
	}
	return t
}

func shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 80 {
		text = string(runes[:80]) + "…"
	}
	return text
}

// expression writes a template as one expression.
func (s *scene) expression(text string) cel { return s.template(parse(text)) }

func (s *scene) template(t jinja.Template) cel {
	if whole, ok := t.Whole(); ok {
		return s.expr(whole)
	}
	if text, ok := t.Text(); ok {
		return atom("text", "%s", quote(text))
	}
	var parts []string
	for _, part := range t.Parts {
		c := s.with(func(s *scene) { s.joined = true }, func(s *scene) cel { return s.expr(part) })
		parts = append(parts, c.text().at(rankAdd))
	}
	return cel{src: strings.Join(parts, " + "), rank: rankAdd, typ: "text"}
}

// text writes a template as a text of the language, with expressions in {{ }}.
func (s *scene) text(source string) string {
	t := parse(source)
	_, whole := t.Whole()
	var b strings.Builder
	for _, part := range t.Parts {
		if literal, ok := part.(jinja.Literal); ok {
			text := fmt.Sprint(literal.Value)
			if strings.Contains(text, "{{") {
				fail("the text %s holds {{, which cannot be written", shorten(text))
			}
			if strings.HasSuffix(text, "{") { // three braces would be read otherwise
				text = strings.TrimSuffix(text, "{") + `{{ "{" }}`
			}
			b.WriteString(text)
			continue
		}
		c := s.with(func(s *scene) { s.joined = s.joined || !whole }, func(s *scene) cel { return s.expr(part) })
		src := c.value().src
		if strings.Contains(src, "}}") {
			src = strings.ReplaceAll(src, "}}", "} }")
		}
		b.WriteString("{{ " + src + " }}")
	}
	return b.String()
}

// condition writes a template as a condition.
func (s *scene) condition(text string) cel {
	t := parse(text)
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
		fail("the condition %s is not one expression", shorten(text))
	}
	return s.truth(whole)
}

// truth writes an expression as a condition.
func (s *scene) truth(n jinja.Node) cel {
	switch v := n.(type) {
	case jinja.Binary:
		if v.Op == "and" || v.Op == "or" {
			op, rank := map[string]string{"and": "&&", "or": "||"}[v.Op], map[string]int{"and": rankAnd, "or": rankOr}[v.Op]
			left, right := s.truth(v.Left), s.truth(v.Right)
			switch {
			case left.src == "true" && v.Op == "and", left.src == "false" && v.Op == "or":
				return right
			case right.src == "true" && v.Op == "and", right.src == "false" && v.Op == "or":
				return left
			}
			return cel{src: left.at(rank) + " " + op + " " + right.at(rank), rank: rank, typ: "bool"}
		}
	case jinja.Unary:
		if v.Op == "not" {
			return s.with(func(s *scene) { s.safe = true }, func(s *scene) cel { return s.truth(v.Of) }).not()
		}
	}
	c := s.expr(n)
	if c.typ == "bool" {
		return c.bool()
	}
	return s.safely(n).bool()
}

// expr writes an expression.
func (s *scene) expr(n jinja.Node) cel {
	switch v := n.(type) {
	case jinja.Literal:
		return constant(v.Value)
	case raw:
		return atom("", "%s", v.src)
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
		return cel{src: "-" + s.expr(v.Of).at(rankUnary), rank: rankUnary, typ: "number"}
	case jinja.Binary:
		return s.binary(v)
	case jinja.Cond:
		return s.cond(v)
	case jinja.List:
		var items []string
		for _, item := range v.Items {
			items = append(items, s.expr(item).value().src)
		}
		return atom("list", "[%s]", strings.Join(items, ", "))
	case jinja.Dict:
		return s.dict(v)
	}
	return fail("an expression of an unknown form")
}

func (s *scene) dict(v jinja.Dict) cel {
	var members []string
	for i, key := range v.Keys {
		members = append(members, s.expr(key).value().src+": "+s.expr(v.Values[i]).value().src)
	}
	return atom("map", "{%s}", strings.Join(members, ", "))
}

// constant writes a value.
func constant(value any) cel {
	switch v := value.(type) {
	case nil:
		return atom("null", "null")
	case string:
		return atom("text", "%s", quote(v))
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
			items = append(items, constant(one).src)
		}
		return atom("list", "[%s]", strings.Join(items, ", "))
	case map[string]any:
		var members []string
		for _, key := range sortedKeys(v) {
			members = append(members, quote(key)+": "+constant(v[key]).src)
		}
		return atom("map", "{%s}", strings.Join(members, ", "))
	}
	return fail("the value %v cannot be written", value)
}

// cond writes then if condition else otherwise.
func (s *scene) cond(v jinja.Cond) cel {
	test := s.with(func(s *scene) { s.safe = true }, func(s *scene) cel { return s.truth(v.If) })
	then, otherwise := s.expr(v.Then), atom("null", "null")
	if nothing(v.Else) && !s.safe && !s.joined && guards(v.If, v.Then) {
		return then // nothing, where the condition does not hold
	}
	if v.Else != nil {
		otherwise = s.expr(v.Else)
	}
	switch test.src {
	case "true":
		return then
	case "false":
		return otherwise
	}
	typ := then.typ
	then, otherwise = then.value(), otherwise.value()
	if then.typ != otherwise.typ {
		typ = ""
		if then.typ != "" && otherwise.typ != "" {
			then, otherwise = atom("", "dyn(%s)", then.src), atom("", "dyn(%s)", otherwise.src)
		}
	}
	return cel{src: test.at(rankOr) + " ? " + then.at(rankOr) + " : " + otherwise.at(rankCond), rank: rankCond, typ: typ}
}

// selector matches the names that can stand behind a dot.
var selector = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// keywords are the words of CEL that cannot stand behind a dot.
var keywords = map[string]bool{"in": true, "true": true, "false": true, "null": true}

// raw is an expression that is written already.
type raw struct{ src string }
