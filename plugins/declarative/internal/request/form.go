package request

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"mime"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
)

// maxXMLDepth limits elements within elements.
const maxXMLDepth = 100

// decodeAs returns the body for expressions.
func decodeAs(form string, got *sdk.Response) (any, error) {
	if form == "json" {
		return Decode(got.Body)
	}
	kind, _, _ := mime.ParseMediaType(got.Header.Get("Content-Type"))
	start := strings.ToLower(string(bytes.TrimSpace(got.Body[:min(len(got.Body), 256)])))
	if kind == "text/html" || strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html") {
		return nil, invalid("the answer is a web page, not %s", form).
			WithRemedy("Check that the address is the vendor's API and that no sign-in page, firewall or proxy answers in its place.")
	}
	switch form {
	case "json_lines":
		return jsonLines(got.Body)
	case "csv":
		return csvRows(got.Body)
	}
	return xmlTree(got.Body)
}

// Decode decodes JSON and keeps integers exact, also above 2^53. A body without content is nil.
func Decode(raw []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil && !errors.Is(err, io.EOF) {
		return nil, invalid("the answer is not JSON")
	}
	return numbers(value), nil
}

func numbers(value any) any {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	case map[string]any:
		for key, member := range v {
			v[key] = numbers(member)
		}
	case []any:
		for i, member := range v {
			v[i] = numbers(member)
		}
	}
	return value
}

// jsonLines decodes one JSON value after another.
func jsonLines(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	list := []any{}
	for {
		var value any
		err := d.Decode(&value)
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, cutShort("line %d of the answer is not JSON", len(list)+1)
		}
		list = append(list, numbers(value))
	}
}

// csvRows decodes a table whose first row names its columns: each further row is an
// object.
func csvRows(body []byte) (any, error) {
	body = bytes.TrimPrefix(body, []byte("\uFEFF"))
	if start := bytes.TrimSpace(body); len(start) > 0 && (start[0] == '{' || start[0] == '[') {
		return nil, invalid("the answer is JSON, not csv")
	}
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil {
		return nil, cutShort("the answer is not a CSV table: %s", err.Error())
	}
	list := []any{}
	if len(rows) == 0 {
		return nil, invalid("the answer has no row that names the columns")
	}
	for i, name := range rows[0] {
		if slices.Contains(rows[0][:i], name) {
			return nil, invalid("two columns of the answer are called %q", name)
		}
	}
	for _, row := range rows[1:] {
		object := map[string]any{}
		for i, name := range rows[0] {
			object[name] = row[i]
		}
		list = append(list, object)
	}
	return list, nil
}

// xmlTree decodes XML: {name of the first element: its value}. An element with text alone
// is the text. Every other one is an object: its attributes with an @ before their names,
// its text as #text, its children by their names; children of one name are a list.
func xmlTree(body []byte) (any, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		token, err := d.Token()
		if err != nil {
			return nil, cutShort("the answer is not XML")
		}
		if start, ok := token.(xml.StartElement); ok {
			value, err := xmlElement(d, start, 1)
			if err != nil {
				return nil, err
			}
			return map[string]any{start.Name.Local: value}, nil
		}
	}
}

func xmlElement(d *xml.Decoder, start xml.StartElement, depth int) (any, error) {
	if depth > maxXMLDepth {
		return nil, invalid("the elements of the answer are nested more than %d deep", maxXMLDepth)
	}
	object := map[string]any{}
	for _, a := range start.Attr {
		object["@"+a.Name.Local] = a.Value
	}
	var text strings.Builder
	for {
		token, err := d.Token()
		if err != nil {
			return nil, cutShort("the answer ends within the element %s", start.Name.Local)
		}
		switch t := token.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.StartElement:
			child, err := xmlElement(d, t, depth+1)
			if err != nil {
				return nil, err
			}
			addChild(object, t.Name.Local, child)
		case xml.EndElement:
			words := strings.TrimSpace(text.String())
			if words == "" {
				return object, nil
			}
			if len(object) == 0 {
				return words, nil
			}
			object["#text"] = words
			return object, nil
		}
	}
}

func addChild(object map[string]any, name string, child any) {
	before, again := object[name]
	if !again {
		object[name] = child
		return
	}
	list, isList := before.([]any)
	if !isList {
		list = []any{before}
	}
	object[name] = append(list, child)
}
