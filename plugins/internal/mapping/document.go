package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/schema"
)

// Cell is a value of a row.
type Cell struct {
	Text   string
	List   []string // of an array; nil = Text is the value
	Vendor any      // in the vendor's document; nil = Text
	Hidden bool     // the vendor's document leaves it out
}

// Wrong is a cell that cannot be read. Its field is then unknown; the other fields of the row are read.
type Wrong struct {
	Column string
	Field  Field // its name is "" if the fault is not one of a field
	Text   string
	Why    string
}

// Document returns the valid record of a row, and the cells that it leaves out because they cannot be read.
func (c *Columns) Document(key string, cells []Cell) ([]byte, []Wrong, error) {
	doc, vendor := map[string]any{"external_id": key}, map[string]any{}
	var wrong []Wrong
	origin := map[string]int{} // of the fields: their columns
	for at, cell := range cells {
		switch {
		case cell.Hidden:
		case cell.Vendor != nil:
			vendor[c.Headers[at]] = cell.Vendor
		default:
			vendor[c.Headers[at]] = cell.Text
		}
		for _, f := range c.fields[at] {
			value, err := c.read(f, c.Headers[at], cell)
			if err != nil {
				wrong = append(wrong, Wrong{c.Headers[at], f, cell.Text, err.Error()})
			} else if value != nil {
				doc[f.Name], origin[f.Name] = value, at
			}
		}
	}
	for name, f := range c.Shape {
		if _, set := doc[name]; !set && slices.Contains(f.Enum, "unknown") {
			doc[name] = "unknown"
		}
	}
	doc["vendor"] = vendor
	for {
		raw, err := json.Marshal(doc)
		if err != nil {
			return nil, nil, fmt.Errorf("encode row: %w", err)
		}
		broken, err := c.violation(raw)
		if err != nil {
			return nil, nil, err
		}
		if broken == nil {
			return raw, wrong, nil
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(broken.Pointer, "/"), "/")
		at, fromCell := origin[name]
		if !fromCell {
			return nil, nil, fmt.Errorf("%s %s", name, broken.Rule)
		}
		delete(doc, name)
		delete(origin, name)
		wrong = append(wrong, Wrong{c.Headers[at], c.Shape[name], cells[at].Text, name + " " + broken.Rule})
	}
}

// violation returns the first rule of the kind that a document breaks, nil for none.
func (c *Columns) violation(raw []byte) (*schema.Violation, error) {
	err := kind.Validate(c.Kind, raw)
	var invalid *schema.Invalid
	if errors.As(err, &invalid) {
		return &invalid.Violations[0], nil
	}
	return nil, err
}

// read reads a cell for a field: by the setting "values", by the field's type, or by the usual meaning of its
// word.
func (c *Columns) read(f Field, header string, cell Cell) (any, error) {
	if value, ok := c.meaning(f, cell.Text); ok {
		return value, nil
	}
	if cell.List != nil && f.Type == "array" {
		return cell.List, nil
	}
	value, err := f.Read(cell.Text)
	if err != nil && len(f.Enum) > 0 {
		if word, ok := usual(c.Kind, f, header, cell.Text); ok {
			return word, nil
		}
	}
	return value, err
}

// Key joins the values of the key with a bar. It escapes bars in the values, so that different rows have different
// keys. It returns "" when all are empty.
func Key(parts []string) string {
	if len(parts) == 1 {
		return strings.TrimSpace(parts[0])
	}
	empty := true
	escaped := make([]string, len(parts))
	for i, part := range parts {
		part = strings.TrimSpace(part)
		empty = empty && part == ""
		escaped[i] = strings.NewReplacer(`\`, `\\`, `|`, `\|`).Replace(part)
	}
	if empty {
		return ""
	}
	return strings.Join(escaped, "|")
}

// Meaning is the part of a remedy that says how to give the value of a cell a meaning. It is "" for a field
// whose values are not words.
func (w Wrong) Meaning() string {
	switch {
	case w.Field.IsTime():
		return fmt.Sprintf("Choose the form of its times in the setting \"Dates are written\", or for column %q in \"Dates by column\"", w.Column)
	case len(w.Field.Enum) > 0:
		return fmt.Sprintf("Enter its meaning in the setting \"Values\", with a line such as \"%s: %s = WORD\" and one of the words %s",
			w.Field.Name, Shorten(w.Text), strings.Join(w.Field.Enum, ", "))
	}
	return ""
}

// Quote quotes a value for a message. It shortens a long one and escapes control characters.
func Quote(text string) string { return fmt.Sprintf("%q", Shorten(text)) }

// Shorten shortens a long value for a message.
func Shorten(text string) string {
	const most = 40
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// Oversize returns the size of a record that exceeds the limit, 0 for one that does not.
func Oversize(doc []byte) (int, error) {
	if len(doc) <= sdk.MaxRecordBytes {
		return 0, nil
	}
	canonical, err := kind.Canonical(doc)
	if err != nil || len(canonical) <= sdk.MaxRecordBytes {
		return 0, err
	}
	return len(canonical), nil
}
