package mapping

import (
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Settings are the settings of a connection that say what its rows mean.
type Settings struct {
	Kind        kind.Kind `json:"kind"`
	Columns     []string  `json:"columns"`
	Values      []string  `json:"values"`
	Dates       string    `json:"dates"`
	DateColumns []string  `json:"date_columns"`
}

// titles are the names of the settings in the form.
func titles() map[string]string {
	return map[string]string{
		"columns": "Columns", "values": "Values", "dates": "Dates are written", "date_columns": "Dates by column",
	}
}

// invalid returns the error of a wrong line of a setting.
func invalid(pointer, format string, args ...any) *sdk.Error {
	name, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	return sdk.ConfigInvalid(pointer, format, args...).WithRemedy("Correct the line in the setting \"" + titles()[name] + "\".")
}

// line is a line of the setting "columns": a column and its field.
type line struct {
	pointer string
	column  string
	field   Field
}

// Plan is the parsed settings. They match the kind; the table is not yet known.
type Plan struct {
	Kind     kind.Kind
	Shape    map[string]Field // the fields of the kind
	lines    []line
	values   map[string]map[string]any // by field and value in lower case
	dates    string
	forms    map[string]string // of times, by column
	pointers map[string]string // of the lines in forms
}

// New parses the lines of the settings. A wrong line is a config.invalid that names the setting.
func New(c Settings) (*Plan, error) {
	shape, err := fieldsOf(c.Kind)
	if err != nil {
		return nil, err
	}
	p := &Plan{
		Kind: c.Kind, Shape: shape, dates: c.Dates,
		values: map[string]map[string]any{}, forms: map[string]string{}, pointers: map[string]string{},
	}
	taken := map[string]bool{}
	for i, text := range c.Columns {
		pointer := "/columns/" + strconv.Itoa(i)
		column, name := cutLast(text)
		f, err := p.field(pointer, name)
		if err != nil {
			return nil, err
		}
		if taken[name] {
			return nil, invalid(pointer, "two columns are assigned to the field %q", name)
		}
		taken[name] = true
		p.lines = append(p.lines, line{pointer, column, f})
	}
	for i, text := range c.DateColumns {
		pointer := "/date_columns/" + strconv.Itoa(i)
		column, form := cutLast(text)
		if form = strings.ToLower(form); !slices.Contains(Forms(), form) {
			return nil, invalid(pointer, "the line %q does not end with a form of dates; the forms are %s", text, strings.Join(Forms(), ", "))
		}
		p.forms[column], p.pointers[column] = form, pointer
	}
	for i, text := range c.Values {
		if err := p.value("/values/"+strconv.Itoa(i), text); err != nil {
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

func (p *Plan) field(pointer, name string) (Field, error) {
	f, known := p.Shape[name]
	if !known {
		return Field{}, invalid(pointer, "%s has no field %q; its fields are %s", p.Kind, name, Names(p.Shape))
	}
	return f, nil
}

// value parses a line of the setting "values", such as "status: True = active". A value without a
// meaning stands for unknown.
func (p *Plan) value(pointer, text string) error {
	left, meaning := cutLast(text)
	name, value, ok := strings.Cut(left, ":")
	if !ok {
		return invalid(pointer, "the line %q has no field before a colon, as in \"status: True = active\"", text)
	}
	f, err := p.field(pointer, strings.TrimSpace(name))
	if err != nil {
		return err
	}
	read, err := f.Read(meaning)
	if err != nil {
		return invalid(pointer, "in the line %q, %s", text, err.Error())
	}
	value = strings.ToLower(strings.TrimSpace(value))
	if p.values[f.Name] == nil {
		p.values[f.Name] = map[string]any{}
	}
	if _, twice := p.values[f.Name][value]; twice {
		return invalid(pointer, "two lines give %q a meaning for the field %q", value, f.Name)
	}
	p.values[f.Name][value] = read
	return nil
}

// meaning returns the meaning of a cell in the setting "values". A line with "*" applies to every value
// without a line of its own.
func (p *Plan) meaning(f Field, text string) (value any, ok bool) {
	lines := p.values[f.Name]
	if lines == nil {
		return nil, false
	}
	if value, ok = lines[strings.ToLower(text)]; !ok && text != "" {
		value, ok = lines["*"]
	}
	return value, ok
}

// Columns are the columns of a table, assigned to the fields of a kind.
type Columns struct {
	*Plan
	Headers []string
	fields  map[int][]Field // by column
}

// Assign assigns columns to fields: first by the settings, then by headers that are names of fields. Find
// returns the column that a setting names, or a config.invalid. Unnamable columns have a header that no setting
// can name, because several have it.
func (p *Plan) Assign(headers []string, unnamable map[string]bool, find func(pointer, name string) (int, error)) (*Columns, error) {
	c := &Columns{Plan: p, Headers: headers, fields: map[int][]Field{}}
	taken := map[string]bool{}
	for _, l := range p.lines {
		at, err := find(l.pointer, l.column)
		if err != nil {
			return nil, err
		}
		c.fields[at], taken[l.field.Name] = append(c.fields[at], l.field), true
	}
	for at, header := range headers {
		name := strings.ReplaceAll(strings.ToLower(header), " ", "_")
		if f, known := p.Shape[name]; known && !taken[name] && len(c.fields[at]) == 0 && !unnamable[header] {
			c.fields[at], taken[name] = append(c.fields[at], f), true
		}
	}
	for column := range p.forms {
		if _, err := find(p.pointers[column], column); err != nil {
			return nil, err
		}
	}
	for at, fields := range c.fields {
		for i := range fields {
			fields[i].form = p.dates
			if form := p.forms[headers[at]]; form != "" {
				fields[i].form = form
			}
		}
	}
	return c, nil
}

// Assigned returns the columns with a field, each as "column = field", and their number. It leaves out the key.
func (c *Columns) Assigned() (pairs []string, columns int) {
	for at, header := range c.Headers {
		before := len(pairs)
		for _, f := range c.fields[at] {
			if f.Name != "external_id" {
				pairs = append(pairs, header+" = "+f.Name)
			}
		}
		if len(pairs) > before {
			columns++
		}
	}
	return pairs, columns
}

// Fields returns the fields of a column.
func (c *Columns) Fields(at int) []Field { return c.fields[at] }
