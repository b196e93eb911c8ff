package plan

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
	"github.com/plumbline-dev/plumbline/sdk/expr"
)

// maxCost limits one evaluation, so that an expression cannot block a run.
const maxCost = 1_000_000

// names are the variables that an expression can use.
type names []string

func sees(n ...string) names { return n }

func (n names) and(more ...string) names { return append(slices.Clone(n), more...) }

// answerNames are the variables of an expression on an answer.
var answerNames = names{"settings", "response", "status", "headers"}

// ownNames are the variables of the language.
var ownNames = names{"settings", "response", "status", "headers", "item", "window"}

// language compiles the expressions of a file.
type language struct {
	*expr.Language
	known   []string // settings that expressions can use
	secrets []string
}

// Scope holds the values of the variables of an expression.
type Scope map[string]any

// With returns the scope with more names in it.
func (s Scope) With(more Scope) Scope {
	all := make(Scope, len(s)+len(more))
	maps.Copy(all, s)
	maps.Copy(all, more)
	return all
}

// Expr is a compiled expression. The zero value yields nothing.
type Expr struct {
	program *expr.Program
	at      file.At
	escape  bool // as a step of a path
}

// Set reports whether there is an expression.
func (e Expr) Set() bool { return e.program != nil }

// Program returns the compiled expression, nil when there is none.
func (e Expr) Program() *expr.Program { return e.program }

func (e Expr) String() string {
	if e.program == nil {
		return ""
	}
	return e.program.String()
}

// Value evaluates the expression. A missing key and null give nil.
func (e Expr) Value(ctx context.Context, in Scope) (any, error) {
	if e.program == nil {
		return nil, nil
	}
	value, err := e.program.Eval(ctx, in)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("line %d: %w", e.at.Line, err)
	}
	return value, err
}

// Text is a text with compiled expressions: literals and values alternate.
type Text struct {
	literals []string // one more than values
	values   []Expr
}

// Set reports whether there is a text.
func (t Text) Set() bool { return len(t.literals) > 1 || len(t.literals) == 1 && t.literals[0] != "" }

// Whole reports whether the text is one expression and nothing else.
func (t Text) Whole() bool {
	return len(t.values) == 1 && t.literals[0] == "" && t.literals[1] == ""
}

