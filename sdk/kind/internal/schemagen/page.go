package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

const pageIntro = `# Kinds

<!-- Written by go generate from the structs in this directory. Change those. -->

All records of a stream have one kind. This page lists every kind with the names of its JSON fields; in Go the kinds are the structs
of this package. A record must have the fields in **bold**. Leave out every other field that was not read: an absent field is unknown,
and an empty list is empty.

| Form | Is |
|---|---|
| text | any text |
| yes/no | ` + "`yes`, `no` or `unknown`; absent is `unknown`" + ` |
| time | RFC 3339 with its zone, e.g. ` + "`2026-02-28T09:00:00Z`" + ` |
| words | one of the listed words |

A record may have other fields. The host keeps them and does not filter by them. Put the vendor's own document into
` + "`vendor`" + `, without values that change by themselves. The JSON Schemas are in [` + "`schema`" + `](schema).
`

// shape is the part of a kind's schema that the page uses.
type shape struct {
	Description string           `json:"description"`
	Required    []string         `json:"required"`
	Properties  map[string]field `json:"properties"`
}

type field struct {
	Type        string   `json:"type"`
	Format      string   `json:"format"`
	Enum        []string `json:"enum"`
	Description string   `json:"description"`
	Items       *field   `json:"items"`
}

// page returns the list of all kinds in Markdown.
func page(schemas map[kind.Kind][]byte) ([]byte, error) {
	var b strings.Builder
	b.WriteString(pageIntro)
	for _, k := range kind.Kinds() {
		var s shape
		if err := json.Unmarshal(schemas[k], &s); err != nil {
			return nil, fmt.Errorf("decode schema of %s: %w", k, err)
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| Field | Form | Meaning |\n|---|---|---|\n", k, s.Description)
		for _, name := range names(k) {
			f := s.Properties[name]
			shown := "`" + name + "`"
			if slices.Contains(s.Required, name) {
				shown = "**" + shown + "**"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", shown, f.form(), f.Description)
		}
	}
	return []byte(b.String()), nil
}

// names returns the fields of a kind in the order of its struct.
func names(k kind.Kind) (all []string) {
	shape := reflect.TypeOf(kind.New(k)).Elem()
	for i := range shape.NumField() {
		name, _, _ := strings.Cut(shape.Field(i).Tag.Get("json"), ",")
		all = append(all, name)
	}
	return all
}

func (f field) form() string {
	switch {
	case slices.Equal(f.Enum, []string{"yes", "no", "unknown"}):
		return "yes/no"
	case len(f.Enum) > 0:
		return "`" + strings.Join(f.Enum, "` `") + "`"
	case f.Format == "date-time":
		return "time"
	case f.Type == "array" && f.Items != nil:
		return "list of " + f.Items.form()
	case f.Type == "string":
		return "text"
	case f.Type == "integer":
		return "whole number"
	case f.Type == "":
		return "any JSON"
	}
	return f.Type
}
