package simulate

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/plan"
	"github.com/plumbline-dev/plumbline/sdk/expr"
)

// raw returns a row of the answer of which the expression for the records makes an item that is like
// made. An expression that only selects the list takes the item itself.
func (s *System) raw(ctx context.Context, stream *plan.Stream, in plan.Scope, made any) any {
	item, isObject := made.(map[string]any)
	ranges := stream.Records.Program().Ranges()
	if !isObject || len(ranges) == 0 {
		return made
	}
	members := leaves(item, nil)
	score := func(row any) int { return s.likeness(ctx, stream, in, row, item) }
	best, most := made, score(made)
	keep := func(row any) {
		if most <= len(members) {
			if n := score(row); n > most {
				best, most = row, n
			}
		}
	}
	paths, lists := rowPaths(stream, ranges)
	children := []any{[]any{made}, []any{}}
	for _, one := range members {
		if text, ok := one.value.(string); ok {
			children = append(children, []any{text})
		}
	}
	fillings := []any{map[string]any{}, true, "one", int64(1)}
	for _, text := range stream.Records.Program().Constants() {
		fillings = append(fillings, text)
	}
	fillings = fillings[:min(len(fillings), 12)]
	for _, base := range []any{made, map[string]any{}} {
		for _, filling := range fillings {
			for _, child := range children {
				keep(filled(base, members, paths, lists, filling, child))
			}
		}
	}
	for _, one := range members {
		for _, path := range append(paths, nil) {
			keep(put(best, slices.Concat(path, one.path[len(one.path)-1:]), one.value))
			if path != nil {
				keep(put(best, path, one.value))
			}
		}
	}
	return best
}

// likeness returns how many members of an item the one that is made of a row has, and one more; 0
// when no item is made of it.
func (s *System) likeness(ctx context.Context, stream *plan.Stream, in plan.Scope, row any, item map[string]any) int {
	response := s.holding(ctx, stream, in, []any{row})
	found, err := stream.Records.Value(ctx, in.With(plan.Scope{"response": response.value}))
	list, _ := found.([]any)
	if err != nil || len(list) != 1 {
		return 0
	}
	object, isObject := list[0].(map[string]any)
	if !isObject {
		return 0
	}
	n := 1
	for _, leaf := range leaves(item, nil) {
		var at any = object
		for _, name := range leaf.path {
			members, _ := at.(map[string]any)
			at = members[name]
		}
		if fmt.Sprint(at) == fmt.Sprint(leaf.value) {
			n++
		}
	}
	return n
}

// leaf is a member of an item, at any depth, that is no object.
type leaf struct {
	path  []string
	value any
}

func leaves(value any, path []string) (all []leaf) {
	object, isObject := value.(map[string]any)
	if !isObject || len(object) == 0 {
		return []leaf{{slices.Clone(path), value}}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		all = append(all, leaves(object[name], append(path, name))...)
	}
	return all
}

// rowPaths returns what the expression for the records reads of a row, and which of that is lists.
func rowPaths(stream *plan.Stream, ranges []expr.Range) (paths, lists [][]string) {
	program := stream.Records.Program()
	rows := map[string]bool{}
	for _, r := range ranges {
		if r.Of == "response" {
			rows[r.Variable] = true
		}
	}
	for _, r := range ranges {
		if rows[r.Of] && len(r.Path) > 0 {
			lists = append(lists, r.Path)
		}
	}
	for variable := range rows {
		for _, path := range program.Paths(variable) {
			if !slices.ContainsFunc(paths, func(known []string) bool { return slices.Equal(known, path) }) {
				paths = append(paths, path)
			}
		}
	}
	slices.SortFunc(paths, slices.Compare[[]string])
	return paths, lists
}

// filled returns a row that has all of its paths.
func filled(base any, members []leaf, paths, lists [][]string, filling, child any) any {
	for _, path := range paths {
		named := func(l leaf) bool { return l.path[len(l.path)-1] == path[len(path)-1] }
		leads := func(l leaf) bool { return len(l.path) > len(path) && slices.Equal(l.path[:len(path)], path) }
		if at := slices.IndexFunc(members, named); at >= 0 {
			base = put(base, path, members[at].value)
		} else if object, _ := base.(map[string]any); len(object) == 0 || !slices.ContainsFunc(members, leads) {
			base = put(base, path, filling)
		}
	}
	for _, path := range lists {
		base = put(base, path, child)
	}
	return base
}
