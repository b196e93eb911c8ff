package column

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// ListMark stands before every item of a list and after the last, so that an item can be
// found whole and an empty list differs from an absent one.
const ListMark = 0x1F

// extractor reads the fields of one kind from documents.
type extractor struct {
	texts [][]byte // by column, nil = absent; valid until the next document
	ints  []int64  // by column
	store [][]byte // memory behind texts
	names []named  // the fields by name, in the order of a document's
}

type named struct {
	name   string
	column int
	kind   kind.FieldType
}

func newExtractor(s *Shape) *extractor {
	e := &extractor{texts: make([][]byte, s.columns()), ints: make([]int64, s.columns()), store: make([][]byte, s.columns())}
	for i, f := range s.fields {
		e.names = append(e.names, named{f.Name, fields + i, f.Type})
	}
	slices.SortFunc(e.names, func(a, b named) int { return strings.Compare(a.name, b.name) })
	return e
}

// read reads a record. A field that the document does not have, or has in another type, is
// absent.
func (e *extractor) read(key string, doc []byte) {
	for i := range e.texts {
		e.texts[i], e.ints[i] = nil, Absent
	}
	e.set(Key, append(e.store[Key][:0], key...))
	next := 0
	eachMember(doc, func(name, value []byte) {
		for next < len(e.names) && e.names[next].name < string(name) {
			next++
		}
		if next < len(e.names) && e.names[next].name == string(name) {
			e.take(e.names[next], value)
		}
	})
}

func (e *extractor) set(column int, text []byte) {
	e.store[column] = text
	e.texts[column] = text
}

func (e *extractor) take(n named, value []byte) {
	room := e.store[n.column][:0]
	switch n.kind {
	case kind.FieldTime:
		e.ints[n.column] = momentOf(value)
	case kind.FieldNumber:
		e.ints[n.column] = numberOf(value)
	case kind.FieldList:
		if text, ok := appendList(room, value); ok {
			e.set(n.column, text)
		}
	default:
		if text, ok := appendLower(room, value); ok && len(text) > 0 {
			e.set(n.column, text)
		}
	}
}

// searchMark separates the texts of the search column.
const searchMark = 0x00

// appendLower appends a JSON string in lower case.
func appendLower(out, value []byte) ([]byte, bool) {
	if len(value) < 2 || value[0] != '"' {
		return out, false
	}
	inner := value[1 : len(value)-1]
	plain := true
	for _, c := range inner {
		if c == '\\' || c >= 0x80 {
			plain = false
			break
		}
	}
	if !plain {
		var text string
		if json.Unmarshal(value, &text) != nil {
			return out, false
		}
		return append(out, Fold(text)...), true
	}
	for _, c := range inner {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return out, true
}

// Fold returns a text as columns hold it: in lower case, with a space for each mark.
func Fold(text string) string {
	return strings.Map(func(r rune) rune {
		if r == searchMark || r == ListMark {
			return ' '
		}
		return r
	}, strings.ToLower(text))
}

// appendList appends the items of an array of texts, or the members of an object
// as "name=value", each after a mark.
func appendList(out, value []byte) ([]byte, bool) {
	if len(value) == 0 {
		return out, false
	}
	switch value[0] {
	case '[':
		eachItem(value, func(item []byte) {
			if text, ok := appendLower(append(out, ListMark), item); ok {
				out = text
			}
		})
	case '{':
		eachMember(value, func(name, item []byte) {
			out = append(append(append(out, ListMark), Fold(string(name))...), '=')
			if text, ok := appendLower(out, item); ok {
				out = text
			} else {
				out = append(out, Fold(string(item))...)
			}
		})
	default:
		return out, false
	}
	return append(out, ListMark), true
}

// momentOf returns an RFC 3339 time in microseconds since 1970.
func momentOf(value []byte) int64 {
	if len(value) < 2 || value[0] != '"' {
		return Absent
	}
	at, err := time.Parse(time.RFC3339, string(value[1:len(value)-1]))
	if err != nil || at.IsZero() {
		return Absent
	}
	return at.UnixMicro()
}

// numberOf returns a number as an integer with the same order.
func numberOf(value []byte) int64 {
	f, err := strconv.ParseFloat(string(value), 64)
	if err != nil {
		return Absent
	}
	return Ordered(f)
}

// Ordered maps floating-point numbers to integers in their order.
func Ordered(f float64) int64 {
	bits := int64(math.Float64bits(f + 0)) // -0 becomes 0
	if bits < 0 {
		bits ^= math.MaxInt64
	}
	return bits
}
