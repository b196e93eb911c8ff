package lowcode

import (
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/jinja"
)

// binary writes an operator with two sides.
func (s *scene) binary(v jinja.Binary) cel {
	switch v.Op {
	case "and":
		return s.both(v)
	case "or":
		return s.either(v)
	case "==", "<", ">", "<=", ">=":
		return s.compare(v, s.expr)
	case "!=":
		return s.compare(v, s.safely)
	case "in", "not in":
		return s.contains(v)
	case "~":
		return s.concat(v.Left, v.Right)
	case "+", "-":
		return s.sum(v)
	case "*", "/", "%":
		left, right := s.expr(v.Left), s.expr(v.Right)
		return cel{src: left.at(rankMultiply) + " " + v.Op + " " + right.at(rankUnary), rank: rankMultiply, typ: "number"}
	}
	return fail("the operator %s has no translation", v.Op)
}

// either writes a or b: the first value that is not empty.
func (s *scene) either(v jinja.Binary) cel {
	left := s.expr(v.Left)
	if left.typ == "bool" {
		return s.truth(v)
	}
	if s.from != "" && (left.src == s.from || left.src == s.to) {
		return left // a run always has it
	}
	right := s.expr(v.Right)
	test := s.safely(v.Left)
	if strings.HasPrefix(test.src, "settings.?") && test.maybe { // an empty field of the form is missing
		return cel{src: test.src + ".orValue(" + right.value().src + ")", rank: rankAtom, typ: same(left, right)}
	}
	if left.src == test.src && strings.HasPrefix(left.src, "settings.") {
		return left // the form always has it
	}
	then, otherwise := left.value(), right.value()
	if then.typ != otherwise.typ && then.typ != "" {
		then = atom("", "dyn(%s)", then.src)
	}
	if then.typ != otherwise.typ && otherwise.typ != "" {
		otherwise = atom("", "dyn(%s)", otherwise.src)
	}
	return cel{src: "empty(" + test.src + ") ? " + otherwise.at(rankOr) + " : " + then.at(rankCond), rank: rankCond, typ: same(left, right)}
}

// both writes a and b: b, unless a is empty.
func (s *scene) both(v jinja.Binary) cel {
	right := s.expr(v.Right)
	if right.typ == "bool" {
		return s.truth(v)
	}
	return s.cond(jinja.Cond{If: v.Left, Then: v.Right, Else: jinja.Literal{Value: nil}})
}

func same(a, b cel) string {
	if a.typ == b.typ {
		return a.typ
	}
	return ""
}

func (s *scene) compare(v jinja.Binary, write func(jinja.Node) cel) cel {
	left, right := write(v.Left), write(v.Right)
	for _, pair := range [][2]*cel{{&left, &right}, {&right, &left}} {
		if pair[0].typ == "text" && pair[1].typ == "number" || pair[0].typ == "null" && pair[1].typ != "" || pair[0].typ == "bool" &&
			pair[1].typ == "text" {
			*pair[0] = atom("", "dyn(%s)", pair[0].value().src)
		}
	}
	c := cel{src: left.at(rankAdd) + " " + v.Op + " " + right.at(rankAdd), rank: rankCompare, typ: "bool"}
	if other := map[string]string{"==": "!=", "!=": "=="}[v.Op]; other != "" {
		c.other = left.at(rankAdd) + " " + other + " " + right.at(rankAdd)
	}
	return c
}

// contains writes a in b. Only a run knows whether b is a text.
func (s *scene) contains(v jinja.Binary) cel {
	part, whole := s.expr(v.Left), s.expr(v.Right)
	if v.Op == "not in" {
		part, whole = s.safely(v.Left), s.safely(v.Right)
	}
	var c cel
	_, steps := chain(v.Right)
	switch {
	case whole.typ == "text":
		c = atom("bool", "%s.contains(%s)", whole.at(rankAtom), part.value().src)
	case whole.typ == "list" || whole.typ == "map" || len(steps) == 0 || part.typ != "text":
		c = cel{src: part.at(rankAdd) + " in " + whole.at(rankAdd), rank: rankCompare, typ: "bool"}
	default:
		c = cel{src: "type(" + whole.value().src + ") == string ? " + whole.at(rankAtom) + ".contains(" + part.value().src + ") : " +
			part.at(rankAdd) + " in " + whole.at(rankAdd), rank: rankCond, typ: "bool"}
	}
	if v.Op == "not in" {
		return c.not()
	}
	return c
}

