package jinja_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/jinja"
)

func TestExpressionsAreRead(t *testing.T) {
	t.Parallel()
	name := func(n string) jinja.Node { return jinja.Name{Name: n} }
	value := func(v any) jinja.Node { return jinja.Literal{Value: v} }
	for source, want := range map[string]jinja.Node{
		"a.b['c'][0]": jinja.Item{Of: jinja.Item{Of: jinja.Attr{Of: name("a"), Name: "b"}, Index: value("c")}, Index: value(int64(0))},
		"a or b and not c": jinja.Binary{Op: "or", Left: name("a"),
			Right: jinja.Binary{Op: "and", Left: name("b"), Right: jinja.Unary{Op: "not", Of: name("c")}}},
		"1 + 2 * -3": jinja.Binary{Op: "+", Left: value(int64(1)),
			Right: jinja.Binary{Op: "*", Left: value(int64(2)), Right: value(int64(-3))}},
		"'x' not in y":     jinja.Binary{Op: "not in", Left: value("x"), Right: name("y")},
		"a if b else None": jinja.Cond{If: name("b"), Then: name("a"), Else: value(nil)},
		"f(1, k=2)|g('h')": jinja.Filter{Of: jinja.Call{Of: name("f"), Args: []jinja.Node{value(int64(1))},
			Named: map[string]jinja.Node{"k": value(int64(2))}}, Name: "g", Args: []jinja.Node{value("h")}},
		"a is not none": jinja.Test{Of: name("a"), Name: "none", Not: true},
		"[1, {'a': b}]": jinja.List{Items: []jinja.Node{value(int64(1)),
			jinja.Dict{Keys: []jinja.Node{value("a")}, Values: []jinja.Node{name("b")}}}},
		`"a\d\"" 'b'`: value(`a\d"b`),
		"a[1:]":       jinja.Slice{Of: name("a"), From: value(int64(1))},
	} {
		got, err := jinja.Expression(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", source, diff)
		}
	}
}

func TestTemplatesAreRead(t *testing.T) {
	t.Parallel()
	for source, want := range map[string][]jinja.Node{
		"a {{ b }} c":         {jinja.Literal{Value: "a "}, jinja.Name{Name: "b"}, jinja.Literal{Value: " c"}},
		"{{ '{' }}x{# no #}y": {jinja.Literal{Value: "{xy"}},
		"{ {{- a -}} }":       {jinja.Literal{Value: "{"}, jinja.Name{Name: "a"}, jinja.Literal{Value: "}"}},
		"{{ {'a': {}}['a'] }}": {jinja.Item{
			Of:    jinja.Dict{Keys: []jinja.Node{jinja.Literal{Value: "a"}}, Values: []jinja.Node{jinja.Dict{}}},
			Index: jinja.Literal{Value: "a"},
		}},
		"{% if a %}b{% endif %}": {jinja.Cond{If: jinja.Name{Name: "a"}, Then: jinja.Template{Parts: []jinja.Node{jinja.Literal{Value: "b"}}},
			Else: jinja.Literal{Value: ""}}},
	} {
		got, err := jinja.Parse(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if diff := cmp.Diff(want, got.Parts); diff != "" {
			t.Errorf("%s: -want +got:\n%s", source, diff)
		}
	}
}

func TestMistakesAreNamed(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"{{ a":                           "not closed by }}",
		"{{ a b }}":                      `"b" was not expected`,
		"{{ 'a }}":                       "not closed",
		"{{ a[ }}":                       "a value was expected",
		"{{ f(a b) }}":                   `")" was expected`,
		"{{ a § b }}":                    "is not known",
		"{% if a %}b":                    "has no {% endif %}",
		"b{% endif %}":                   "has no beginning",
		"{% set a = 1 %}":                "{% set %} is not translated",
		"{{ " + strings.Repeat("(", 100): "nested too deep",
	} {
		_, err := jinja.Parse(source + map[bool]string{true: " }}"}[strings.HasSuffix(source, "(")])
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", source, err, want)
		}
	}
}
