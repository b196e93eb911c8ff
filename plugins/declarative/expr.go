package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/ext"
)

// maxCost bounds one evaluation, so that an expression cannot keep a run busy.
const maxCost = 1_000_000

// language compiles the expressions of a manifest.
type language struct {
	env     *cel.Env
	known   []string // settings that expressions see
	secrets []string
}

func newLanguage(settings []setting) (*language, error) {
	env, err := cel.NewEnv(
		cel.Variable("item", cel.DynType), cel.Variable("response", cel.DynType), cel.Variable("settings", cel.MapType(cel.StringType, cel.DynType)),
		cel.OptionalTypes(), ext.Strings(), ext.Lists(), ext.Math(),
		cel.Function("time",
			cel.Overload("time_any", []*cel.Type{cel.DynType}, cel.DynType, cel.UnaryBinding(toTime))),
	)
	if err != nil {
		return nil, fmt.Errorf("make language: %w", err)
	}
	l := &language{env: env}
	for _, s := range settings {
		if s.Secret {
			l.secrets = append(l.secrets, s.Name)
		} else {
			l.known = append(l.known, s.Name)
		}
	}
	return l, nil
}

// toTime reads what vendors write for a moment: RFC 3339, a date, or seconds or
// milliseconds since 1970. Nothing, and a word for nothing, is nothing.
func toTime(value ref.Val) ref.Val {
	if value.Type() == types.NullType || types.IsUnknownOrError(value) {
		return value
	}
	switch v := value.Value().(type) {
	case time.Time:
		return moment(v)
	case string:
		text := strings.TrimSpace(v)
		if isNever(text) {
			return types.NullValue
		}
		for _, layout := range []string{
			time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00",
			"2006-01-02T15:04:05Z0700", time.DateOnly,
		} {
			if at, err := time.Parse(layout, strings.TrimSuffix(text, " UTC")); err == nil {
				return moment(at)
			}
		}
	case int64:
		if v > 100_000_000_000 { // seconds reach that in the year 5138
			return moment(time.UnixMilli(v))
		}
		return moment(time.Unix(v, 0))
	case float64:
		if math.Abs(v) < 1e14 {
			return moment(time.UnixMilli(int64(math.Round(v * 1000))))
		}
	}
	return types.NewErr("%v is no time", value.Value())
}

// moment returns a time, or nothing for the first moments of the calendars of Go,
// .NET and Unix, which stand for no time.
func moment(at time.Time) ref.Val {
	switch {
	case at.Unix() == 0, at.UTC().Year() <= 1:
		return types.NullValue
	case at.UTC().Year() > 9999:
		return types.NewErr("a time after the year 9999 is none")
	}
	return types.Timestamp{Time: at}
}

// isNever reports whether a text says that there is no time.
func isNever(text string) bool {
	switch strings.ToLower(strings.Trim(text, "-–—()<># ")) {
	case "", "never", "n/a", "na", "none", "null", "nil", "unknown", "not set", "no_information", "not_supported", "not available", "not applicable":
		return true
	}
	return strings.Trim(text, "0-/ :TZ.") == ""
}

// compiled is an expression that can be evaluated. The zero value yields nothing.
type compiled struct {
	program cel.Program
	source  expression
	results []any // literals that it may yield
}

// compile returns an error that begins with the line.
func (l *language) compile(e expression) (compiled, error) {
	if e.source == "" {
		return compiled{}, nil
	}
	ast, issues := l.env.Compile(e.source)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		return compiled{}, fmt.Errorf("line %d: %s (at %q)", e.line, first.Message, clipTo(e.source, first.Location.Column()))
	}
	for _, name := range settingsOf(ast) {
		switch {
		case slices.Contains(l.secrets, name):
			return compiled{}, fmt.Errorf("line %d: settings.%s is a secret, which expressions do not see; auth names it", e.line, name)
		case !slices.Contains(l.known, name):
			return compiled{}, fmt.Errorf("line %d: there is no setting %q", e.line, name)
		}
	}
	program, err := l.env.Program(ast, cel.CostLimit(maxCost), cel.InterruptCheckFrequency(1000))
	if err != nil {
		return compiled{}, fmt.Errorf("line %d: %w", e.line, err)
	}
	return compiled{program: program, source: e, results: results(ast.NativeRep().Expr())}, nil
}

