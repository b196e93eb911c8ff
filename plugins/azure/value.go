package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

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
	var members, properties map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return raw
	}
	delete(members, "etag")
	if json.Unmarshal(members["properties"], &properties) == nil && properties != nil {
		for _, name := range names {
			delete(properties, name)
		}
		if short, err := json.Marshal(properties); err == nil {
			members["properties"] = short
		}
	}
	short, err := json.Marshal(members)
	if err != nil {
		return raw
	}
	return short
}

// moment reads a time to the second. A text in another form is unknown.
func moment(t text) kind.Time {
	return kind.TimeFrom(string(t)).CutTo(time.Second)
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

// text is a field that is documented as a string. It also accepts a number. Null and other types leave it empty.
type text string

// UnmarshalJSON accepts every JSON value.
func (t *text) UnmarshalJSON(raw []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return fmt.Errorf("decode field: %w", err)
	}
	switch v := value.(type) {
	case string:
		*t = text(strings.TrimSpace(v))
	case json.Number:
		*t = text(v.String())
	default:
		*t = ""
	}
	return nil
}
