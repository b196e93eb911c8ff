package main

import (
	"encoding/json"
	"strings"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// base are the fields that every resource has.
type base struct {
	ID       text              `json:"id"`
	Name     text              `json:"name"`
	Type     text              `json:"type"`
	Location text              `json:"location"`
	Tags     map[string]string `json:"tags"`
}

// resource returns the record of a resource. Azure writes the same id with large and small letters, so the key has small
// ones only.
func (b base) resource(s subscription, raw json.RawMessage, omit ...string) kind.Resource {
	return kind.Resource{
		ExternalID: lower(b.ID), Type: string(b.Type), Name: string(b.Name), Account: string(s.ID), Region: string(b.Location),
		Tags: b.Tags, Vendor: without(raw, omit...),
	}
}

// read decodes an item of a list, which must have an id.
func read(raw json.RawMessage, what string, into interface{ id() text }) error {
	if err := json.Unmarshal(raw, into); err != nil {
		return sdk.Errorf(sdk.CodeSchemaUnexpected, "a %s is not as documented", what).Because(err)
	}
	if into.id() == "" {
		return sdk.Errorf(sdk.CodeSchemaKeyMissing, "a %s has no id", what)
	}
	return nil
}

func (b *base) id() text { return b.ID }

// without returns a resource without the named properties. They change by themselves.
func without(raw json.RawMessage, names ...string) json.RawMessage {
	paths := []string{"etag"}
	for _, name := range names {
		paths = append(paths, "properties."+name)
	}
	return field.Omit(raw, paths...)
}

// enabled reads a state that is Enabled or Disabled.
func enabled(state text) kind.Tri {
	switch strings.ToLower(string(state)) {
	case "enabled":
		return kind.Yes
	case "disabled":
		return kind.No
	}
	return kind.Unknown
}

func lower(t text) string { return strings.ToLower(string(t)) }

// text is a field of the vendor that is documented as a string.
type text = field.Text
