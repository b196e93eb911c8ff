package vendor

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/plumbline-dev/plumbline/plugins/internal/company"
	"github.com/plumbline-dev/plumbline/sdk/expr"
)

// scope holds the values of the variables of an expression.
type scope map[string]any

func (s scope) with(more scope) scope {
	all := make(scope, len(s)+len(more))
	maps.Copy(all, s)
	maps.Copy(all, more)
	return all
}

// maxCost limits one evaluation. Answers map pages of items, so it is larger than for a connector.
const maxCost = 100_000_000

// languageOf returns a language with these variables.
func languageOf(names ...string) func() (*expr.Language, error) {
	return sync.OnceValues(func() (*expr.Language, error) {
		variables := map[string]expr.Type{}
		for _, name := range names {
			variables[name] = expr.Any
		}
		return expr.New(maxCost, variables)
	})
}

// The languages of the parts of a file.
var (
	givenLanguage = languageOf("settings", "secrets", "private_key")
	itemLanguage  = languageOf("settings", "missing", "n", "parent", "row")
	askedNames    = []string{"settings", "secrets", "missing", "method", "host", "path", "params", "query", "headers", "cookies", "body"}
	askedLanguage = languageOf(askedNames...)
	rowLanguage   = languageOf(append(slices.Clone(askedNames), "item", "parent", "n", "row")...)
	replyLanguage = languageOf(append(slices.Clone(askedNames),
		"item", "parent", "n", "row", "items", "rows", "next", "more", "total", "page", "pages", "size", "offset")...)
	factLanguage = languageOf("settings", "missing", "item", "parent", "n", "row")
)

// expression is a compiled expression. The zero value yields nothing.
type expression struct {
	program *expr.Program
	name    string // of the variable that is the whole expression
	line    int
}

func (e expression) set() bool { return e.program != nil }

func (e expression) value(in scope) (any, error) {
	if e.program == nil {
		return nil, nil
	}
	if e.name != "" {
		return in[e.name], nil
	}
	if all, ok := in["items"].(rows); ok {
		in = in.with(scope{"items": all.items(), "rows": all.from()})
	}
	value, err := e.program.Eval(context.Background(), in)
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", e.line, err)
	}
	return value, nil
}

// text is words with expressions; literals and values alternate.
type text struct {
	literals []string
	values   []expression
}

func (t text) value(in scope) (any, error) {
	if len(t.values) == 1 && t.literals[0] == "" && t.literals[1] == "" {
		return t.values[0].value(in)
	}
	var b strings.Builder
	for i, literal := range t.literals {
		b.WriteString(literal)
		if i == len(t.values) {
			break
		}
		value, err := t.values[i].value(in)
		if err != nil {
			return nil, err
		}
		if value != nil {
			fmt.Fprint(&b, value)
		}
	}
	return b.String(), nil
}

// tree is a value whose texts may hold expressions. The zero value is absent.
type tree struct {
	given   bool
	plain   any
	text    *text
	list    []tree
	members map[string]tree
}

func (t tree) value(in scope) (any, error) {
	switch {
	case t.text != nil:
		return t.text.value(in)
	case t.members != nil:
		object := make(map[string]any, len(t.members))
		for name, member := range t.members {
			value, err := member.value(in)
			if err != nil {
				return nil, err
			}
			object[name] = value
		}
		return object, nil
	case t.list != nil:
		list := make([]any, len(t.list))
		for i, member := range t.list {
			var err error
			if list[i], err = member.value(in); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	return t.plain, nil
}

// word finds names and texts. CEL gives both branches of a condition one type, which null is not; an
// item of a vendor is often null, so null stands for dyn(null).
var word = regexp.MustCompile(`'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[A-Za-z_][A-Za-z_0-9]*`)

// expression compiles an expression.
func (c *compiler) expression(s source, language func() (*expr.Language, error)) expression {
	if s.text == "" {
		return expression{}
	}
	l, err := language()
	if err != nil {
		c.add(s.line, "%v", err)
		return expression{}
	}
	program, err := l.Compile(word.ReplaceAllStringFunc(s.text, func(found string) string {
		if found == "null" {
			return "dyn(null)"
		}
		return found
	}))
	if err != nil {
		c.add(s.line, "%v", err)
		return expression{}
	}
	c.columns(program, s.line)
	e := expression{program: program, line: s.line}
	if names := program.Variables(); len(names) == 1 && names[0] == s.text {
		e.name = s.text
	}
	return e
}

// columns checks that the rows which an expression sees have the columns that it names.
func (c *compiler) columns(program *expr.Program, line int) {
	if c.table == "" || company.Check(c.table) != nil {
		return
	}
	known := company.Columns(c.table)
	for _, path := range program.Paths("row") {
		if len(path) > 0 && !slices.Contains(known, path[0]) {
			c.add(line, "%s has no column %q; it has %s", c.table, path[0], strings.Join(known, ", "))
		}
	}
}

// tree compiles a value.
func (c *compiler) tree(n node, language func() (*expr.Language, error)) tree {
	if n.Node == nil {
		return tree{}
	}
	from := n.Node
	if from.Kind == yaml.AliasNode {
		from = from.Alias
	}
	t := tree{given: true}
	switch from.Kind {
	case yaml.MappingNode:
		t.members = map[string]tree{}
		for i := 0; i+1 < len(from.Content); i += 2 {
			key := from.Content[i]
			if _, twice := t.members[key.Value]; twice {
				c.add(key.Line, "the key %q is written twice here", key.Value)
			}
			t.members[key.Value] = c.tree(node{from.Content[i+1]}, language)
		}
	case yaml.SequenceNode:
		t.list = []tree{}
		for _, one := range from.Content {
			t.list = append(t.list, c.tree(node{one}, language))
		}
	default:
		switch from.ShortTag() {
		case "!!str":
			t.text = c.text(from, language)
		case "!!timestamp":
			t.plain = from.Value
		default:
			if err := from.Decode(&t.plain); err != nil {
				c.add(from.Line, "%s cannot be read", from.Value)
			}
			if whole, ok := t.plain.(int); ok {
				t.plain = int64(whole)
			}
		}
	}
	return t
}

// text compiles the expressions of a text.
func (c *compiler) text(from *yaml.Node, language func() (*expr.Language, error)) *text {
	var t text
	rest := from.Value
	for {
		before, after, found := strings.Cut(rest, "{{")
		t.literals = append(t.literals, before)
		if !found {
			return &t
		}
		inside, after, closed := strings.Cut(after, "}}")
		if !closed || strings.TrimSpace(inside) == "" {
			c.add(from.Line, "{{ is not closed by }}, or has no expression")
			return &t
		}
		t.values = append(t.values, c.expression(source{strings.TrimSpace(inside), from.Line}, language))
		rest = after
	}
}
