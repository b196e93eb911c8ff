package simulate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/sdk/expr"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// moment is when everything in a simulated system happened.
const moment = "2026-03-01T12:00:00Z"

// item makes a record of a stream as the system has it. Name is unique among the items.
// Below are the streams that are read for each item of this one; origin is the address of
// the system, for requests whose address an item holds.
func item(ctx context.Context, s *plan.Stream, below []*plan.Stream, in plan.Scope, name, origin string, number int) any {
	form := s.Request.Answer
	row := shape{variable: "item", value: map[string]any{}, textual: form == "csv" || form == "xml"}
	for _, d := range s.Details {
		in[d.File.As] = expr.Absent{}
	}
	for _, j := range s.Joins {
		in[j.File.As] = expr.Absent{}
	}
	row.inner = innerOf(s)
	for _, path := range row.inner {
		row.value = put(row.value, path, map[string]any{})
	}
	texts := []any{name, int64(number + 1)}
	if !row.solve(ctx, s.Key, in, texts, func(v any) bool {
		return v != nil && v != "" && fmt.Sprint(v) != "true" && strings.Contains(fmt.Sprint(v), fmt.Sprint(texts[0]))
	}) {
		row.set([]string{"name"}, name) // the key is made of the whole item
	}
	row.solve(ctx, s.Removed, in, nil, func(v any) bool { return v != true })
	if !s.WhereNeedsDetails {
		row.solve(ctx, s.Where, in, texts, func(v any) bool { return v == true })
	}
	if s.Incremental != nil {
		row.solve(ctx, s.Incremental.Cursor, in, []any{moment}, func(v any) bool { return v == moment })
	}
	fields := slices.Clone(kind.Fields(kind.Kind(s.File.Kind)))
	slices.SortStableFunc(fields, func(a, b kind.Field) int { // a word may ask whether a moment is there
		return cmp.Compare(order(a), order(b))
	})
	for _, field := range fields {
		row.solve(ctx, s.Fields[field.Name], in, candidates(field, name, number), func(v any) bool { return suits(field, v) })
	}
	for _, j := range s.Joins {
		row.solve(ctx, j.Key, in, texts, func(v any) bool { return v != nil && v != "" })
	}
	for _, d := range s.Details {
		row.solve(ctx, d.When, in, texts, func(v any) bool { return v == true })
		for _, e := range slices.Concat(d.Request.Path.Exprs(), d.Request.URL.Exprs()) {
			row.solve(ctx, e, in, texts, func(v any) bool { return v != nil && v != "" })
		}
	}
	for _, child := range below {
		row.variable = child.Each.As
		row.solve(ctx, child.Each.Where, in, texts, func(v any) bool { return v == true })
		for _, e := range child.Request.URL.Exprs() {
			row.solve(ctx, e, in, []any{origin}, func(v any) bool { return v != nil && v != "" })
		}
		for _, e := range child.Request.Path.Exprs() {
			row.solve(ctx, e, in, texts, func(v any) bool { return v != nil && v != "" })
		}
		for _, p := range child.Request.Query {
			for _, e := range p.Values[0].Exprs() {
				row.solve(ctx, e, in, texts, func(v any) bool { return v != nil && v != "" })
			}
		}
	}
	return row.value
}

func order(f kind.Field) int {
	switch f.Type {
	case kind.FieldTime:
		return 0
	case kind.FieldWord:
		return 1
	case kind.FieldList:
		return 3
	}
	return 2
}

// innerOf returns the members of an item that have members themselves, as the stream reads them.
func innerOf(s *plan.Stream) (inner [][]string) {
	all := []plan.Expr{s.Key, s.Where, s.Removed}
	for _, e := range s.Fields {
		all = append(all, e)
	}
	for _, e := range all {
		if !e.Set() {
			continue
		}
		for _, path := range e.Program().Paths("item") {
			for n := 1; n < len(path); n++ {
				if !slices.ContainsFunc(inner, func(known []string) bool { return slices.Equal(known, path[:n]) }) {
					inner = append(inner, path[:n])
				}
			}
		}
	}
	slices.SortFunc(inner, slices.Compare[[]string])
	return inner
}

