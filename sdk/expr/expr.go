package expr

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/ext"
)

// Type is what a variable holds.
type Type int

// The types of variables.
const (
	Any    Type = iota // decided when the expression is evaluated
	Object             // an object with members of any type
)

// Language compiles expressions.
type Language struct {
	env       *cel.Env
	variables map[string]Type
	maxCost   uint64
}

// Option changes what a language has.
type Option int

// WithoutClock leaves out now() and ago(), so that an expression yields the same for the same values at any time.
const WithoutClock Option = 1

// New returns a language with the given variables. An evaluation that costs more than
// maxCost steps fails.
func New(maxCost uint64, variables map[string]Type, changes ...Option) (*Language, error) {
	options := []cel.EnvOption{
		cel.OptionalTypes(), ext.Strings(), ext.Lists(), ext.Math(),
	}
	options = append(options, functions()...)
	if !slices.Contains(changes, WithoutClock) {
		options = append(options, clock()...)
	}
	for name, kind := range variables {
		t := cel.DynType
		if kind == Object {
			t = cel.MapType(cel.StringType, cel.DynType)
		}
		options = append(options, cel.Variable(name, t))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		return nil, fmt.Errorf("make language: %w", err)
	}
	return &Language{env: env, variables: variables, maxCost: maxCost}, nil
}

// Error is a mistake in an expression.
type Error struct {
	Message string
	Source  string // the expression
	Offset  int    // of the mistake in Source, in bytes
}

// Error implements error. The message ends with the rest of the expression from the mistake on.
func (e *Error) Error() string {
	if e.Offset == len(e.Source) {
		return fmt.Sprintf("%s (at the end of %q)", e.Message, e.Source)
	}
	return fmt.Sprintf("%s (at %q)", e.Message, e.Source[e.Offset:])
}

// Compile checks an expression and makes it ready for evaluation. A mistake is an *Error.
func (l *Language) Compile(source string) (*Program, error) {
	ast, issues := l.env.Compile(source)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, &Error{Message: first.Message, Source: source, Offset: offset(source, first.Location.Line(), first.Location.Column())}
	}
	program, err := l.env.Program(ast, append(costs(), cel.CostLimit(l.maxCost), cel.InterruptCheckFrequency(1000))...)
	if err != nil {
		return nil, fmt.Errorf("plan %s: %w", source, err)
	}
	return &Program{program: program, ast: ast, source: source, variables: l.variables}, nil
}

// offset returns the byte offset of a line, counted from 1, and a column in characters, counted from
// 0. It returns 0 for a position outside source.
func offset(source string, line, column int) int {
	start := 0
	for range line - 1 {
		next := strings.IndexByte(source[start:], '\n')
		if next < 0 {
			return 0
		}
		start += next + 1
	}
	for at := range source[start:] {
		if column == 0 {
			return start + at
		}
		column--
	}
	if column == 0 {
		return len(source)
	}
	return 0
}

// Program is a compiled expression.
type Program struct {
	program   cel.Program
	ast       *cel.Ast
	source    string
	variables map[string]Type
}

// Absent is the value of a variable that could not be read. An expression whose result
// depends on it yields nothing.
type Absent struct{}

// Eval returns the result for the given values of the variables. A variable without a
// value is an empty object.
func (p *Program) Eval(ctx context.Context, values map[string]any) (any, error) {
	given := make(map[string]any, len(p.variables))
	for name := range p.variables {
		value, set := values[name]
		if !set {
			value = map[string]any{}
		}
		if _, absent := value.(Absent); !absent {
			given[name] = value
		}
	}
	out, _, err := p.program.ContextEval(ctx, given)
	switch {
	case err == nil:
		return native(out)
	case strings.Contains(err.Error(), "no such key"), strings.Contains(err.Error(), "no such attribute"): // CEL exports no errors for them
		return nil, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	return nil, fmt.Errorf("%s: %w", p.source, err)
}

// String returns the expression.
func (p *Program) String() string { return p.source }
