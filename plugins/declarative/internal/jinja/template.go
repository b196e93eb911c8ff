package jinja

import (
	"errors"
	"fmt"
	"strings"
)

// Parse reads a text with expressions in it.
func Parse(source string) (Template, error) {
	r := &reader{rest: source}
	parts, ended, err := r.parts()
	if err == nil && ended != "" {
		err = fmt.Errorf("{%% %s %%} has no beginning", ended)
	}
	return Template{Parts: parts}, err
}

// reader reads the parts of a text.
type reader struct {
	rest string
	trim bool // the spaces that follow are left out
}

// parts reads until the end, or until a statement that ends or divides a condition.
func (r *reader) parts() (all []Node, ended string, err error) {
	for {
		at := strings.Index(r.rest, "{")
		for at >= 0 && (at+1 == len(r.rest) || !strings.ContainsRune("{%#", rune(r.rest[at+1]))) {
			more := strings.Index(r.rest[at+1:], "{")
			if more < 0 {
				at = -1
				break
			}
			at += 1 + more
		}
		if at < 0 {
			return r.literal(all, r.rest, false), "", nil
		}
		opening, after := r.rest[at:at+2], r.rest[at+2:]
		inside, rest, err := upTo(after, map[string]string{"{{": "}}", "{%": "%}", "{#": "#}"}[opening])
		if err != nil {
			return nil, "", err
		}
		all = r.literal(all, r.rest[:at], strings.HasPrefix(inside, "-"))
		r.rest, r.trim = rest, strings.HasSuffix(inside, "-")
		inside = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(inside, "-"), "-"))
		switch opening {
		case "{{":
			node, err := Expression(inside)
			if err != nil {
				return nil, "", err
			}
			all = append(all, shown(node))
		case "{%":
			node, ended, err := r.statement(inside)
			if err != nil || ended != "" {
				return all, ended, err
			}
			all = append(all, node)
		}
	}
}

// shown returns an expression; a text that an expression is becomes part of the text around it.
func shown(node Node) Node {
	literal, ok := node.(Literal)
	if !ok {
		return node
	}
	switch literal.Value.(type) {
	case string:
		return node
	case nil:
		return Literal{""}
	}
	return Literal{fmt.Sprint(literal.Value)}
}

func (r *reader) literal(all []Node, text string, trim bool) []Node {
	if r.trim {
		text = strings.TrimLeft(text, " \t\r\n")
	}
	if trim {
		text = strings.TrimRight(text, " \t\r\n")
	}
	if text == "" {
		return all
	}
	if len(all) > 0 {
		if before, ok := all[len(all)-1].(Literal); ok {
			if prefix, isText := before.Value.(string); isText {
				all[len(all)-1] = Literal{prefix + text}
				return all
			}
		}
	}
	return append(all, Literal{text})
}

// upTo returns what stands before a closing sign that is not within quotes.
func upTo(text, closing string) (inside, rest string, err error) {
	var quote byte
	depth := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case depth == 0 && strings.HasPrefix(text[i:], closing):
			return text[:i], text[i+len(closing):], nil
		case c == '{' && closing != "#}":
			depth++
		case c == '}' && depth > 0:
			depth--
		case (c == '"' || c == '\'') && closing != "#}":
			quote = c
		}
	}
	return "", "", fmt.Errorf("an expression is not closed by %s", closing)
}

// statement reads {% if %} with everything up to its end.
func (r *reader) statement(inside string) (node Node, ended string, err error) {
	word, rest, _ := strings.Cut(inside, " ")
	switch word {
	case "else", "endif", "elif":
		return nil, inside, nil
	case "if":
		node, err := r.condition(rest)
		return node, "", err
	}
	return nil, "", fmt.Errorf("{%% %s %%} is not translated", word)
}

func (r *reader) condition(source string) (Node, error) {
	test, err := Expression(source)
	if err != nil {
		return nil, err
	}
	then, ended, err := r.parts()
	if err != nil {
		return nil, err
	}
	c := Cond{If: test, Then: Template{Parts: then}, Else: Literal{""}}
	word, rest, _ := strings.Cut(ended, " ")
	switch word {
	case "elif":
		c.Else, err = r.condition(rest)
		return c, err
	case "else":
		otherwise, ended, err := r.parts()
		if err != nil {
			return nil, err
		}
		if ended != "endif" {
			return nil, errors.New("{% if %} has no {% endif %}")
		}
		c.Else = Template{Parts: otherwise}
		return c, nil
	case "endif":
		return c, nil
	}
	return nil, errors.New("{% if %} has no {% endif %}")
}
