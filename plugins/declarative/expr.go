package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk/expr"
)

// maxCost limits one evaluation, so that an expression cannot block a run.
const maxCost = 1_000_000

// language compiles the expressions of a manifest.
type language struct {
	*expr.Language
	known   []string // settings that expressions can use
	secrets []string
}

func newLanguage(settings []setting) (*language, error) {
	e, err := expr.New(maxCost, map[string]expr.Type{"item": expr.Any, "response": expr.Any, "settings": expr.Object})
	if err != nil {
		return nil, err
	}
	l := &language{Language: e}
	for _, s := range settings {
		if s.Secret {
			l.secrets = append(l.secrets, s.Name)
		} else {
			l.known = append(l.known, s.Name)
		}
	}
	return l, nil
}

// compiled is an expression that can be evaluated. The zero value yields nothing.
type compiled struct {
	program *expr.Program
	line    int
}

// compile compiles an expression. Its errors begin with the line.
func (l *language) compile(e expression) (compiled, error) {
	if e.source == "" {
		return compiled{}, nil
	}
	program, err := l.Compile(e.source)
	if err != nil {
		return compiled{}, fmt.Errorf("line %d: %w", e.line, err)
	}
	for _, name := range program.Members("settings") {
		switch {
		case slices.Contains(l.secrets, name):
			return compiled{}, fmt.Errorf("line %d: settings.%s is a secret, which expressions cannot use; use it in auth", e.line, name)
		case !slices.Contains(l.known, name):
			return compiled{}, fmt.Errorf("line %d: there is no setting %q", e.line, name)
		}
	}
	return compiled{program, e.line}, nil
}

// scope holds the values of the variables of an expression.
type scope map[string]any

// value evaluates an expression. A missing key and null give nil.
func (c compiled) value(ctx context.Context, in scope) (any, error) {
	if c.program == nil {
		return nil, nil
	}
	value, err := c.program.Eval(ctx, in)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("line %d: %w", c.line, err)
	}
	return value, err
}

// words is a text with compiled expressions: literals and values alternate.
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

// in returns the text. An expression that yields nothing is an error, because the text would be
// incomplete.
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
			return "", errors.New(w.values[i].program.String() + " yields nothing")
		}
		fmt.Fprint(&b, value)
	}
	return b.String(), nil
}
