package kind

import (
	"reflect"
	"slices"
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

// Field is a field of a kind by which lists of its records can be filtered and sorted.
type Field struct {
	Name  string    `json:"name" doc:"As in the document"`
	Type  FieldType `json:"type" enum:"text,word,time,number,list"`
	Words []string  `json:"words,omitempty" doc:"What a field of the type word may be"`
	Rank  int       `json:"rank,omitempty" doc:"Place among the columns of a table, 1 first; absent for a field that a table leaves out"`
}

// Fields returns the fields by which lists of a kind can be filtered and sorted, in the order of the
// documentation: all except the vendor's document, addresses and prose. It returns nil for an
// unknown kind.
func Fields(k Kind) []Field {
	doc := New(k)
	if doc == nil {
		return nil
	}
	shape := reflect.TypeOf(doc).Elem()
	fields := make([]Field, 0, shape.NumField())
	_, named := shape.FieldByName("Name")
	for i := range shape.NumField() {
		if f, ok := fieldOf(shape.Field(i)); ok {
			fields = append(fields, f)
		}
	}
	rank := 0
	for _, name := range columns {
		// A title beside a name is a job title, which matters less.
		if at := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name }); at >= 0 && (!named || name != "title") {
			rank++
			fields[at].Rank = rank
		}
	}
	return fields
}

// Members returns the names of everything that a document of a kind may have, in the order of the documentation. It returns nil for an
// unknown kind.
func Members(k Kind) (names []string) {
	doc := New(k)
	if doc == nil {
		return nil
	}
	shape := reflect.TypeOf(doc).Elem()
	for i := range shape.NumField() {
		name, _, _ := strings.Cut(shape.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// columns are the fields that a table shows first.
var columns = []string{
	"name", "title", "hostname", "person_name", "course", "email", "severity", "status", "mfa", "admin", "type", "owner",
	"last_login_at", "due_at", "department", "created_at",
}

func fieldOf(member reflect.StructField) (Field, bool) {
	name, _, _ := strings.Cut(member.Tag.Get("json"), ",")
	switch name {
	case "vendor", "description", "fix", "url":
		return Field{}, false
	}
	f := Field{Name: name, Type: typeOf(member)}
	switch member.Type {
	case reflect.TypeFor[Tri]():
		f.Words = []string{Yes.String(), No.String(), Unknown.String()}
	case reflect.TypeFor[Word]():
		f.Words = words(member.Tag.Get("jsonschema"))
	}
	return f, true
}

func typeOf(member reflect.StructField) FieldType {
	switch of := member.Type; {
	case of == reflect.TypeFor[Tri](), of == reflect.TypeFor[Word]():
		return FieldWord
	case of == reflect.TypeFor[Time]():
		return FieldTime
	case of.Kind() == reflect.Pointer:
		return FieldNumber
	case of.Kind() == reflect.Slice || of.Kind() == reflect.Map:
		return FieldList
	}
	return FieldText
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
