package vendor

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// encoders write an answer in the forms of the file.
var encoders = map[string]func(any) ([]byte, error){
	"json": json.Marshal, "json_lines": jsonLines, "csv": csvRows, "xml": xmlDocument,
	"text": func(value any) ([]byte, error) { return []byte(fmt.Sprint(value)), nil },
}

var contentTypes = map[string]string{
	"json": "application/json; charset=utf-8", "json_lines": "application/x-ndjson", "csv": "text/csv", "xml": "application/xml",
	"text": "text/plain; charset=utf-8",
}

// write sends a reply.
func (r *reply) write(w http.ResponseWriter, in scope) error {
	status := http.StatusOK
	if r.status.given {
		value, err := r.status.value(in)
		if err != nil {
			return err
		}
		if status, err = strconv.Atoi(number(value)); err != nil || status < 200 || status > 599 {
			return fmt.Errorf("%v is no status", value)
		}
	}
	format := r.format
	if format == "" {
		format = "json"
	}
	value, err := r.answer.value(in)
	if err != nil {
		return err
	}
	body, err := encoders[format](value)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	w.Header().Set("Content-Type", contentTypes[format])
	for name, header := range r.headers {
		value, err := header.value(in)
		if err != nil {
			return err
		}
		if value != nil {
			w.Header().Set(name, number(value))
		}
	}
	w.WriteHeader(status)
	if status != http.StatusNoContent && r.answer.given {
		_, _ = w.Write(body) // the connector may be gone
	}
	return nil
}

// listOf returns a list of plain values.
func listOf(value any) ([]any, error) {
	switch list := value.(type) {
	case rows:
		return list.items(), nil
	case []any:
		return list, nil
	}
	return nil, fmt.Errorf("the answer is a list of objects, not %T", value)
}

func jsonLines(value any) ([]byte, error) {
	list, err := listOf(value)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	lines := json.NewEncoder(&b)
	for _, one := range list {
		if err := lines.Encode(one); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// csvRows has a column for each member of the objects, in the order of their names.
func csvRows(value any) ([]byte, error) {
	list, err := listOf(value)
	if err != nil {
		return nil, err
	}
	columns := map[string]bool{}
	for _, one := range list {
		object, ok := one.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("a row is an object, not %T", one)
		}
		for name := range object {
			columns[name] = true
		}
	}
	names := slices.Sorted(maps.Keys(columns))
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(names) // a buffer takes everything
	for _, one := range list {
		object, _ := one.(map[string]any)
		cells := make([]string, len(names))
		for i, name := range names {
			if cell := object[name]; cell != nil {
				cells[i] = number(cell)
			}
		}
		_ = w.Write(cells)
	}
	w.Flush()
	return b.Bytes(), nil
}

// xmlDocument writes an object with one member. Members that begin with @ are attributes, #text is
// text, and a list repeats its element.
func xmlDocument(value any) ([]byte, error) {
	object, ok := value.(map[string]any)
	if !ok || len(object) != 1 {
		return nil, fmt.Errorf("an answer in XML is an object with one member")
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	for name, member := range object {
		writeElement(&b, name, member)
	}
	return b.Bytes(), nil
}

func writeElement(b *bytes.Buffer, name string, value any) {
	switch v := value.(type) {
	case rows:
		writeElement(b, name, v.items())
		return
	case []any:
		for _, one := range v {
			writeElement(b, name, one)
		}
		return
	case nil:
		fmt.Fprintf(b, "<%s/>", name)
		return
	case map[string]any:
		fmt.Fprintf(b, "<%s", name)
		members := slices.Sorted(maps.Keys(v))
		for _, member := range members {
			if attribute, ok := strings.CutPrefix(member, "@"); ok {
				fmt.Fprintf(b, ` %s="%s"`, attribute, escaped(number(v[member])))
			}
		}
		b.WriteString(">")
		for _, member := range members {
			switch {
			case member == "#text":
				b.WriteString(escaped(number(v[member])))
			case !strings.HasPrefix(member, "@"):
				writeElement(b, member, v[member])
			}
		}
	default:
		fmt.Fprintf(b, "<%s>%s", name, escaped(number(v)))
	}
	fmt.Fprintf(b, "</%s>", name)
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder takes everything
	return b.String()
}
