package expression

import (
	"regexp"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/jinja"
)

// LinkStop matches the conditions that the language's own reading of the header Link has.
var LinkStop = regexp.MustCompile(`^\{\{\s*(not\s+)?(["']next["']\s+not\s+in\s+)?headers\s*(\[|\.|\.get\()\s*["']?[Ll]ink`)

// LinkField returns which part of the next address in the header Link a template reads.
func LinkField(text string) (string, bool) {
	whole, ok := Parse(text).Whole()
	if !ok {
		return "", false
	}
	if c, isCond := whole.(jinja.Cond); isCond {
		whole = c.Then
	}
	root, steps := chain(whole)
	keys := texts(steps)
	name, isName := root.(jinja.Name)
	if !isName || name.Name != "headers" || len(keys) != 3 || !strings.EqualFold(keys[0], "link") || keys[1] != "next" {
		return "", false
	}
	return keys[2], true
}

// More writes the opposite of a stop condition, "" when the token itself says it: it is then nothing.
func (s *Scene) More(stop string, from CEL) string {
	whole, ok := Parse(stop).Whole()
	if !ok {
		switch strings.ToLower(strings.TrimSpace(stop)) {
		case "false", "":
			return ""
		}
		fail("the condition %s is not one expression", Shorten(stop))
	}
	if of, absent := absence(whole); absent {
		plain := s.expr(of).Value().Source
		token := from.Value().Source
		if token == plain || strings.HasPrefix(token, plain+".") || strings.Contains(token, "("+plain+",") ||
			strings.HasPrefix(token, "last("+plain+").") || strings.HasPrefix(token, "last(rows("+plain+")).") {
			return ""
		}
	}
	c := s.with(func(s *Scene) { s.Safe = true }, func(s *Scene) CEL { return s.truth(whole) })
	if c.Source == "false" {
		return ""
	}
	return c.not().Value().Source
}

// absence returns the value of which a condition says that it is nothing.
func absence(n jinja.Node) (of jinja.Node, ok bool) {
	switch v := n.(type) {
	case jinja.Unary:
		return v.Of, v.Op == "not"
	case jinja.Test:
		return v.Of, v.Name == "none" && !v.Not
	case jinja.Binary:
		literal, isLiteral := v.Right.(jinja.Literal)
		if v.Op == "==" && isLiteral && (literal.Value == nil || literal.Value == "") {
			return v.Left, true
		}
		if counted, ok := v.Left.(jinja.Filter); ok && v.Op == "==" && isLiteral && literal.Value == int64(0) && counted.Name == "length" {
			return counted.Of, true
		}
		if v.Op == "not in" {
			return jinja.Item{Of: v.Right, Index: v.Left}, true
		}
	}
	return nil, false
}
