package writing

import (
	"fmt"
	"slices"
	"strings"
)

// Object is a mapping of the file that is written, in the order of its keys.
type Object struct {
	line    int // of the manifest; 0 = none
	Mapping int // of the mapping file; 0 = none
	Keys    []string
	Values  map[string]any
	Flow    bool // on one line
}

// New returns an object without keys; line is where the manifest has it.
func New(line int) *Object { return &Object{line: line, Values: map[string]any{}} }

// Pairs returns an object on one line: its keys and values one after the other.
func Pairs(line int, all ...any) *Object {
	o := New(line)
	o.Flow = true
	for i := 0; i+1 < len(all); i += 2 {
		o.Set(fmt.Sprint(all[i]), all[i+1])
	}
	return o
}

// Set gives a key its value. Nothing, an empty text, false, and what is empty are not written.
func (o *Object) Set(key string, value any) {
	switch v := value.(type) {
	case nil:
		return
	case string:
		if v == "" {
			return
		}
	case bool:
		if !v {
			return
		}
	case *Object:
		if v == nil {
			return
		}
	case []string:
		if len(v) == 0 {
			return
		}
	case []any:
		if len(v) == 0 {
			return
		}
	case []*Object:
		if len(v) == 0 {
			return
		}
	}
	o.Put(key, value)
}

// Put gives a key its value, also an empty one.
func (o *Object) Put(key string, value any) {
	if !slices.Contains(o.Keys, key) {
		o.Keys = append(o.Keys, key)
	}
	o.Values[key] = value
}

// Has reports whether the object has a key. Nothing has none.
func (o *Object) Has(key string) bool { return o != nil && slices.Contains(o.Keys, key) }

// Under returns the object that is a member, made when there is none.
func (o *Object) Under(key string) *Object {
	if inner, ok := o.Values[key].(*Object); ok {
		return inner
	}
	inner := New(o.line)
	o.Put(key, inner)
	return inner
}

// Remove takes a key out.
func (o *Object) Remove(key string) {
	delete(o.Values, key)
	kept := o.Keys[:0:0]
	for _, one := range o.Keys {
		if one != key {
			kept = append(kept, one)
		}
	}
	o.Keys = kept
}

// Mapped is a value with the line of the mapping file that gives it.
type Mapped struct {
	Value any
	Line  int
}

// Shown writes an object for comparisons.
func Shown(value any) string {
	switch v := value.(type) {
	case *Object:
		if v == nil {
			return ""
		}
		var b strings.Builder
		for _, key := range v.Keys {
			b.WriteString(key + ":" + Shown(v.Values[key]) + ";")
		}
		return "{" + b.String() + "}"
	case []*Object:
		var b strings.Builder
		for _, one := range v {
			b.WriteString(Shown(one) + ",")
		}
		return "[" + b.String() + "]"
	case Mapped:
		return Shown(v.Value)
	}
	return fmt.Sprint(value)
}
