package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// settings are the connection's settings.
type settings struct {
	Path        string    `json:"path"`
	Kind        kind.Kind `json:"kind"`
	Key         []string  `json:"key"`
	Columns     []string  `json:"columns"`
	Values      []string  `json:"values"`
	Dates       string    `json:"dates"`
	DateColumns []string  `json:"date_columns"`
	Delimiter   string    `json:"delimiter"`
	Header      bool      `json:"header"`
	Ending      string    `json:"ending"`
}

// titles are the names of the settings in the form.
func titles() map[string]string {
	return map[string]string{
		"path": "File", "kind": "What a row is", "key": "Key columns", "columns": "Columns", "values": "Values",
		"dates": "Dates are written", "date_columns": "Dates by column", "delimiter": "Columns are separated by",
		"header": "The first line holds the headers", "ending": "How the file ends",
	}
}

// invalid returns the error of a wrong setting. Its remedy has the setting's title in the form.
func invalid(pointer, format string, args ...any) *sdk.Error {
	name, _, isItem := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	remedy := "Correct the setting \"" + titles()[name] + "\"."
	if isItem {
		remedy = "Correct the line in the setting \"" + titles()[name] + "\"."
	}
	return sdk.ConfigInvalid(pointer, format, args...).WithRemedy(remedy)
}

// mapping is a line of the setting "columns": a column and its field.
type mapping struct {
	pointer string
	column  string
	field   field
}

// plan is the parsed settings. They match the kind; the file is not yet checked.
type plan struct {
	shape    map[string]field
	mappings []mapping
	values   map[string]map[string]any // by field and value in lower case
	forms    map[string]string         // of times, by column
	pointers map[string]string         // of the lines in forms
}

// planOf parses the lines of the settings. A wrong line is a config.invalid that names the setting.
func planOf(c settings) (*plan, error) {
	shape, err := fieldsOf(c.Kind)
	if err != nil {
		return nil, err
	}
	p := &plan{shape: shape, values: map[string]map[string]any{}, forms: map[string]string{}, pointers: map[string]string{}}
	taken := map[string]bool{}
	for i, text := range c.Columns {
		pointer := "/columns/" + strconv.Itoa(i)
		column, name := cutLast(text)
		f, err := p.field(c.Kind, pointer, name)
		if err != nil {
			return nil, err
		}
		if taken[name] {
			return nil, invalid(pointer, "two columns are assigned to the field %q", name)
		}
		taken[name] = true
		p.mappings = append(p.mappings, mapping{pointer, column, f})
	}
	for i, text := range c.DateColumns {
		pointer := "/date_columns/" + strconv.Itoa(i)
		column, form := cutLast(text)
		if form = strings.ToLower(form); !slices.Contains(forms(), form) {
			return nil, invalid(pointer, "the line %q does not end with a form of dates; the forms are %s", text, strings.Join(forms(), ", "))
		}
		p.forms[column], p.pointers[column] = form, pointer
	}
	for i, text := range c.Values {
		if err := p.value(c.Kind, "/values/"+strconv.Itoa(i), text); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// cutLast splits a line at its last "=". The schema requires one.
func cutLast(text string) (before, after string) {
	at := strings.LastIndexByte(text, '=')
	return strings.TrimSpace(text[:max(at, 0)]), strings.TrimSpace(text[at+1:])
}

func (p *plan) field(k kind.Kind, pointer, name string) (field, error) {
	f, known := p.shape[name]
	if !known {
		return field{}, invalid(pointer, "%s has no field %q; its fields are %s", k, name, names(p.shape))
	}
	return f, nil
}

// value parses a line of the setting "values", such as "status: True = active". A value without a
// meaning stands for unknown.
func (p *plan) value(k kind.Kind, pointer, text string) error {
	left, meaning := cutLast(text)
	name, value, ok := strings.Cut(left, ":")
	if !ok {
		return invalid(pointer, "the line %q has no field before a colon, as in \"status: True = active\"", text)
	}
	f, err := p.field(k, pointer, strings.TrimSpace(name))
	if err != nil {
		return err
	}
	read, err := f.read(meaning)
	if err != nil {
		return invalid(pointer, "in the line %q, %s", text, err.Error())
	}
	value = strings.ToLower(strings.TrimSpace(value))
	if p.values[f.name] == nil {
		p.values[f.name] = map[string]any{}
	}
	if _, twice := p.values[f.name][value]; twice {
		return invalid(pointer, "two lines give %q a meaning for the field %q", value, f.name)
	}
	p.values[f.name][value] = read
	return nil
}

// meaning returns the meaning of a cell in the setting "values". A line with "*" applies to every value
// without a line of its own.
func (p *plan) meaning(f field, text string) (value any, ok bool) {
	lines := p.values[f.name]
	if lines == nil {
		return nil, false
	}
	if value, ok = lines[strings.ToLower(text)]; !ok && text != "" {
		value, ok = lines["*"]
	}
	return value, ok
}
