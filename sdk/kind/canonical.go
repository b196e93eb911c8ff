package kind

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/sdk/internal/jsonscan"
)

// Canonical returns the canonical form of a JSON document, over which hashes are computed: object
// keys sorted by their bytes, no white space, strings with the fewest escapes. Numbers keep their
// text, so 1 and 1.0 are different documents; comparing their values would lose digits. Canonical
// refuses repeated keys, invalid UTF-8, lone surrogates, nesting deeper than 128 and data after the
// document.
//
// It returns a canonical document unchanged, without a copy.
func Canonical(doc []byte) ([]byte, error) {
	if jsonscan.Canonical(doc) {
		return doc, nil
	}
	if !utf8.Valid(doc) {
		return nil, errors.New("canonicalise: not valid UTF-8")
	}
	w := writers.Get().(*writer)
	defer w.release()
	w.in = doc
	if err := w.document(0); err != nil {
		return nil, fmt.Errorf("canonicalise at byte %d: %w", w.at, err)
	}
	return bytes.Clone(w.out), nil
}

// writer writes a document in one pass. It writes the members of an object in their given order and
// sorts them at the end of the object.
type writer struct {
	in      []byte
	at      int
	out     []byte
	members []member // of the objects that have not ended, the innermost last
	moved   []byte   // buffer for sorting members
}

// member is the position of an object's member in out.
type member struct{ key, colon, end int }

// writers reuses the buffers, because a connector writes many documents.
var writers = sync.Pool{New: func() any { return new(writer) }}

// maxKept is the largest buffer that is kept for another document.
const maxKept = 64 << 10

func (w *writer) release() {
	if cap(w.out) > maxKept || cap(w.moved) > maxKept {
		return
	}
	*w = writer{out: w.out[:0], members: w.members[:0], moved: w.moved[:0]}
	writers.Put(w)
}

// document writes a document at a depth in another one.
func (w *writer) document(depth int) error {
	if err := w.value(depth); err != nil {
		return err
	}
	if w.space(); w.at != len(w.in) {
		return errors.New("something follows the document")
	}
	return nil
}

func (w *writer) space() {
	for w.at < len(w.in) {
		switch w.in[w.at] {
		case ' ', '\t', '\r', '\n':
			w.at++
		default:
			return
		}
	}
}

// peek returns the next byte after white space, 0 at the end.
func (w *writer) peek() byte {
	w.space()
	if w.at == len(w.in) {
		return 0
	}
	return w.in[w.at]
}

func (w *writer) value(depth int) error {
	if depth > jsonscan.MaxDepth {
		return errors.New("nested too deep")
	}
	switch w.peek() {
	case '{':
		return w.object(depth)
	case '[':
		return w.array(depth)
	case '"':
		return w.text()
	case 't', 'f', 'n':
		return w.word()
	default:
		end, err := jsonscan.Number(w.in, w.at)
		if err != nil {
			return err
		}
		w.out = append(w.out, w.in[w.at:end]...)
		w.at = end
		return nil
	}
}

func (w *writer) word() error {
	for _, word := range []string{"true", "false", "null"} {
		if bytes.HasPrefix(w.in[w.at:], []byte(word)) {
			w.at += len(word)
			w.out = append(w.out, word...)
			return nil
		}
	}
	return errors.New("not a JSON value")
}

func (w *writer) array(depth int) error {
	w.at++
	w.out = append(w.out, '[')
	for first := true; ; first = false {
		if w.peek() == ']' {
			if !first {
				return errors.New("a value is missing")
			}
			break
		}
		if err := w.value(depth + 1); err != nil {
			return err
		}
		c := w.peek()
		if c == ']' {
			break
		}
		if c != ',' {
			return errors.New("an array does not end")
		}
		w.at++
		w.out = append(w.out, ',')
	}
	w.at++
	w.out = append(w.out, ']')
	return nil
}

