package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Field is a field of a kind: the part of its schema that reading a cell needs.
type Field struct {
	Name   string
	form   string   // of its times
	Type   string   `json:"type"`
	Format string   `json:"format"`
	Enum   []string `json:"enum"`
}

// fieldsOf returns the fields of a kind to which a column can be assigned.
func fieldsOf(k kind.Kind) (map[string]Field, error) {
	raw, err := kind.Schema(k)
	if err != nil {
		return nil, err
	}
	var s struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("read schema of %s: %w", k, err)
	}
	fields := map[string]Field{}
	for name, p := range s.Properties {
		f := Field{Name: name, form: FormISO}
		if name == "vendor" || json.Unmarshal(p, &f) != nil || f.Type == "" {
			continue // the vendor's document is the row itself
		}
		fields[name] = f
	}
	return fields, nil
}

// Names lists the names of fields for a message.
func Names(fields map[string]Field) string {
	return strings.Join(slices.Sorted(maps.Keys(fields)), ", ")
}

func (f Field) isTri() bool { return slices.Equal(f.Enum, []string{"yes", "no", "unknown"}) }

// IsTime reports whether the field is a time.
func (f Field) IsTime() bool { return f.Format == "date-time" }

// Read converts a cell to the field's type. Nil means unknown.
func (f Field) Read(text string) (any, error) {
	switch {
	case text == "":
		return nil, nil
	case f.isTri():
		return readTri(text)
	case len(f.Enum) > 0:
		return f.readWord(text)
	case f.IsTime():
		return readMoment(text, f.form)
	case f.Type == "string":
		return text, nil
	case isNothing(text):
		return nil, nil
	case f.Type == "array":
		return readList(text), nil
	case f.Type == "object":
		return readPairs(f.Name, text)
	case f.Type == "integer":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s must be a whole number", f.Name)
		}
		return n, nil
	case f.Type == "number":
		n, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(text, "%")), 64)
		if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
			return nil, fmt.Errorf("%s must be a number", f.Name)
		}
		return n, nil
	}
	return text, nil
}

func (f Field) readWord(text string) (any, error) {
	word := strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(text))
	switch {
	case slices.Contains(f.Enum, word):
		return word, nil
	case isNothing(text):
		return nil, nil
	}
	return nil, fmt.Errorf("%s must be one of %s", f.Name, strings.Join(f.Enum, ", "))
}

func readTri(text string) (any, error) {
	switch strings.ToLower(text) {
	case "yes", "y", "true", "t", "1", "on", "enabled", "x":
		return "yes", nil
	case "no", "n", "false", "f", "0", "off", "disabled":
		return "no", nil
	}
	if isNothing(text) {
		return "unknown", nil
	}
	return nil, errors.New("it must be yes, no or unknown")
}

func readList(text string) []string {
	items := []string{}
	for item := range strings.SplitSeq(text, ";") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func readPairs(name, text string) (any, error) {
	pairs := map[string]string{}
	for _, item := range readList(text) {
		key, value, ok := strings.Cut(item, "=")
		if !ok {
			return nil, fmt.Errorf("%s must be a list such as a=b; c=d", name)
		}
		pairs[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return pairs, nil
}
