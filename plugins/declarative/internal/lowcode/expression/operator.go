package expression

import (
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/jinja"
)

// binary writes an operator with two sides.
func (s *Scene) binary(v jinja.Binary) CEL {
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
		return CEL{Source: left.At(RankMultiply) + " " + v.Op + " " + right.At(RankUnary), rank: RankMultiply, Type: "number"}
	}
	return fail("the operator %s has no translation", v.Op)
}

// either writes a or b: the first value that is not empty.
func (s *Scene) either(v jinja.Binary) CEL {
	left := s.expr(v.Left)
	if left.Type == "bool" {
		return s.truth(v)
	}
	if s.From != "" && (left.Source == s.From || left.Source == s.To) {
		return left // a run always has it
	}
	right := s.expr(v.Right)
	test := s.safely(v.Left)
	if strings.HasPrefix(test.Source, "settings.?") && test.maybe { // an empty field of the form is missing
		return CEL{Source: test.Source + ".orValue(" + right.Value().Source + ")", rank: RankAtom, Type: same(left, right)}
	}
	if left.Source == test.Source && strings.HasPrefix(left.Source, "settings.") {
		return left // the form always has it
	}
	then, otherwise := left.Value(), right.Value()
	if then.Type != otherwise.Type && then.Type != "" {
		then = atom("", "dyn(%s)", then.Source)
	}
	if then.Type != otherwise.Type && otherwise.Type != "" {
		otherwise = atom("", "dyn(%s)", otherwise.Source)
	}
	src := "empty(" + test.Source + ") ? " + otherwise.At(RankOr) + " : " + then.At(RankCond)
	return CEL{Source: src, rank: RankCond, Type: same(left, right)}
}

// both writes a and b: b, unless a is empty.
func (s *Scene) both(v jinja.Binary) CEL {
	right := s.expr(v.Right)
	if right.Type == "bool" {
		return s.truth(v)
	}
	return s.cond(jinja.Cond{If: v.Left, Then: v.Right, Else: jinja.Literal{Value: nil}})
}

func same(a, b CEL) string {
	if a.Type == b.Type {
		return a.Type
	}
	return ""
}

func (s *Scene) compare(v jinja.Binary, write func(jinja.Node) CEL) CEL {
	left, right := write(v.Left), write(v.Right)
	for _, pair := range [][2]*CEL{{&left, &right}, {&right, &left}} {
		if pair[0].Type == "text" && pair[1].Type == "number" || pair[0].Type == "null" && pair[1].Type != "" || pair[0].Type == "bool" &&
			pair[1].Type == "text" {
			*pair[0] = atom("", "dyn(%s)", pair[0].Value().Source)
		}
	}
	c := CEL{Source: left.At(RankAdd) + " " + v.Op + " " + right.At(RankAdd), rank: RankCompare, Type: "bool"}
	if other := map[string]string{"==": "!=", "!=": "=="}[v.Op]; other != "" {
		c.other = left.At(RankAdd) + " " + other + " " + right.At(RankAdd)
	}
	return c
}

// contains writes a in b. Only a run knows whether b is a text.
func (s *Scene) contains(v jinja.Binary) CEL {
	part, whole := s.expr(v.Left), s.expr(v.Right)
	if v.Op == "not in" {
		part, whole = s.safely(v.Left), s.safely(v.Right)
	}
	var c CEL
	_, steps := chain(v.Right)
	switch {
	case whole.Type == "text":
		c = atom("bool", "%s.contains(%s)", whole.At(RankAtom), part.Value().Source)
	case whole.Type == "list" || whole.Type == "map" || len(steps) == 0 || part.Type != "text":
		c = CEL{Source: part.At(RankAdd) + " in " + whole.At(RankAdd), rank: RankCompare, Type: "bool"}
	default:
		c = CEL{Source: "type(" + whole.Value().Source + ") == string ? " + whole.At(RankAtom) + ".contains(" + part.Value().Source + ") : " +
			part.At(RankAdd) + " in " + whole.At(RankAdd), rank: RankCond, Type: "bool"}
	}
	if v.Op == "not in" {
		return c.not()
	}
	return c
}

