package kind

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/sdk/internal/jsonscan"
)

// Append appends the canonical JSON of doc, which is a kind, a pointer to one or a
// json.RawMessage. It returns false for another type, and for a document that it cannot write; out
// then keeps its length, and encoding/json with Canonical gives the result or the error.
//
// Marshalling a struct and then sorting its members takes many times as long.
func Append(out []byte, doc any) ([]byte, bool) {
	begin := len(out)
	all, ok := appendDoc(out, doc)
	if !ok || !utf8.Valid(all[begin:]) {
		return out, false
	}
	return all, true
}

func appendDoc(out []byte, doc any) ([]byte, bool) {
	if raw, ok := doc.(json.RawMessage); ok {
		return appendRaw(out, raw, 0)
	}
	v := reflect.ValueOf(doc)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() {
		return out, false
	}
	fields, ok := layouts()[v.Type()]
	if !ok {
		return out, false
	}
	out = append(out, '{')
	begin := len(out)
	for i := range fields {
		f := &fields[i]
		value := v.Field(f.index)
		if f.absent != nil && f.absent(value) {
			continue
		}
		if len(out) > begin {
			out = append(out, ',')
		}
		out = append(out, f.key...)
		if out, ok = f.write(out, value); !ok {
			return out, false
		}
	}
	return append(out, '}'), true
}

// field says how a field of a kind is written.
type field struct {
	index  int
	key    string                                                // in the document: "name":
	absent func(reflect.Value) bool                              // reports whether to leave it out; nil = never
	write  func(out []byte, v reflect.Value) (_ []byte, ok bool) // not ok: it cannot be written
}

// layouts returns the fields of every kind, sorted by name.
var layouts = sync.OnceValue(func() map[reflect.Type][]field {
	all := make(map[reflect.Type][]field, len(Kinds()))
	for _, k := range Kinds() {
		shape := reflect.TypeOf(New(k)).Elem()
		fields := make([]field, shape.NumField())
		for i := range fields {
			fields[i] = layoutOf(shape.Field(i))
		}
		slices.SortFunc(fields, func(a, b field) int {
			return strings.Compare(strings.Trim(a.key, `":`), strings.Trim(b.key, `":`))
		})
		all[shape] = fields
	}
	return all
})

func layoutOf(member reflect.StructField) field {
	name, option, _ := strings.Cut(member.Tag.Get("json"), ",")
	f := field{index: member.Index[0], key: `"` + name + `":`, write: writeOther}
	switch option {
	case "omitempty":
		f.absent = isEmpty
	case "omitzero":
		f.absent = reflect.Value.IsZero
	}
	switch member.Type {
	case reflect.TypeFor[string]():
		f.write = writeText
	case reflect.TypeFor[Word]():
		f.write = writeWord
	case reflect.TypeFor[Tri]():
		f.write = writeTri
	case reflect.TypeFor[Time]():
		f.write = writeTime
		if option == "omitzero" {
			f.absent = isUnknownTime
		}
	case reflect.TypeFor[[]string]():
		f.write = writeTexts
	case reflect.TypeFor[json.RawMessage]():
		f.write = writeRaw
	}
	return f
}

// isEmpty reports what encoding/json treats as empty, for the types that kinds use.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	}
	return v.IsZero()
}

func isUnknownTime(v reflect.Value) bool {
	t, _ := reflect.TypeAssert[Time](v)
	return t.IsZero()
}

func writeText(out []byte, v reflect.Value) ([]byte, bool) { return appendText(out, v.String()), true }

func writeWord(out []byte, v reflect.Value) ([]byte, bool) {
	if v.Len() == 0 {
		return append(out, `"unknown"`...), true
	}
	return appendText(out, v.String()), true
}

func writeTri(out []byte, v reflect.Value) ([]byte, bool) {
	return appendText(out, Tri(v.Uint()).String()), true
}

func writeTime(out []byte, v reflect.Value) ([]byte, bool) {
	t, _ := reflect.TypeAssert[Time](v)
	out, err := t.UTC().AppendText(append(out, '"'))
	return append(out, '"'), err == nil
}

func writeTexts(out []byte, v reflect.Value) ([]byte, bool) {
	texts, _ := reflect.TypeAssert[[]string](v)
	if texts == nil {
		return append(out, "null"...), true
	}
	out = append(out, '[')
	for i, text := range texts {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendText(out, text)
	}
	return append(out, ']'), true
}

func writeRaw(out []byte, v reflect.Value) ([]byte, bool) {
	if v.IsNil() {
		return append(out, "null"...), true
	}
	return appendRaw(out, v.Bytes(), 1)
}

// writeOther writes the few fields of other types as encoding/json does.
func writeOther(out []byte, v reflect.Value) ([]byte, bool) {
	raw, err := json.Marshal(v.Interface())
	if err != nil {
		return out, false
	}
	return appendRaw(out, raw, 1)
}

// appendRaw appends the canonical form of JSON at a depth in a document.
func appendRaw(out, raw []byte, depth int) ([]byte, bool) {
	if end := jsonscan.Value(raw, 0, depth); end == len(raw) && end > 0 {
		return append(out, raw...), true
	}
	if !utf8.Valid(raw) {
		return out, false
	}
	w := writers.Get().(*writer)
	defer w.release()
	own := w.out
	w.in, w.out = raw, out
	err := w.document(depth)
	out, w.out = w.out, own
	return out, err == nil
}

// appendText appends s as a string with the fewest escapes.
func appendText(out []byte, s string) []byte {
	out = append(out, '"')
	begin := len(out)
	out = append(out, s...)
	if at := jsonscan.Plain(out, begin); at < len(out) {
		out = out[:at]
		for _, c := range []byte(s[at-begin:]) {
			if c < utf8.RuneSelf {
				out = jsonscan.AppendRune(out, rune(c))
			} else {
				out = append(out, c)
			}
		}
	}
	return append(out, '"')
}
