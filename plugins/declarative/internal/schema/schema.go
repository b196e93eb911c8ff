// Package schema writes the language as a JSON Schema (2020-12), which editors use to
// complete keys and to mark mistakes. It is made from the types of package file, so that
// it cannot differ from what is read.
package schema

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/declarative/internal/file"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// object is a JSON object.
type object = map[string]any

// writer collects the definitions of the types that the language uses.
type writer struct{ definitions object }

// Language returns the schema.
func Language() []byte {
	w := writer{definitions: object{}}
	whole := w.properties(reflect.TypeFor[file.File]())
	whole["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	whole["title"] = "A Plumbline connector in one file"
	whole["$defs"] = w.definitions
	raw, err := json.MarshalIndent(whole, "", "  ")
	if err != nil {
		panic(err) // it is made of maps and texts alone
	}
	return raw
}

// of returns the schema of a type.
func (w writer) of(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[file.Text]():
		return object{"type": []string{"string", "number", "boolean"}}
	case reflect.TypeFor[file.Expression]():
		return object{"type": []string{"string", "number", "boolean"}}
	case reflect.TypeFor[file.Texts]():
		one := w.of(reflect.TypeFor[file.Text]())
		return object{"anyOf": []object{one, {"type": "array", "items": one}}}
	case reflect.TypeFor[file.Duration]():
		return object{"type": "string", "pattern": `^[0-9]`}
	case reflect.TypeFor[file.Tree]():
		return object{}
	case reflect.TypeFor[file.SecretHeaders]():
		one := w.of(t.Elem())
		return object{"anyOf": []object{one, {"type": "array", "items": one}}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return w.of(t.Elem())
	case reflect.Slice:
		return object{"type": "array", "items": w.of(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": w.of(t.Elem())}
	case reflect.Struct:
		name := strings.ToLower(t.Name())
		if w.definitions[name] == nil {
			w.definitions[name] = object{} // a type may hold itself
			w.definitions[name] = w.properties(t)
		}
		return object{"$ref": "#/$defs/" + name}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.String:
		return object{"type": []string{"string", "number", "boolean"}}
	}
	return object{}
}

// properties returns the schema of a struct's keys.
func (w writer) properties(t reflect.Type) object {
	properties, required := object{}, []string{}
	w.add(t, properties, &required)
	return object{"type": "object", "additionalProperties": false, "properties": properties, "required": required}
}

func (w writer) add(t reflect.Type, properties object, required *[]string) {
	for i := range t.NumField() {
		member := t.Field(i)
		switch {
		case member.Type == reflect.TypeFor[file.Item]():
		case member.Anonymous:
			w.add(member.Type, properties, required)
		default:
			key := member.Tag.Get("yaml")
			properties[key] = w.described(member)
			if member.Tag.Get("need") == "yes" {
				*required = append(*required, key)
			}
		}
	}
}

// described returns the schema of a key, with what its tags say.
func (w writer) described(member reflect.StructField) object {
	s := w.of(member.Type)
	s["description"] = member.Tag.Get("doc")
	words := strings.Split(member.Tag.Get("enum"), ",")
	switch member.Tag.Get("from") {
	case "kinds":
		words = nil
		for _, k := range kind.Kinds() {
			words = append(words, string(k))
		}
	case "categories":
		s["items"] = object{"enum": sdk.Categories()}
	}
	if words[0] != "" {
		delete(s, "type")
		s["enum"] = words
	}
	return s
}
