package schema

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/sdk/internal/jsonscan"
)

// quick checks a canonical document in one pass, without decoding it. It only confirms valid
// documents. The library handles the rest: unknown rules, other forms of JSON, and violations with
// their messages. So quick knows only the few rules of records.
type quick struct {
	types    types // 0: any
	enum     []string
	minRunes int
	dateTime bool
	min, max *float64
	members  []member // in the order of their names
	required uint64   // the bits of the members that must be there
	others   *quick   // of members that have no name here; nil: any value
	closed   bool     // there may be no others
	items    *quick   // nil: any value
}

// member is a named member of an object.
type member struct {
	*quick
	key string // as it stands in a document: "name":
	bit uint64 // 0: it may be missing
}

// types is a set of the types a value may have.
type types uint8

const (
	anObject types = 1 << iota
	anArray
	aString
	aBoolean
	aNull
	aNumber
	anInteger
)

// maxRequired is the highest number of required members: one bit each.
const maxRequired = 64

// quickly returns raw as a quick schema, or nil when raw has a rule that quick does not know.
func quickly(raw json.RawMessage) *quick {
	var rules map[string]json.RawMessage
	switch text := string(bytes.TrimSpace(raw)); {
	case text == "true":
		return &quick{}
	case json.Unmarshal(raw, &rules) != nil:
		return nil
	}
	q := &quick{}
	for rule, value := range rules {
		if !q.rule(rule, value) {
			return nil
		}
	}
	return q.with(rules["required"])
}

// rule takes one rule of the schema and reports whether it is known.
func (q *quick) rule(name string, value json.RawMessage) bool {
	switch name {
	case "$schema", "$id", "title", "description", "examples", "default", "writeOnly", "required":
		return true // no rule for a value; with handles "required"
	case "type":
		return q.typed(value)
	case "enum":
		return json.Unmarshal(value, &q.enum) == nil && len(q.enum) > 0 && !slices.ContainsFunc(q.enum, escaped)
	case "minLength":
		return json.Unmarshal(value, &q.minRunes) == nil
	case "format":
		q.dateTime = string(value) == `"date-time"`
		return q.dateTime
	case "minimum":
		return json.Unmarshal(value, &q.min) == nil
	case "maximum":
		return json.Unmarshal(value, &q.max) == nil
	case "properties":
		return q.properties(value)
	case "additionalProperties":
		q.others = quickly(value)
		q.closed = string(value) == "false"
		return q.others != nil || q.closed
	case "items":
		q.items = quickly(value)
		return q.items != nil
	}
	return false
}

// typed takes the rule that names one type or several.
func (q *quick) typed(value json.RawMessage) bool {
	names := make([]string, 1)
	if json.Unmarshal(value, &names[0]) != nil && json.Unmarshal(value, &names) != nil {
		return false
	}
	known := map[string]types{
		"object": anObject, "array": anArray, "string": aString, "boolean": aBoolean, "null": aNull, "number": aNumber, "integer": anInteger,
	}
	for _, name := range names {
		if known[name] == 0 {
			return false
		}
		q.types |= known[name]
	}
	return q.types != 0
}

func (q *quick) properties(value json.RawMessage) bool {
	var all map[string]json.RawMessage
	if json.Unmarshal(value, &all) != nil {
		return false
	}
	q.members = make([]member, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		m := member{quick: quickly(all[name]), key: keyOf(name)}
		if m.quick == nil || escaped(name) {
			return false
		}
		q.members = append(q.members, m)
	}
	return true
}

// with marks the required members.
func (q *quick) with(required json.RawMessage) *quick {
	if required == nil {
		return q
	}
	var names []string
	if json.Unmarshal(required, &names) != nil || len(names) > maxRequired {
		return nil
	}
	for i, name := range names {
		at := slices.IndexFunc(q.members, func(m member) bool { return m.key == keyOf(name) })
		if at < 0 {
			return nil
		}
		q.members[at].bit = 1 << i
		q.required |= 1 << i
	}
	return q
}

func keyOf(name string) string { return `"` + name + `":` }

// escaped reports whether s needs an escape in a document.
func escaped(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == '"' || r == '\\' })
}

// allows reports whether doc is canonical JSON and breaks no rule. False may also mean that it
// cannot decide.
func (q *quick) allows(doc []byte) bool {
	return utf8.Valid(doc) && q.value(doc, 0, 0) == len(doc)
}

// value returns the end of the value at at, or -1.
func (q *quick) value(in []byte, at, depth int) int {
	if at >= len(in) || depth > jsonscan.MaxDepth {
		return -1
	}
	switch in[at] {
	case '{':
		if !q.is(anObject) {
			return -1
		}
		return q.object(in, at+1, depth)
	case '[':
		if !q.is(anArray) || len(q.enum) > 0 {
			return -1
		}
		return q.array(in, at+1, depth)
	case '"':
		return q.text(in, at)
	}
	return q.scalar(in, at, depth)
}

