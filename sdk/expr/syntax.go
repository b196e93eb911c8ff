package expr

import (
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
