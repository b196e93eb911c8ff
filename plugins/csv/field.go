package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/schema"
)

// field is a field of a kind, as much of its schema as reading a cell needs.
type field struct {
	name   string
	Type   string   `json:"type"`
	Format string   `json:"format"`
	Enum   []string `json:"enum"`
}

// fieldsOf returns the fields of a kind that a column can go to.
func fieldsOf(k kind.Kind) (map[string]field, error) {
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
	fields := map[string]field{}
	for name, p := range s.Properties {
		f := field{name: name}
		if name == "vendor" || json.Unmarshal(p, &f) != nil || f.Type == "" {
			continue // the vendor's document is the row itself
		}
		fields[name] = f
	}
	return fields, nil
}

func names(fields map[string]field) string {
	all := make([]string, 0, len(fields))
	for name := range fields {
		all = append(all, name)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// document returns the record of a row, valid for its kind.
func (t *table) document(key string, values []string) ([]byte, error) {
	doc, vendor := map[string]any{"external_id": key}, map[string]string{}
	for at, text := range values {
		text = strings.TrimSpace(text)
		vendor[t.headers[at]] = text
		f, mapped := t.fields[at]
		if !mapped {
			continue
		}
		value, err := f.read(text)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", t.headers[at], err)
		}
		if value != nil {
			doc[f.name] = value
		}
	}
	for name, f := range t.shape {
		if _, set := doc[name]; !set && slices.Contains(f.Enum, "unknown") {
			doc[name] = "unknown"
		}
	}
	doc["vendor"] = vendor
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encode row: %w", err)
	}
	var invalid *schema.Invalid
	if err := kind.Validate(t.Kind, raw); errors.As(err, &invalid) {
		v := invalid.Violations[0]
		return nil, fmt.Errorf("%s %s", strings.TrimPrefix(v.Pointer, "/"), v.Rule)
	} else if err != nil {
		return nil, err
	}
	return raw, nil
}

// read turns a cell into the field's type; nil means that it is not known.
func (f field) read(text string) (any, error) {
	if text == "" {
		return nil, nil
	}
	switch {
	case slices.Equal(f.Enum, []string{"yes", "no", "unknown"}):
		return readTri(text)
	case len(f.Enum) > 0:
		word := strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(text))
		if !slices.Contains(f.Enum, word) {
			return nil, fmt.Errorf("%s must be one of %s", f.name, strings.Join(f.Enum, ", "))
		}
		return word, nil
	case f.Format == "date-time":
		return readTime(text)
	case f.Type == "array":
		return readList(text), nil
	case f.Type == "object":
		return readPairs(f.name, text)
	case f.Type == "integer":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s must be a whole number", f.name)
		}
		return n, nil
	case f.Type == "number":
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("%s must be a number", f.name)
		}
		return n, nil
	}
	return text, nil
}

func readTri(text string) (any, error) {
	switch strings.ToLower(text) {
	case "yes", "y", "true", "t", "1", "on", "enabled", "x":
		return "yes", nil
	case "no", "n", "false", "f", "0", "off", "disabled":
		return "no", nil
	case "unknown", "n/a", "na", "-", "?":
		return "unknown", nil
	}
	return nil, errors.New("it must be yes, no or unknown")
}

func readTime(text string) (any, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, text, time.UTC); err == nil {
			return kind.At(at), nil
		}
	}
	return nil, errors.New("it must be a time such as 2026-03-01 or 2026-03-01T12:00:00Z")
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