// is reports whether a value may have a type.
func (q *quick) is(t types) bool { return q.types == 0 || q.types&t != 0 }

func (q *quick) object(in []byte, at, depth int) int {
	var found uint64
	var last []byte   // the name before
	known := false    // the name before is one of members
	rest := q.members // that may follow: both they and the document's members are sorted
	for first := true; ; first = false {
		if first && at < len(in) && in[at] == '}' {
			break
		}
		m, end := pick(rest, in, at)
		if end < 0 {
			return -1
		}
		name := in[at+1 : end-len(`":`)]
		if !first && (m < 0 || !known) && bytes.Compare(last, name) >= 0 {
			return -1
		}
		last, known = name, m >= 0
		if known {
			found |= rest[m].bit
			at = rest[m].value(in, end, depth+1)
			rest = rest[m+1:]
		} else {
			at = q.other(in, end, depth+1)
		}
		if at < 0 || at >= len(in) {
			return -1
		}
		if in[at] == '}' {
			break
		}
		if in[at] != ',' {
			return -1
		}
		at++
	}
	if found&q.required != q.required || len(q.enum) > 0 {
		return -1
	}
	return at + 1
}

// pick returns the index of the member whose key is at at, or -1, and where the value of the key at
// at begins, or -1.
func pick(members []member, in []byte, at int) (m, value int) {
	for m := range members {
		if key := members[m].key; at+len(key) <= len(in) && string(in[at:at+len(key)]) == key {
			return m, at + len(key)
		}
	}
	return -1, jsonscan.Key(in, at)
}

// other returns the end of the value of a member that the schema does not name.
func (q *quick) other(in []byte, at, depth int) int {
	switch {
	case q.closed:
		return -1
	case q.others != nil:
		return q.others.value(in, at, depth)
	}
	return jsonscan.Value(in, at, depth)
}

func (q *quick) array(in []byte, at, depth int) int {
	if at < len(in) && in[at] == ']' {
		return at + 1
	}
	for {
		if q.items != nil {
			at = q.items.value(in, at, depth+1)
		} else {
			at = jsonscan.Value(in, at, depth+1)
		}
		if at < 0 || at >= len(in) {
			return -1
		}
		if in[at] == ']' {
			return at + 1
		}
		if in[at] != ',' {
			return -1
		}
		at++
	}
}

func (q *quick) text(in []byte, at int) int {
	end := jsonscan.String(in, at)
	if end < 0 || !q.is(aString) {
		return -1
	}
	text := in[at+1 : end-1]
	if len(q.enum) == 0 && q.minRunes == 0 && !q.dateTime {
		return end
	}
	if bytes.IndexByte(text, '\\') >= 0 {
		return -1
	}
	if len(q.enum) > 0 && !slices.ContainsFunc(q.enum, func(word string) bool { return word == string(text) }) {
		return -1
	}
	if q.minRunes > 0 && utf8.RuneCount(text) < q.minRunes || q.dateTime && !isDateTime(text) {
		return -1
	}
	return end
}

// isDateTime accepts only the form of times in records: UTC.
func isDateTime(text []byte) bool {
	const form = "0000-00-00T00:00:00"
	if len(text) < len(form)+1 || text[len(text)-1] != 'Z' {
		return false
	}
	for i, c := range text[:len(form)] {
		if isDigit(form[i]) != isDigit(c) || !isDigit(c) && form[i] != c {
			return false
		}
	}
	if fraction := text[len(form) : len(text)-1]; len(fraction) > 0 {
		if fraction[0] != '.' || len(fraction) == 1 || slices.ContainsFunc(fraction[1:], func(c byte) bool { return !isDigit(c) }) {
			return false
		}
	}
	two := func(at int) int { return int(text[at]-'0')*10 + int(text[at+1]-'0') }
	year, month, day := two(0)*100+two(2), two(5), two(8)
	return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month) && two(11) < 24 && two(14) < 60 && two(17) < 60
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// scalar returns the end of a number or a word.
func (q *quick) scalar(in []byte, at, depth int) int {
	end := jsonscan.Value(in, at, depth)
	if end < 0 || len(q.enum) > 0 {
		return -1
	}
	switch in[at] {
	case 't', 'f':
		if !q.is(aBoolean) {
			return -1
		}
		return end
	case 'n':
		if !q.is(aNull) {
			return -1
		}
		return end
	}
	if !q.number(in[at:end]) {
		return -1
	}
	return end
}

func (q *quick) number(text []byte) bool {
	whole := !bytes.ContainsAny(text, ".eE")
	if !q.is(aNumber) && (!whole || !q.is(anInteger)) {
		return false
	}
	if q.min == nil && q.max == nil {
		return true
	}
	n, err := strconv.ParseFloat(string(text), 64)
	// Beyond 2^53 a float differs from the number in the text.
	return err == nil && n < 1<<53 && n > -1<<53 && (q.min == nil || n >= *q.min) && (q.max == nil || n <= *q.max)
}