func clipTo(source string, column int) string {
	if column < 0 || column >= len(source) {
		return source
	}
	return source[column:]
}

// scope is what an expression sees.
type scope map[string]any

// value evaluates an expression. What a record does not have, and null, are nil.
func (c compiled) value(ctx context.Context, in scope) (any, error) {
	if c.program == nil {
		return nil, nil
	}
	for _, name := range []string{"item", "response", "settings"} {
		if _, set := in[name]; !set {
			in[name] = map[string]any{}
		}
	}
	out, _, err := c.program.ContextEval(ctx, map[string]any(in))
	if err != nil {
		if strings.Contains(err.Error(), "no such key") {
			return nil, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("line %d: %s: %w", c.source.line, c.source.source, err)
	}
	return native(out)
}

// native returns a result as JSON has it.
func native(value ref.Val) (any, error) {
	if optional, ok := value.(*types.Optional); ok {
		if !optional.HasValue() {
			return nil, nil
		}
		value = optional.GetValue()
	}
	switch v := value.(type) {
	case types.Null:
		return nil, nil
	case types.Timestamp:
		return v.UTC().Format(time.RFC3339Nano), nil
	case types.Bool, types.Int, types.Uint, types.Double, types.String:
		return value.Value(), nil
	}
	switch v := value.(type) {
	case traits.Mapper:
		return nativeMap(v)
	case traits.Lister:
		return nativeList(v)
	}
	if types.IsUnknownOrError(value) {
		return nil, fmt.Errorf("%v", value)
	}
	return nil, fmt.Errorf("a %s cannot be sent", value.Type().TypeName())
}

func nativeMap(m traits.Mapper) (any, error) {
	object := map[string]any{}
	for keys := m.Iterator(); keys.HasNext() == types.True; {
		key := keys.Next()
		member, err := native(m.Get(key))
		if err != nil {
			return nil, err
		}
		object[fmt.Sprint(key.Value())] = member
	}
	return object, nil
}

func nativeList(l traits.Lister) (any, error) {
	list := []any{}
	for members := l.Iterator(); members.HasNext() == types.True; {
		member, err := native(members.Next())
		if err != nil {
			return nil, err
		}
		list = append(list, member)
	}
	return list, nil
}

// words is text with its expressions compiled: literal and value in turn.
type words struct {
	literals []string // one more than values
	values   []compiled
}

func (l *language) words(t text) (words, error) {
	var w words
	rest := t.source
	for {
		before, after, found := strings.Cut(rest, "{{")
		w.literals = append(w.literals, before)
		if !found {
			return w, nil
		}
		inside, after, closed := strings.Cut(after, "}}")
		if !closed {
			return w, fmt.Errorf("line %d: {{ is not closed by }}", t.line)
		}
		c, err := l.compile(expression{source: strings.TrimSpace(inside), line: t.line})
		if err != nil {
			return w, err
		}
		w.values, rest = append(w.values, c), after
	}
}

// in returns the text. An expression in it that yields nothing is an error: half
// an address is not one.
func (w words) in(ctx context.Context, s scope) (string, error) {
	var b strings.Builder
	for i, literal := range w.literals {
		b.WriteString(literal)
		if i == len(w.values) {
			break
		}
		value, err := w.values[i].value(ctx, s)
		if err != nil {
			return "", err
		}
		if value == nil {
			return "", errors.New(w.values[i].source.source + " yields nothing")
		}
		fmt.Fprint(&b, value)
	}
	return b.String(), nil
}
