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
