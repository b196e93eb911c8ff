package jinja

import (
	"errors"
	"fmt"
	"strings"
)

// maxDepth limits expressions within expressions.
const maxDepth = 60

// parser reads the tokens of one expression.
type parser struct {
	tokens []token
	at     int
	depth  int
}

// Expression reads one expression.
func Expression(source string) (Node, error) {
	tokens, err := words(source)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	node, err := p.whole()
	if err != nil {
		return nil, err
	}
	if p.peek().kind != "end" {
		return nil, fmt.Errorf("%q was not expected", p.peek().text)
	}
	return node, nil
}

func (p *parser) peek() token { return p.tokens[p.at] }

// take goes on if the next token is one of these signs or words, and returns it.
func (p *parser) take(wanted ...string) string {
	t := p.peek()
	if t.kind == "sign" || t.kind == "name" {
		for _, w := range wanted {
			if t.text == w {
				p.at++
				return w
			}
		}
	}
	return ""
}

func (p *parser) expect(sign string) error {
	if p.take(sign) == "" {
		return fmt.Errorf("%q was expected, not %q", sign, p.peek().text)
	}
	return nil
}

// whole reads an expression with its condition: a if b else c.
func (p *parser) whole() (Node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errors.New("the expression is nested too deep")
	}
	defer func() { p.depth-- }()
	then, err := p.either(0)
	if err != nil || p.take("if") == "" {
		return then, err
	}
	c := Cond{Then: then}
	if c.If, err = p.either(0); err != nil {
		return nil, err
	}
	if p.take("else") != "" {
		c.Else, err = p.whole()
	}
	return c, err
}

// levels are the operators with two sides, those that bind least first.
var levels = [][]string{{"or"}, {"and"}, nil, {"==", "!=", "<", ">", "<=", ">=", "in", "not"}, {"~"}, {"+", "-"}, {"*", "/", "//", "%"}}

// either reads the operators of a level and of those that bind more.
func (p *parser) either(level int) (Node, error) {
	if level == len(levels) {
		return p.unary()
	}
	if level == 2 {
		if p.take("not") != "" {
			of, err := p.either(level)
			return Unary{Op: "not", Of: of}, err
		}
		return p.either(level + 1)
	}
	left, err := p.either(level + 1)
	for err == nil {
		op := p.take(levels[level]...)
		if op == "" {
			return left, nil
		}
		if op == "not" {
			if err := p.expect("in"); err != nil {
				return nil, err
			}
			op = "not in"
		}
		var right Node
		if right, err = p.either(level + 1); err == nil {
			left = Binary{Op: op, Left: left, Right: right}
		}
	}
	return left, err
}

func (p *parser) unary() (Node, error) {
	if p.take("-") != "" {
		of, err := p.unary()
		if literal, ok := of.(Literal); ok && err == nil {
			switch v := literal.Value.(type) {
			case int64:
				return Literal{-v}, nil
			case float64:
				return Literal{-v}, nil
			}
		}
		return Unary{Op: "-", Of: of}, err
	}
	node, err := p.primary()
	for err == nil {
		switch {
		case p.take(".") != "":
			node, err = p.attr(node)
		case p.take("[") != "":
			node, err = p.index(node)
		case p.take("(") != "":
			c := Call{Of: node}
			c.Args, c.Named, err = p.arguments()
			node = c
		case p.take("|") != "":
			node, err = p.filter(node)
		case p.take("is") != "":
			node, err = p.test(node)
		default:
			return node, nil
		}
	}
	return node, err
}

func (p *parser) attr(of Node) (Node, error) {
	t := p.peek()
	if t.kind != "name" {
		return nil, fmt.Errorf("a name was expected, not %q", t.text)
	}
	p.at++
	return Attr{Of: of, Name: t.text}, nil
}

func (p *parser) index(of Node) (Node, error) {
	var from, to Node
	var err error
	if p.peek().text != ":" {
		if from, err = p.whole(); err != nil {
			return nil, err
		}
	}
	if p.take(":") == "" {
		return Item{Of: of, Index: from}, p.expect("]")
	}
	if p.peek().text != "]" {
		if to, err = p.whole(); err != nil {
			return nil, err
		}
	}
	return Slice{Of: of, From: from, To: to}, p.expect("]")
}

