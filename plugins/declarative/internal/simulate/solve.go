package simulate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
)

// maxTries bounds the search for one expression.
const maxTries = 3000

// shape is a value that is being made for one variable of expressions.
type shape struct {
	variable string
	textual  bool // its form, csv or XML, has texts alone
	value    any
	fixed    []string   // the paths that have their value
	inner    [][]string // the paths of objects, whose members get values
}

// solve gives the members that an expression reads values until it yields what is wanted.
// It changes no member that was fixed before.
func (s *shape) solve(ctx context.Context, e plan.Expr, in plan.Scope, candidates []any, wanted func(value any) bool) bool {
	if !e.Set() {
		return false
	}
	yields := func() bool {
		value, err := e.Value(ctx, in.With(plan.Scope{s.variable: s.value}))
		return err == nil && wanted(value)
	}
	var free [][]string
	for _, path := range e.Program().Paths(s.variable) {
		isInner := slices.ContainsFunc(s.inner, func(inner []string) bool { return slices.Equal(inner, path) })
		if !s.isFixed(path) && !isInner {
			free = append(free, path)
		}
	}
	for _, text := range e.Program().Constants() {
		candidates = append(candidates, text)
	}
	before := s.value
	for _, path := range free[min(len(free), 3):] { // the search is over the first ones
		s.value = put(s.value, path, "one")
		for _, r := range e.Program().Ranges() {
			if r.Of == s.variable && slices.Equal(r.Path, path) {
				s.value = put(s.value, path, map[string]any{})
			}
		}
	}
	candidates = append(slices.Clip(candidates), true, false, int64(1), "", []any{}, map[string]any{})
	for i, candidate := range candidates {
		switch candidate.(type) {
		case bool, int64:
			if s.textual {
				candidates[i] = fmt.Sprint(candidate)
			}
		}
	}
	if len(free) > 0 && s.search(free[:min(len(free), 3)], candidates, yields, new(int)) || s.searchLists(free, e, yields) || yields() {
		for _, path := range free {
			s.fixed = append(s.fixed, strings.Join(path, "\x00"))
		}
		return true
	}
	s.value = before
	return false
}

// searchLists tries lists of one object with the members that the expression reads of the items of
// lists.
func (s *shape) searchLists(free [][]string, e plan.Expr, yields func() bool) bool {
	names := e.Program().Names()
	for _, path := range free {
		names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(path, name) })
	}
	values := []any{"one", moment, true, false}
	for _, text := range e.Program().Constants() {
		values = append(values, text)
	}
	values = values[:min(len(values), 16)]
	var paths [][]string
	for _, r := range e.Program().Ranges() {
		paths = append(paths, e.Program().Paths(r.Variable)...)
	}
	for _, name := range names {
		if !slices.ContainsFunc(paths, func(path []string) bool { return slices.Contains(path, name) }) {
			paths = append(paths, []string{name})
		}
	}
	if len(paths) == 0 || len(paths) > 5 || s.textual {
		return false
	}
	before := s.value
	for _, path := range free[:min(len(free), 3)] {
		one := shape{value: map[string]any{}}
		if one.search(paths, values, func() bool {
			s.value = put(before, path, []any{one.value})
			return yields()
		}, new(int)) {
			return true
		}
	}
	s.value = before
	return false
}

// search tries the candidates for the first path with all those for the others.
func (s *shape) search(free [][]string, candidates []any, yields func() bool, tries *int) bool {
	if len(free) == 0 {
		*tries++
		return yields()
	}
	before := s.value
	for _, candidate := range candidates {
		if *tries > maxTries {
			break
		}
		s.value = put(before, free[0], candidate)
		if s.search(free[1:], candidates, yields, tries) {
			return true
		}
	}
	s.value = before
	return false
}

// isFixed reports whether a path, or one that it leads through or to, has its value.
func (s *shape) isFixed(path []string) bool {
	joined := strings.Join(path, "\x00")
	return slices.ContainsFunc(s.fixed, func(fixed string) bool {
		return fixed == joined || strings.HasPrefix(joined, fixed+"\x00") || strings.HasPrefix(fixed, joined+"\x00")
	})
}

// set gives a path its value for good.
func (s *shape) set(path []string, value any) {
	s.value = put(s.value, path, value)
	s.fixed = append(s.fixed, strings.Join(path, "\x00"))
}

// put returns a value with a member, at any depth, set. The value itself is not changed.
func put(value any, path []string, member any) any {
	if len(path) == 0 {
		return member
	}
	object := map[string]any{}
	if known, ok := value.(map[string]any); ok {
		for name, one := range known {
			object[name] = one
		}
	}
	object[path[0]] = put(object[path[0]], path[1:], member)
	return object
}