func (s *scene) concat(sides ...jinja.Node) cel {
	var parts []string
	for _, side := range sides {
		parts = append(parts, s.expr(side).text().at(rankAdd))
	}
	return cel{src: strings.Join(parts, " + "), rank: rankAdd, typ: "text"}
}

// sum writes + and -; moments and lengths of time have a form of their own.
func (s *scene) sum(v jinja.Binary) cel {
	left, right := s.expr(v.Left), s.expr(v.Right)
	switch {
	case right.typ == "duration" && left.src == "now()" && v.Op == "-":
		length, err := time.ParseDuration(strings.Trim(strings.TrimPrefix(right.src, "duration"), `(")`))
		if err == nil {
			return atom("time", "ago(%s)", quote(goDuration(length)))
		}
	case right.typ == "duration":
		return cel{src: "time(" + left.value().src + ") " + v.Op + " " + right.at(rankMultiply), rank: rankAdd, typ: "time"}
	case v.Op == "+" && (left.typ == "text" || right.typ == "text"):
		return s.concat(v.Left, v.Right)
	}
	typ := "number"
	if v.Op == "+" {
		typ = same(left, right)
	}
	return cel{src: left.at(rankAdd) + " " + v.Op + " " + right.at(rankMultiply), rank: rankAdd, typ: typ}
}

// test writes a is b.
func (s *scene) test(v jinja.Test) cel {
	var c cel
	switch v.Name {
	case "none", "null":
		of := s.safely(v.Of).at(rankAdd)
		c = cel{src: of + " == null", rank: rankCompare, typ: "bool", other: of + " != null"}
	case "defined", "undefined":
		found := s.safely(v.Of)
		if found.maybe {
			c = atom("bool", "%s.hasValue()", found.src)
		} else {
			c = cel{src: found.at(rankAdd) + " != null", rank: rankCompare, typ: "bool"}
		}
		if v.Name == "undefined" {
			c = c.not()
		}
	case "string":
		c = cel{src: "type(" + s.safely(v.Of).value().src + ") == string", rank: rankCompare, typ: "bool"}
	case "mapping":
		c = cel{src: "type(" + s.safely(v.Of).value().src + ") == map", rank: rankCompare, typ: "bool"}
	case "sequence", "iterable":
		c = cel{src: "type(" + s.safely(v.Of).value().src + ") == list", rank: rankCompare, typ: "bool"}
	case "true", "false":
		c = cel{src: s.safely(v.Of).at(rankAdd) + " == " + v.Name, rank: rankCompare, typ: "bool"}
	default:
		fail("the test %q has no translation", v.Name)
	}
	if v.Not {
		return c.not()
	}
	return c
}

// part writes of[from:to].
func (s *scene) part(v jinja.Slice) cel {
	of := s.expr(v.Of)
	bound := func(n jinja.Node, otherwise string) string {
		literal, ok := n.(jinja.Literal)
		if !ok {
			if n != nil {
				fail("a part of a text with ends that are not numbers has no translation")
			}
			return otherwise
		}
		number := constant(literal.Value).src
		if strings.HasPrefix(number, "-") {
			return "size(" + of.value().src + ") - " + number[1:]
		}
		return number
	}
	size := "size(" + of.value().src + ")"
	if of.typ == "list" {
		return atom("list", "%s.slice(%s, %s)", of.at(rankAtom), bound(v.From, "0"), bound(v.To, size))
	}
	if v.To == nil {
		return atom("text", "%s.substring(%s)", of.at(rankAtom), bound(v.From, "0"))
	}
	return atom("text", "%s.substring(%s, %s)", of.at(rankAtom), bound(v.From, "0"), bound(v.To, size))
}
