package expr

import (
	"slices"

	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// Literals returns the literals that the expression may yield: the expression itself, a branch of a
// condition, or the argument of orValue.
func (p *Program) Literals() []any { return literals(p.ast.NativeRep().Expr()) }

func literals(e celast.Expr) (found []any) {
	switch e.Kind() {
	case celast.LiteralKind:
		if e.AsLiteral().Type() != types.NullType {
			return []any{e.AsLiteral().Value()}
		}
	case celast.CallKind:
		call := e.AsCall()
		switch call.FunctionName() {
		case operators.Conditional:
			for _, branch := range call.Args()[1:] {
				found = append(found, literals(branch)...)
			}
		case "orValue":
			for _, otherwise := range call.Args() {
				found = append(found, literals(otherwise)...)
			}
		}
	}
	return found
}

// Constants returns every literal text in the expression.
func (p *Program) Constants() (texts []string) {
	celast.PreOrderVisit(p.ast.NativeRep().Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		if e.Kind() == celast.LiteralKind {
			if text, ok := e.AsLiteral().Value().(string); ok {
				texts = append(texts, text)
			}
		}
	}))
	return texts
}

// Members returns the names of the members that the expression reads from a variable.
func (p *Program) Members(variable string) (names []string) {
	celast.PreOrderVisit(p.ast.NativeRep().Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		if e.Kind() != celast.SelectKind || e.AsSelect().IsTestOnly() {
			return
		}
		if of := e.AsSelect().Operand(); of.Kind() == celast.IdentKind && of.AsIdent() == variable {
			names = append(names, e.AsSelect().FieldName())
		}
	}))
	return names
}

// Variables returns the names of the language's variables that the expression reads.
func (p *Program) Variables() (names []string) {
	celast.PreOrderVisit(p.ast.NativeRep().Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		if e.Kind() != celast.IdentKind {
			return
		}
		if _, known := p.variables[e.AsIdent()]; known && !slices.Contains(names, e.AsIdent()) {
			names = append(names, e.AsIdent())
		}
	}))
	return names
}

// Paths returns what the expression reads of a variable, each as the names that lead to
// it: item.owner.email is owner, email. Only the longest of each is in it.
func (p *Program) Paths(variable string) (paths [][]string) {
	inner := map[int64]bool{} // selections that a longer one goes on from
	celast.PreOrderVisit(p.ast.NativeRep().Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		if inner[e.ID()] {
			return
		}
		var names []string
		at := e
		for {
			name, operand, ok := selected(at)
			if !ok {
				break
			}
			names = append(names, name)
			inner[operand.ID()] = true
			at = operand
		}
		if len(names) > 0 && at.Kind() == celast.IdentKind && at.AsIdent() == variable {
			slices.Reverse(names)
			paths = append(paths, names)
		}
	}))
	return paths
}

// selected returns the member that an expression selects and what it selects it from:
// x.name, x.?name, x["name"].
func selected(e celast.Expr) (name string, from celast.Expr, ok bool) {
	switch e.Kind() {
	case celast.SelectKind:
		return e.AsSelect().FieldName(), e.AsSelect().Operand(), true
	case celast.CallKind:
		call := e.AsCall()
		if len(call.Args()) == 2 &&
			(call.FunctionName() == operators.OptSelect || call.FunctionName() == operators.Index || call.FunctionName() == operators.OptIndex) {
			if literal := call.Args()[1]; literal.Kind() == celast.LiteralKind {
				name, ok = literal.AsLiteral().Value().(string)
				return name, call.Args()[0], ok
			}
		}
	}
	return "", nil, false
}

// Names returns the names of all members that the expression reads, of whatever value.
func (p *Program) Names() (names []string) {
	celast.PreOrderVisit(p.ast.NativeRep().Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		if name, _, ok := selected(e); ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}))
	return names
}

// Range says over which members of which variable a variable of the expression runs: in
// response.users.map(u, u.id), u runs over users of response. Path is nil when it runs over
// something else.
type Range struct {
	Variable, Of string
	Path         []string
}

// Ranges returns the variables that the expression itself has, the outer ones first.
func (p *Program) Ranges() (all []Range) {
	celast.PreOrderVisit(p.ast.NativeRep().Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		if e.Kind() != celast.ComprehensionKind {
			return
		}
		r := Range{Variable: e.AsComprehension().IterVar()}
		r.Of, r.Path = origin(e.AsComprehension().IterRange())
		if !slices.ContainsFunc(all, func(known Range) bool { return known.Variable == r.Variable && known.Of != "" }) {
			all = append(all, r)
		}
	}))
	return all
}

// origin returns the members of which variable a list is made of.
func origin(e celast.Expr) (variable string, path []string) {
	for {
		if name, from, ok := selected(e); ok {
			path, e = append(path, name), from
			continue
		}
		switch {
		case e.Kind() == celast.IdentKind:
			slices.Reverse(path)
			return e.AsIdent(), path
		case e.Kind() == celast.ComprehensionKind:
			path, e = nil, e.AsComprehension().IterRange()
		case e.Kind() == celast.CallKind && e.AsCall().FunctionName() == "orValue":
			e = e.AsCall().Target()
		default:
			return "", nil
		}
	}
}

// Around returns what a variable must hold so that the expression yields a value: for
// first(response.pages).users it is {pages: [{users: value}]}. It is false for an expression
// that does more than select.
func (p *Program) Around(variable string, value any) (held any, ok bool) {
	e := p.ast.NativeRep().Expr()
	for {
		if name, from, isMember := selected(e); isMember {
			value, e = map[string]any{name: value}, from
			continue
		}
		if e.Kind() == celast.IdentKind {
			return value, e.AsIdent() == variable
		}
		if e.Kind() != celast.CallKind {
			return nil, false
		}
		switch call := e.AsCall(); {
		case (call.FunctionName() == "first" || call.FunctionName() == "last") && len(call.Args()) == 1:
			value, e = []any{value}, call.Args()[0]
		case call.FunctionName() == "orValue":
			e = call.Target()
		case call.FunctionName() == operators.Index && call.Args()[1].Kind() == celast.LiteralKind:
			at, isNumber := call.Args()[1].AsLiteral().Value().(int64)
			if !isNumber || at < 0 || at > 9 {
				return nil, false
			}
			list := make([]any, at, at+1)
			for i := range list {
				list[i] = map[string]any{}
			}
			value, e = append(list, value), call.Args()[0]
		default:
			return nil, false
		}
	}
}
