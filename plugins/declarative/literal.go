package main

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// results returns the literals that an expression may yield: it is one, or a branch of
// a condition is, or what stands in for a missing value.
func results(e celast.Expr) (literals []any) {
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
				literals = append(literals, results(branch)...)
			}
		case "orValue":
			for _, otherwise := range call.Args() {
				literals = append(literals, results(otherwise)...)
			}
		}
	}
	return literals
}

// settingsOf returns the names that an expression asks of settings.
func settingsOf(ast *cel.Ast) (names []string) {
	celast.PreOrderVisit(ast.NativeRep().Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		if e.Kind() != celast.SelectKind {
			return
		}
		of := e.AsSelect().Operand()
		if of.Kind() == celast.IdentKind && of.AsIdent() == "settings" && !e.AsSelect().IsTestOnly() {
			names = append(names, e.AsSelect().FieldName())
		}
	}))
	return names
}

// checkResults holds what a field can be seen to yield against what the kind takes.
func checkResults(f kind.Field, c compiled) error {
	for _, value := range c.results {
		if why := misfit(f, value); why != "" {
			return fmt.Errorf("line %d: %s %s, not %s", c.source.line, f.Name, why, shown(value))
		}
	}
	return nil
}

// misfit returns what a field takes when it does not take value. A truth value stands
// for yes or no, and a number for its digits.
func misfit(f kind.Field, value any) string {
	text, isText := value.(string)
	_, isTruth := value.(bool)
	_, isWhole := value.(int64)
	switch f.Type {
	case kind.FieldWord:
		truth := slices.Equal(f.Words, []string{"yes", "no", "unknown"})
		if truth && isTruth || isText && slices.Contains(f.Words, text) {
			return ""
		}
		return "is one of " + strings.Join(f.Words, ", ")
	case kind.FieldTime:
		if at, err := kind.ParseTime(text); isText && (err != nil || at.IsZero()) || isTruth || isWhole {
			return "is a moment such as 2026-02-28T09:00:00Z, which time(…) makes of what vendors write"
		}
	case kind.FieldText:
		if isTruth {
			return "is a text"
		}
	case kind.FieldNumber:
		if isText || isTruth {
			return "is a number"
		}
	case kind.FieldList:
		if isText || isTruth || isWhole {
			return "is a list"
		}
	}
	return ""
}

func shown(value any) string {
	if text, ok := value.(string); ok {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprint(value)
}
