package monitor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// vendorMember is the member of every kind that holds the system's own document.
const vendorMember = "vendor"

// Facts returns what a document of a kind tells, as expressions read it: yes and no are true and false, moments are times, and what is
// not known is left out. The system's own document is in it only if vendor is true.
func Facts(k kind.Kind, document []byte, vendor bool) (map[string]any, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(document, &raw); err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	types := typesOf(k)
	facts := make(map[string]any, len(raw))
	for name, text := range raw {
		if name == vendorMember && !vendor {
			continue
		}
		value, err := decode(text)
		if err != nil {
			return nil, fmt.Errorf("read the field %s: %w", name, err)
		}
		if value, known := fact(types[name], value); known {
			facts[name] = value
		}
	}
	return facts, nil
}

// typesOf returns the types of the fields of a kind by name.
func typesOf(k kind.Kind) map[string]kind.Field {
	types := map[string]kind.Field{}
	for _, f := range kind.Fields(k) {
		types[f.Name] = f
	}
	return types
}

// fact returns a value as expressions read it, and whether it is known.
func fact(of kind.Field, value any) (any, bool) {
	if value == nil {
		return nil, false
	}
	text, isText := value.(string)
	switch {
	case !isText:
		return value, true
	case of.Type == kind.FieldWord:
		switch text {
		case kind.Unknown.String():
			return nil, false
		case kind.Yes.String():
			return true, true
		case kind.No.String():
			return false, true
		}
	case of.Type == kind.FieldTime:
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return nil, false
		}
		return at, true
	}
	return value, true
}

// decode reads a value of JSON. Whole numbers are int64.
func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	return plain(value), nil
}

// plain replaces the numbers in a value by int64 and float64.
func plain(value any) any {
	switch v := value.(type) {
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return whole
		}
		fraction, err := v.Float64()
		if err != nil {
			return v.String()
		}
		return fraction
	case []any:
		for i, member := range v {
			v[i] = plain(member)
		}
	case map[string]any:
		for name, member := range v {
			v[name] = plain(member)
		}
	}
	return value
}

// Called returns what a person calls a record: its name, its title or its address. It is empty when the document has none of them.
func Called(k kind.Kind, document []byte) string {
	facts, err := Facts(k, document, false)
	if err != nil {
		return ""
	}
	return nameOf(facts)
}
