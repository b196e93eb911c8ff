package kind

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds nesting, so that a hostile document cannot exhaust the stack.
const maxDepth = 128

// Canonical returns the one form of a JSON document that hashes are computed
// over: object keys sorted by their bytes, no white space, strings with the
// fewest escapes. Numbers keep their text, so 1 and 1.0 are different documents:
// deciding that they are equal would need to decode them, and lose digits.
// Refused are repeated keys, invalid UTF-8, lone surrogates, nesting deeper than
// 128 and anything after the document.
//
// A document that is canonical already is returned as it is, without a copy.
func Canonical(doc []byte) ([]byte, error) {
	if isCanonical(doc) {
		return doc, nil
	}
	if !utf8.Valid(doc) {
		return nil, errors.New("canonicalise: not valid UTF-8")
	}
	p := parser{in: doc}
	root, err := p.document()
	if err != nil {
		return nil, fmt.Errorf("canonicalise at byte %d: %w", p.at, err)
	}
	return root.write(make([]byte, 0, len(doc))), nil
}

// node is one value: a literal kept as text, an array or an object.
type node struct {
	literal []byte // canonical text; nil for arrays and objects
	object  bool
	keys    []string // decoded, of an object
	values  []node
}

// write appends the canonical text of n. Keys are sorted already.
func (n node) write(out []byte) []byte {
	if n.literal != nil {
		return append(out, n.literal...)
	}
	open, end := byte('['), byte(']')
	if n.object {
		open, end = '{', '}'
	}
	out = append(out, open)
	for i, v := range n.values {
		if i > 0 {
			out = append(out, ',')
		}
		if n.object {
			out = appendString(out, n.keys[i])
			out = append(out, ':')
		}
		out = v.write(out)
	}
	return append(out, end)
}

type parser struct {
	in []byte
	at int
}

func (p *parser) document() (node, error) {
	root, err := p.value(0)
	if err != nil {
		return node{}, err
	}
	if p.space(); p.at != len(p.in) {
		return node{}, errors.New("something follows the document")
	}
	return root, nil
}

func (p *parser) space() {
	for p.at < len(p.in) && strings.IndexByte(" \t\r\n", p.in[p.at]) >= 0 {
		p.at++
	}
}

// peek returns the next byte after white space, 0 at the end.
func (p *parser) peek() byte {
	p.space()
	if p.at == len(p.in) {
		return 0
	}
	return p.in[p.at]
}

func (p *parser) value(depth int) (node, error) {
	if depth > maxDepth {
		return node{}, errors.New("nested too deep")
	}
	switch c := p.peek(); c {
	case '{':
		return p.object(depth)
	case '[':
		return p.array(depth)
	case '"':
		text, err := p.text()
		return node{literal: appendString(nil, text)}, err
	case 't', 'f', 'n':
		return p.word()
	default:
		end, err := scanNumber(p.in, p.at)
		if err != nil {
			return node{}, err
		}
		n := node{literal: p.in[p.at:end]}
		p.at = end
		return n, nil
	}
}

func (p *parser) word() (node, error) {
	for _, w := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(p.in[p.at:], []byte(w)) {
			p.at += len(w)
			return node{literal: []byte(w)}, nil
		}
	}
	return node{}, errors.New("not a JSON value")
}

func (p *parser) array(depth int) (node, error) {
	p.at++
	n := node{}
	for first := true; ; first = false {
		c := p.peek()
		if c == ']' {
			if first {
				p.at++
				return n, nil
			}
			return n, errors.New("a value is missing")
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return n, err
		}
		n.values = append(n.values, v)
		switch p.peek() {
		case ',':
			p.at++
		case ']':
			p.at++
			return n, nil
		default:
			return n, errors.New("an array does not end")
		}
	}
}

func (p *parser) object(depth int) (node, error) {
	p.at++
	type member struct {
		key   string
		value node
	}
	var members []member
	for done := p.peek() == '}'; !done; {
		if p.peek() != '"' {
			return node{}, errors.New("a key is missing")
		}
		key, err := p.text()
		if err != nil {
			return node{}, err
		}
		if p.peek() != ':' {
			return node{}, errors.New("a colon is missing")
		}
		p.at++
		v, err := p.value(depth + 1)
		if err != nil {
			return node{}, err
		}
		members = append(members, member{key, v})
		switch p.peek() {
		case ',':
			p.at++
		case '}':
			done = true
		default:
			return node{}, errors.New("an object does not end")
		}
	}
	p.at++
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.key, b.key) })
	n := node{object: true}
	for i, m := range members {
		if i > 0 && m.key == members[i-1].key {
			return node{}, fmt.Errorf("the key %q is repeated", m.key)
		}
		n.keys, n.values = append(n.keys, m.key), append(n.values, m.value)
	}
	return n, nil
}

// text reads a string and returns what it stands for.
func (p *parser) text() (string, error) {
	p.at++
	var out []byte
	for p.at < len(p.in) {
		switch c := p.in[p.at]; {
		case c == '"':
			p.at++
			return string(out), nil
		case c < 0x20:
			return "", errors.New("a control character stands in a string")
		case c != '\\':
			out = append(out, c)
			p.at++
		default:
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
		}
	}
	return "", errors.New("a string does not end")
}

func (p *parser) escape() (rune, error) {
	if p.at+1 >= len(p.in) {
		return 0, errors.New("a string does not end")
	}
	c := p.in[p.at+1]
	p.at += 2
	if c == 'u' {
		return p.unicode()
	}
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	return 0, errors.New("an unknown escape")
}

// unicode reads the digits after \u, and the second half of a surrogate pair.
func (p *parser) unicode() (rune, error) {
	r, err := p.hex4()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if !bytes.HasPrefix(p.in[p.at:], []byte(`\u`)) {
		return 0, errors.New("half of a surrogate pair")
	}
	p.at += 2
	low, err := p.hex4()
	if err != nil {
		return 0, err
	}
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, errors.New("half of a surrogate pair")
	}
	return r, nil
}

func (p *parser) hex4() (rune, error) {
	if p.at+4 > len(p.in) {
		return 0, errors.New("a string does not end")
	}
	var r rune
	for _, c := range p.in[p.at : p.at+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, errors.New("not four hex digits")
		}
	}
	p.at += 4
	return r, nil
}
