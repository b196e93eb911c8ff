package expr_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/expr"
)

func language(t *testing.T) *expr.Language {
	t.Helper()
	l, err := expr.New(10_000, map[string]expr.Type{"item": expr.Any, "settings": expr.Object})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestEval(t *testing.T) {
	t.Parallel()
	values := map[string]any{"item": map[string]any{
		"name": "Ada", "age": int64(36), "rate": 1.5, "tags": []any{"a", "b"}, "seen": "2026-03-01T12:00:00Z", "never": "N/A", "nothing": nil,
	}}
	for source, want := range map[string]any{
		"item.name + '!'":                     "Ada!",
		"item.age + 1":                        int64(37),
		"item.rate":                           1.5,
		"item.tags":                           []any{"a", "b"},
		"{'a': item.age > 30}":                map[string]any{"a": true},
		"time(item.seen)":                     "2026-03-01T12:00:00Z",
		"time(item.never)":                    nil,
		"item.nothing":                        nil,
		"item.missing":                        nil,
		"item.?missing":                       nil,
		"item.?missing.orValue('else')":       "else",
		"settings.unset":                      nil,
		"item.tags.map(x, x.upperAscii())[1]": "B",
		"has(item.missing) ? 'yes' : 'no'":    "no",
		"{'deep': [{'n': item.?name}, null]}": map[string]any{"deep": []any{map[string]any{"n": "Ada"}, nil}},
		"item.name.split('').size() == 3":     true,
		"math.greatest([item.age, 40])":       int64(40),
		"lower(item.name)":                    "ada",
		"upper(item.name)":                    "ADA",
		"lower(item.nothing)":                 nil,
		"first(item.tags)":                    "a",
		"last(item.tags)":                     "b",
		"last([])":                            nil,
		"number('12') + 1":                    int64(13),
		"number(' 1.5 ')":                     1.5,
		"number(item.age)":                    int64(36),
		"unix(item.seen)":                     int64(1772366400),
		"unix(item.never)":                    nil,
		"base64('a:b')":                       "YTpi",
		"sha256('')":                          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"escape('a b&c')":                     "a+b%26c",
		"host('https://api.example.com:8/x')": "api.example.com",
		"parameter('/x?page=2&q=a', 'page')":  "2",
		"parameter('/x?page=2', 'cursor')":    nil,
		"merge({'a': 1, 'b': 2}, {'b': 3})":   map[string]any{"a": int64(1), "b": int64(3)},
		"json('{\"a\":[1]}').a[0] == 1":       true,
		"find([{'k': 'x', 'v': 1}, {'k': 'y', 'v': 2}], 'k', 'y').v": int64(2),
		"find([{'k': 'x'}, 7], 'k', 'z')":                            nil,
		"time(ago('1d')) < time(now())":                              true,
		"item.tags.exists(t, t == 'b')":                              true,
		"rows(item.tags)":                                            []any{"a", "b"},
		"rows({'a': 1})":                                             []any{map[string]any{"a": int64(1)}},
		"rows(item.nothing)":                                         nil,
		"rows(item.missing)":                                         nil,
		"values({'a': 1})":                                           []any{int64(1)},
		"values(item.tags)":                                          []any{"a", "b"},
		"empty(item.nothing)":                                        true,
		"empty(item.?missing)":                                       true,
		"empty(item.missing)":                                        nil,
		"empty([{}, '', 0, false].filter(x, !empty(x)))":             true,
		"empty(item.name) || empty(item.age) || empty(item.tags)":    false,
		"sha256({'b': 1, 'a': [null]}) == sha256('{\"a\":[null],\"b\":1}')": true,
		"written(item.seen, 'date')":                                        "2026-03-01",
		"written(item.seen, 'unix_ms')":                                     int64(1772366400000),
		"written(item.seen, '02/01/2006 15:04')":                            "01/03/2026 12:00",
		"written(item.never, 'unix')":                                       nil,
		"extract('a=1&next=xy', 'next=([a-z]+)')":                           "xy",
		"extract(item.nothing, '(x)')":                                      nil,
		"extract('b', '(x)')":                                               nil,
		"message({'errors': [{'detail': 'gone'}, 'off'], 'x': 'y'})":        "gone, off",
		"message(item.tags)":                                                "a, b",
		"atLeast('26.1', '26')":                                             true,
		"atLeast('9.10', '9.9')":                                            true,
		"atLeast('10.0.22631', '10.0.26100')":                               false,
		"atLeast('14', '14.0.0')":                                           true,
		"atLeast('v2.3 (beta)', '2.4')":                                     false,
		"item.nothing.?more":                                                nil,
		"item.nothing.more":                                                 nil,
		"item.?nothing.?more.orValue('else')":                               "else",
	} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			p, err := language(t).Compile(source)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Eval(t.Context(), values)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestWhatIsAbsentDecidesNothing: an expression whose result depends on what could not be
// read yields nothing, never no.
func TestWhatIsAbsentDecidesNothing(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]any{
		"item.size() > 0": nil, "has(item.x)": nil, "item.?x.orValue(false)": nil, "item": nil, "[item]": nil,
		"settings.yes || item.x": true, "!settings.yes && item.x": false, "settings.yes && item.x": nil,
		"item.exists(i, i == 1) ? 'yes' : 'no'": nil,
		"item.distinct()":                       nil, "item.flatten().sort()": nil, "item.map(i, i.name).sortBy(n, n).reverse()": nil,
	} {
		p, err := language(t).Compile(source)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Eval(t.Context(), map[string]any{"item": expr.Absent{}, "settings": map[string]any{"yes": true}})
		if err != nil || got != want {
			t.Errorf("%s yields %v, %v; want %v", source, got, err, want)
		}
	}
}

func TestAnErrorNamesTheExpression(t *testing.T) {
	t.Parallel()
	p, err := language(t).Compile("time('1999-1')")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Eval(t.Context(), nil); err == nil || err.Error() != "time('1999-1'): 1999-1 is no time" {
		t.Errorf("error %v", err)
	}
}

func TestMistakesHaveAPosition(t *testing.T) {
	t.Parallel()
	for source, rest := range map[string]string{
		"item.name +":                       "",
		"item.a + unknown":                  "unknown",
		"'é' + unknown":                     "unknown",
		"item.a +\n  item.b +\n  unknown.c": "unknown.c",
	} {
		_, err := language(t).Compile(source)
		var mistake *expr.Error
		if !errors.As(err, &mistake) {
			t.Errorf("%q: %v is no *Error", source, err)
			continue
		}
		if got := source[mistake.Offset:]; got != rest {
			t.Errorf("%q: the mistake is at %q, want %q", source, got, rest)
		}
	}
}

func TestAnEvaluationIsBounded(t *testing.T) {
	t.Parallel()
	p, err := language(t).Compile("item.all(a, item.all(b, item.all(c, a + b + c >= 0)))")
	if err != nil {
		t.Fatal(err)
	}
	many := make([]any, 100)
	for i := range many {
		many[i] = int64(i)
	}
	if _, err := p.Eval(t.Context(), map[string]any{"item": many}); err == nil {
		t.Error("a million steps were within a cost of 10,000")
	}
	for _, source := range []string{
		"item.distinct()", "lists.range(20).all(n, item.sort().size() > 0)", "lists.range(20).all(n, item.sortBy(a, -a).size() > 0)",
	} {
		p, err := language(t).Compile(source)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Eval(t.Context(), map[string]any{"item": many}); err == nil {
			t.Errorf("%s was within a cost of 10,000", source)
		}
	}
	ended := errors.New("the run is over")
	ctx, end := context.WithCancelCause(t.Context())
	end(ended)
	if _, err := p.Eval(ctx, map[string]any{"item": many}); !errors.Is(err, ended) {
		t.Errorf("after the end: %v", err)
	}
}

func TestSyntax(t *testing.T) {
	t.Parallel()
	p, err := language(t).Compile("settings.a == '' ? 'x' : has(settings.b) ? item.?c.orValue(4) : null")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{"x", int64(4)}, p.Literals()); diff != "" {
		t.Errorf("literals (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a"}, p.Members("settings")); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
}

