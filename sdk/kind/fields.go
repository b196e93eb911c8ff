package kind

import (
	"reflect"
	"strings"
)

// FieldType says how a field of a kind is compared.
type FieldType string

// The types of fields.
const (
	FieldText   FieldType = "text"   // any text
	FieldWord   FieldType = "word"   // one of a few words
	FieldTime   FieldType = "time"   // a moment
	FieldNumber FieldType = "number" // a whole number or a fraction
	FieldList   FieldType = "list"   // several texts; of a table, each as "name=value"
)

// Field is a fact of a kind that lists of its records can be asked by.
type Field struct {
	Name  string    `json:"name" doc:"As in the document"`
	Type  FieldType `json:"type" enum:"text,word,time,number,list"`
	Words []string  `json:"words,omitempty" doc:"What a field of the type word may be"`
}

// Fields returns the fields that lists of a kind can be asked by, in the order
// of the documentation: all but the vendor's own document, addresses and prose.
// It is nil when there is no such kind.
func Fields(k Kind) []Field {
	doc := New(k)
	if doc == nil {
		return nil
	}
	shape := reflect.TypeOf(doc).Elem()
	fields := make([]Field, 0, shape.NumField())
	for i := range shape.NumField() {
		if f, ok := fieldOf(shape.Field(i)); ok {
			fields = append(fields, f)
		}
	}
	return fields
}

func fieldOf(member reflect.StructField) (Field, bool) {
	name, _, _ := strings.Cut(member.Tag.Get("json"), ",")
	switch name {
	case "vendor", "description", "fix", "url":
		return Field{}, false
	}
	f := Field{Name: name, Type: FieldText}
	switch kind := member.Type; {
	case kind == reflect.TypeFor[Tri]():
		f.Type, f.Words = FieldWord, []string{Yes.String(), No.String(), Unknown.String()}
	case kind == reflect.TypeFor[Word]():
		f.Type, f.Words = FieldWord, words(member.Tag.Get("jsonschema"))
	case kind == reflect.TypeFor[Time]():
		f.Type = FieldTime
	case kind.Kind() == reflect.Pointer:
		f.Type = FieldNumber
	case kind.Kind() == reflect.Slice || kind.Kind() == reflect.Map:
		f.Type = FieldList
	}
	return f, true
}

// words returns what follows enum= in a schema tag.
func words(tag string) (found []string) {
	for part := range strings.SplitSeq(tag, ",") {
		if word, ok := strings.CutPrefix(part, "enum="); ok {
			found = append(found, word)
		}
	}
	return found
}