// In returns the text. An expression in it that yields nothing is an error: half an
// address is not one.
func (t Text) In(ctx context.Context, s Scope) (string, error) {
	var b strings.Builder
	for i, literal := range t.literals {
		b.WriteString(literal)
		if i == len(t.values) {
			break
		}
		value, err := t.values[i].Value(ctx, s)
		if err != nil {
			return "", err
		}
		if value == nil {
			return "", errors.New(t.values[i].String() + " yields nothing")
		}
		text := fmt.Sprint(value)
		if t.values[i].escape {
			if text == "" || text == "." || text == ".." {
				return "", fmt.Errorf("%s yields %q, which is not a step of a path", t.values[i], text)
			}
			text = url.PathEscape(text)
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// Escaped returns the text as a path: a value within it cannot add a step to the path.
func (t Text) Escaped(ctx context.Context, s Scope) (string, error) {
	if t.Whole() {
		return t.In(ctx, s)
	}
	escaped := Text{literals: t.literals}
	for _, value := range t.values {
		value.escape = true
		escaped.values = append(escaped.values, value)
	}
	return escaped.In(ctx, s)
}

// Exprs returns the expressions in the text.
func (t Text) Exprs() []Expr { return t.values }

// Pattern returns a regular expression of what the text may yield.
func (t Text) Pattern() string {
	var b strings.Builder
	for i, literal := range t.literals {
		if i > 0 {
			b.WriteString("(.+)")
		}
		b.WriteString(regexp.QuoteMeta(literal))
	}
	return b.String()
}

// Value returns what the text yields: with its own type when it is one expression.
func (t Text) Value(ctx context.Context, s Scope) (any, error) {
	if t.Whole() {
		return t.values[0].Value(ctx, s)
	}
	return t.In(ctx, s)
}

// reserved are words of CEL that no variable may be called.
var reserved = []string{"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
	"namespace", "null", "package", "return", "true", "var", "void", "while"}

// nameRule is the form of a name for expressions.
var nameRule = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// prepare makes the language with the names that the author gave.
func (c *compiler) prepare() error {
	variables := map[string]expr.Type{}
	for _, name := range ownNames {
		variables[name] = expr.Any
	}
	variables["settings"] = expr.Object
	given := func(at file.At, name string) {
		switch {
		case name == "":
			c.wrong.Add(at, "as must be given: the name in expressions")
		case !nameRule.MatchString(name) || slices.Contains(reserved, name):
			c.wrong.Add(at, "as: %q is not a name for expressions; write lower-case letters, digits and underscores", name)
		case slices.Contains(ownNames, name):
			c.wrong.Add(at, "as: the language itself uses the name %q", name)
		default:
			variables[name] = expr.Any
		}
	}
	for _, s := range c.file.Streams {
		if s.Each != nil {
			given(s.Each.At("as"), s.Each.As)
		}
		for _, j := range s.Joins {
			given(j.At("as"), j.As)
			if j.Each != nil {
				given(j.Each.At("as"), j.Each.As)
			}
		}
		for _, d := range s.Details {
			given(d.At("as"), d.As)
		}
	}
	for _, s := range c.file.Settings {
		if s.Secret {
			c.secrets = append(c.secrets, s.Name)
		} else {
			c.known = append(c.known, s.Name)
		}
	}
	var err error
	c.Language, err = expr.New(maxCost, variables)
	return err
}

// expr compiles an expression that sees some names.
func (c *compiler) expr(e file.Expression, sees names) Expr {
	if e.Source == "" {
		return Expr{}
	}
	program, err := c.Compile(e.Source)
	if err != nil {
		at := e.At
		var mistake *expr.Error
		if errors.As(err, &mistake) && !strings.Contains(e.Source, "\n") {
			at.Column += mistake.Offset
		}
		c.wrong.Add(at, "%s", err.Error())
		return Expr{}
	}
	for _, name := range program.Variables() {
		if !slices.Contains(sees, name) {
			c.wrong.Add(e.At, "there is no %q in this expression; it sees %s (%s)", name, strings.Join(sees, ", "), e.Source)
		}
	}
	for _, name := range program.Members("settings") {
		switch {
		case slices.Contains(c.secrets, name):
			c.wrong.Add(e.At, "settings.%s is a secret, which expressions do not see; auth names it", name)
		case !slices.Contains(c.known, name):
			c.wrong.Add(e.At, "there is no setting %q%s", name, file.Nearest(name, c.known))
		}
	}
	return Expr{program: program, at: e.At}
}

// text compiles the expressions of a text.
func (c *compiler) text(t file.Text, sees names) Text {
	var w Text
	if t.Source == "" {
		return w
	}
	rest, at := t.Source, t.At
	for {
		before, after, found := strings.Cut(rest, "{{")
		w.literals = append(w.literals, before)
		if !found {
			return w
		}
		inside, after, closed := strings.Cut(after, "}}")
		if !closed {
			c.wrong.Add(t.At, "{{ is not closed by }}")
			return Text{}
		}
		trimmed := strings.TrimLeft(inside, " ")
		begin := file.At{Line: at.Line, Column: at.Column + len(before) + 2 + len(inside) - len(trimmed)}
		if trimmed = strings.TrimSpace(trimmed); trimmed == "" {
			c.wrong.Add(begin, "there is nothing between {{ and }}")
		}
		w.values, rest = append(w.values, c.expr(file.Expression{Source: trimmed, At: begin}, sees)), after
		at.Column += len(before) + 2 + len(inside) + 2
	}
}