// joined makes an item of a join, for the record with this item.
func joined(ctx context.Context, s *plan.Stream, j *plan.Join, in plan.Scope, of any, name string, number int) any {
	row := shape{variable: "item", value: map[string]any{}}
	key, err := j.Key.Value(ctx, in.With(plan.Scope{"item": of}))
	if err == nil && key != nil {
		row.solve(ctx, j.By, in, []any{key}, func(v any) bool { return fmt.Sprint(v) == fmt.Sprint(key) })
	}
	if j.Gives.Set() || j.File.Many {
		given := []any{name, moment}
		if fits(ctx, s, j, in.With(plan.Scope{"item": of}), moment) > fits(ctx, s, j, in.With(plan.Scope{"item": of}), name) {
			given = []any{moment}
		}
		row.solve(ctx, j.Gives, in, given, func(v any) bool { return v != nil && v != "" })
		return row.value
	}
	row.variable = j.File.As
	for _, field := range kind.Fields(kind.Kind(s.File.Kind)) {
		if e := s.Fields[field.Name]; e.Set() && slices.Contains(e.Program().Variables(), j.File.As) {
			row.solve(ctx, e, in.With(plan.Scope{"item": of}), candidates(field, name, number), func(v any) bool { return suits(field, v) })
		}
	}
	return row.value
}

// fits returns how many fields are known when each item of a join gives a value.
func fits(ctx context.Context, s *plan.Stream, j *plan.Join, in plan.Scope, given any) (known int) {
	if j.File.Many {
		given = []any{given}
	}
	for _, field := range kind.Fields(kind.Kind(s.File.Kind)) {
		e := s.Fields[field.Name]
		if !e.Set() || !slices.Contains(e.Program().Variables(), j.File.As) {
			continue
		}
		if value, err := e.Value(ctx, in.With(plan.Scope{j.File.As: given})); err == nil && suits(field, value) {
			known++
		}
	}
	return known
}

// candidates are likely values of what a field is made of.
func candidates(f kind.Field, name string, number int) (all []any) {
	switch f.Type {
	case kind.FieldTime:
		all = append(all, moment, int64(1772366400))
	case kind.FieldNumber:
		all = append(all, int64(number+1))
	case kind.FieldList:
		if isTable(f) {
			return []any{map[string]any{"one": "two"}, []any{map[string]any{"key": "one", "value": "two"}}}
		}
		all = append(all, []any{"one", "two"}, []any{map[string]any{"id": "1", "name": "one"}})
	case kind.FieldWord:
		if slices.Contains(f.Words, "yes") {
			all = append(all, number%2 == 0)
		}
		for _, word := range f.Words {
			all = append(all, word)
		}
	default:
		if strings.Contains(f.Name, "email") || f.Name == "username" {
			return []any{name + "@example.com"}
		}
		all = append(all, f.Name+" of "+name)
	}
	return all
}

// isTable reports whether a field has names and values; its type is that of a list, too.
func isTable(f kind.Field) bool { return f.Name == "tags" || f.Name == "fields" }

// suits reports whether a field takes a value that says something.
func suits(f kind.Field, value any) bool {
	switch f.Type {
	case kind.FieldTime:
		at, err := kind.ParseTime(fmt.Sprint(value))
		return value != nil && err == nil && !at.IsZero()
	case kind.FieldWord:
		if truth, isTruth := value.(bool); isTruth {
			return slices.Contains(f.Words, kind.TriOf(truth).String())
		}
		return value != "unknown" && slices.Contains(f.Words, fmt.Sprint(value))
	case kind.FieldNumber:
		_, whole := value.(int64)
		return whole
	case kind.FieldList:
		if _, isObject := value.(map[string]any); isTable(f) {
			return isObject
		}
		list, isList := value.([]any)
		return isList && !slices.ContainsFunc(list, func(v any) bool { _, text := v.(string); return !text })
	}
	text, isText := value.(string)
	return isText && text != ""
}