// arguments reads those of a call behind its parenthesis.
func (p *parser) arguments() (args []Node, named map[string]Node, err error) {
	for p.take(")") == "" {
		if t := p.peek(); t.kind == "name" && p.tokens[p.at+1].text == "=" && p.tokens[p.at+1].kind == "sign" {
			p.at += 2
			value, err := p.whole()
			if err != nil {
				return nil, nil, err
			}
			if named == nil {
				named = map[string]Node{}
			}
			named[t.text] = value
		} else {
			value, err := p.whole()
			if err != nil {
				return nil, nil, err
			}
			args = append(args, value)
		}
		if p.take(",") == "" && p.peek().text != ")" {
			return nil, nil, fmt.Errorf(`")" was expected, not %q`, p.peek().text)
		}
	}
	return args, named, nil
}

func (p *parser) filter(of Node) (Node, error) {
	t := p.peek()
	if t.kind != "name" {
		return nil, fmt.Errorf("the name of a filter was expected, not %q", t.text)
	}
	p.at++
	f := Filter{Of: of, Name: t.text}
	if p.take("(") == "" {
		return f, nil
	}
	var err error
	f.Args, f.Named, err = p.arguments()
	return f, err
}

func (p *parser) test(of Node) (Node, error) {
	t := Test{Of: of, Not: p.take("not") != ""}
	if p.peek().kind != "name" {
		return nil, fmt.Errorf("the name of a test was expected, not %q", p.peek().text)
	}
	t.Name = p.peek().text
	p.at++
	if p.take("(") == "" {
		return t, nil
	}
	var err error
	t.Args, _, err = p.arguments()
	return t, err
}

func (p *parser) primary() (Node, error) {
	t := p.peek()
	p.at++
	switch {
	case t.kind == "text" || t.kind == "number":
		return p.joined(t), nil
	case t.kind == "name":
		switch t.text {
		case "true", "True":
			return Literal{true}, nil
		case "false", "False":
			return Literal{false}, nil
		case "none", "None", "null":
			return Literal{nil}, nil
		}
		return Name{t.text}, nil
	case t.text == "(" && t.kind == "sign":
		return p.group()
	case t.text == "[" && t.kind == "sign":
		items, err := p.items("]")
		return List{items}, err
	case t.text == "{" && t.kind == "sign":
		return p.dict()
	}
	p.at--
	return nil, fmt.Errorf("a value was expected, not %q", strings.TrimSpace(t.text))
}

// joined joins texts that follow one another.
func (p *parser) joined(t token) Node {
	text, isText := t.value.(string)
	for isText && p.peek().kind == "text" {
		text += p.peek().text
		p.at++
		t.value = text
	}
	return Literal{t.value}
}

// group reads what is in parentheses: one expression, or a list.
func (p *parser) group() (Node, error) {
	if p.take(")") != "" {
		return List{}, nil
	}
	first, err := p.whole()
	if err != nil {
		return nil, err
	}
	if p.take(",") == "" {
		return first, p.expect(")")
	}
	items, err := p.items(")")
	return List{append([]Node{first}, items...)}, err
}

func (p *parser) items(end string) (all []Node, err error) {
	for p.take(end) == "" {
		item, err := p.whole()
		if err != nil {
			return nil, err
		}
		all = append(all, item)
		if p.take(",") == "" && p.peek().text != end {
			return nil, fmt.Errorf("%q was expected, not %q", end, p.peek().text)
		}
	}
	return all, nil
}

func (p *parser) dict() (Node, error) {
	var d Dict
	for p.take("}") == "" {
		key, err := p.whole()
		if err != nil {
			return nil, err
		}
		if err := p.expect(":"); err != nil {
			return nil, err
		}
		value, err := p.whole()
		if err != nil {
			return nil, err
		}
		d.Keys, d.Values = append(d.Keys, key), append(d.Values, value)
		if p.take(",") == "" && p.peek().text != "}" {
			return nil, fmt.Errorf(`"}" was expected, not %q`, p.peek().text)
		}
	}
	return d, nil
}