func TestVariablesAndPaths(t *testing.T) {
	t.Parallel()
	p, err := language(t).Compile(`item.owner.email + item["plan"].?name.orValue("") + (has(item.x) ? settings.a : "") + item.list[0].id`)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"item", "settings"}, p.Variables()); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]string{{"owner", "email"}, {"plan", "name"}, {"x"}, {"list"}}, p.Paths("item")); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
}

func TestRangesAndWhatIsAround(t *testing.T) {
	t.Parallel()
	p, err := language(t).Compile(`item.users.filter(u, u.on).map(v, v.roles.map(r, r.name))`)
	if err != nil {
		t.Fatal(err)
	}
	want := []expr.Range{{Variable: "v", Of: "item", Path: []string{"users"}}, {Variable: "u", Of: "item", Path: []string{"users"}},
		{Variable: "r", Of: "v", Path: []string{"roles"}}}
	if diff := cmp.Diff(want, p.Ranges()); diff != "" {
		t.Errorf("ranges (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"users", "on", "roles", "name"}, p.Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if held, ok := p.Around("item", "x"); ok {
		t.Errorf("%v is around an expression that does more than select", held)
	}
	if p, err = language(t).Compile(`first(item.pages).lists[1].?rows.orValue([])`); err != nil {
		t.Fatal(err)
	}
	held, ok := p.Around("item", "x")
	around := map[string]any{"pages": []any{map[string]any{"lists": []any{map[string]any{}, map[string]any{"rows": "x"}}}}}
	if diff := cmp.Diff(any(around), held); diff != "" || !ok {
		t.Errorf("around (-want +got):\n%s", diff)
	}
}