func (w *writer) object(depth int) error {
	w.at++
	first := len(w.members)
	w.out = append(w.out, '{')
	for done := w.peek() == '}'; !done; {
		m, err := w.member(depth)
		if err != nil {
			return err
		}
		w.members = append(w.members, m)
		switch w.peek() {
		case ',':
			w.at++
			w.out = append(w.out, ',')
		case '}':
			done = true
		default:
			return errors.New("an object does not end")
		}
	}
	w.at++
	if err := w.arrange(w.members[first:]); err != nil {
		return err
	}
	w.members = w.members[:first]
	w.out = append(w.out, '}')
	return nil
}

func (w *writer) member(depth int) (m member, err error) {
	if w.peek() != '"' {
		return m, errors.New("a key is missing")
	}
	m.key = len(w.out)
	if err := w.text(); err != nil {
		return m, err
	}
	if w.peek() != ':' {
		return m, errors.New("a colon is missing")
	}
	w.at++
	m.colon = len(w.out)
	w.out = append(w.out, ':')
	err = w.value(depth + 1)
	m.end = len(w.out)
	return m, err
}

// arrange sorts the members of an object at the end of out.
func (w *writer) arrange(members []member) error {
	sorted := true
	for i := 1; i < len(members) && sorted; i++ {
		sorted = w.compare(members[i-1], members[i]) < 0
	}
	if sorted {
		return nil
	}
	begin := members[0].key
	slices.SortFunc(members, w.compare)
	w.moved = w.moved[:0]
	for i, m := range members {
		if i > 0 {
			if w.compare(members[i-1], m) == 0 {
				return fmt.Errorf("the key %s is repeated", w.out[m.key:m.colon])
			}
			w.moved = append(w.moved, ',')
		}
		w.moved = append(w.moved, w.out[m.key:m.end]...)
	}
	copy(w.out[begin:], w.moved)
	return nil
}

// compare orders two members by the bytes of their keys. It decodes keys with escapes, because the
// escaped byte and the backslash sort differently.
func (w *writer) compare(a, b member) int {
	x, y := w.out[a.key+1:a.colon-1], w.out[b.key+1:b.colon-1]
	if bytes.IndexByte(x, '\\') >= 0 || bytes.IndexByte(y, '\\') >= 0 {
		x, y = plain(x), plain(y)
	}
	return bytes.Compare(x, y)
}

// plain decodes a canonical string without its quotes.
func plain(text []byte) []byte {
	w := writer{in: text}
	var out []byte
	for w.at < len(text) {
		if text[w.at] != '\\' {
			out = append(out, text[w.at])
			w.at++
			continue
		}
		r, err := w.escape()
		if err != nil {
			return text // not canonical, which this text is
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// text writes a string.
func (w *writer) text() error {
	w.out = append(w.out, '"')
	for begun := w.at + 1; ; {
		w.at = jsonscan.Plain(w.in, begun)
		w.out = append(w.out, w.in[begun:w.at]...)
		switch {
		case w.at == len(w.in):
			return errors.New("a string does not end")
		case w.in[w.at] == '"':
			w.at++
			w.out = append(w.out, '"')
			return nil
		case w.in[w.at] != '\\':
			return errors.New("a string holds a control character")
		}
		r, err := w.escape()
		if err != nil {
			return err
		}
		w.out = jsonscan.AppendRune(w.out, r)
		begun = w.at
	}
}

func (w *writer) escape() (rune, error) {
	if w.at+1 >= len(w.in) {
		return 0, errors.New("a string does not end")
	}
	c := w.in[w.at+1]
	w.at += 2
	if c == 'u' {
		return w.unicode()
	}
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), nil
	}
	return 0, errors.New("an unknown escape")
}

// unicode reads the digits after \u, and the second half of a surrogate pair.
func (w *writer) unicode() (rune, error) {
	r, err := w.hex4()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if !bytes.HasPrefix(w.in[w.at:], []byte(`\u`)) {
		return 0, errors.New("half of a surrogate pair")
	}
	w.at += 2
	low, err := w.hex4()
	if err != nil {
		return 0, err
	}
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, errors.New("half of a surrogate pair")
	}
	return r, nil
}

func (w *writer) hex4() (rune, error) {
	if w.at+4 > len(w.in) {
		return 0, errors.New("a string does not end")
	}
	var r rune
	for _, c := range w.in[w.at : w.at+4] {
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
	w.at += 4
	return r, nil
}