func (s *Scene) concat(sides ...jinja.Node) CEL {
	var parts []string
	for _, side := range sides {
		parts = append(parts, s.expr(side).Text().At(RankAdd))
	}
	return CEL{Source: strings.Join(parts, " + "), rank: RankAdd, Type: "text"}
}

// sum writes + and -; moments and lengths of time have a form of their own.
func (s *Scene) sum(v jinja.Binary) CEL {
	left, right := s.expr(v.Left), s.expr(v.Right)
	switch {
	case right.Type == "duration" && left.Source == "now()" && v.Op == "-":
		length, err := time.ParseDuration(strings.Trim(strings.TrimPrefix(right.Source, "duration"), `(")`))
		if err == nil {
			return atom("time", "ago(%s)", Quote(FormatDuration(length)))
		}
	case right.Type == "duration":
		return CEL{Source: "time(" + left.Value().Source + ") " + v.Op + " " + right.At(RankMultiply), rank: RankAdd, Type: "time"}
	case v.Op == "+" && (left.Type == "text" || right.Type == "text"):
		return s.concat(v.Left, v.Right)
	}
	typ := "number"
	if v.Op == "+" {
		typ = same(left, right)
	}
	return CEL{Source: left.At(RankAdd) + " " + v.Op + " " + right.At(RankMultiply), rank: RankAdd, Type: typ}
}

// test writes a is b.
func (s *Scene) test(v jinja.Test) CEL {
	var c CEL
	switch v.Name {
	case "none", "null":
		of := s.safely(v.Of).At(RankAdd)
		c = CEL{Source: of + " == null", rank: RankCompare, Type: "bool", other: of + " != null"}
	case "defined", "undefined":
		found := s.safely(v.Of)
		if found.maybe {
			c = atom("bool", "%s.hasValue()", found.Source)
		} else {
			c = CEL{Source: found.At(RankAdd) + " != null", rank: RankCompare, Type: "bool"}
		}
		if v.Name == "undefined" {
			c = c.not()
		}
	case "string":
		c = CEL{Source: "type(" + s.safely(v.Of).Value().Source + ") == string", rank: RankCompare, Type: "bool"}
	case "mapping":
		c = CEL{Source: "type(" + s.safely(v.Of).Value().Source + ") == map", rank: RankCompare, Type: "bool"}
	case "sequence", "iterable":
		c = CEL{Source: "type(" + s.safely(v.Of).Value().Source + ") == list", rank: RankCompare, Type: "bool"}
	case "true", "false":
		c = CEL{Source: s.safely(v.Of).At(RankAdd) + " == " + v.Name, rank: RankCompare, Type: "bool"}
	default:
		fail("the test %q has no translation", v.Name)
	}
	if v.Not {
		return c.not()
	}
	return c
}

// part writes of[from:to].
func (s *Scene) part(v jinja.Slice) CEL {
	of := s.expr(v.Of)
	bound := func(n jinja.Node, otherwise string) string {
		literal, ok := n.(jinja.Literal)
		if !ok {
			if n != nil {
				fail("a part of a text with ends that are not numbers has no translation")
			}
			return otherwise
		}
		number := Constant(literal.Value).Source
		if strings.HasPrefix(number, "-") {
			return "size(" + of.Value().Source + ") - " + number[1:]
		}
		return number
	}
	size := "size(" + of.Value().Source + ")"
	if of.Type == "list" {
		return atom("list", "%s.slice(%s, %s)", of.At(RankAtom), bound(v.From, "0"), bound(v.To, size))
	}
	if v.To == nil {
		return atom("text", "%s.substring(%s)", of.At(RankAtom), bound(v.From, "0"))
	}
	return atom("text", "%s.substring(%s, %s)", of.At(RankAtom), bound(v.From, "0"), bound(v.To, size))
}

// NotBefore writes the later of two moments.
func NotBefore(c, bound CEL) CEL {
	test := "time(" + c.Value().Source + ") < time(" + bound.Value().Source + ")"
	return CEL{Source: test + " ? " + bound.At(RankOr) + " : " + c.At(RankCond), Type: c.Type}
}
