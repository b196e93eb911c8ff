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
		"item.name +":                       "item.name +",
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
