package simulate

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// encoded returns an answer in its form.
func encoded(form string, response any) (contentType string, raw []byte) {
	var b bytes.Buffer
	list, _ := response.([]any)
	switch form {
	case "json_lines":
		for _, one := range list {
			_ = json.NewEncoder(&b).Encode(one) // it is made of maps, lists and texts
		}
		return "application/x-ndjson", b.Bytes()
	case "csv":
		table := csv.NewWriter(&b)
		var columns []string
		for _, one := range list {
			object, _ := one.(map[string]any)
			for name := range object {
				if !slices.Contains(columns, name) {
					columns = append(columns, name)
				}
			}
		}
		slices.Sort(columns)
		if len(columns) == 0 {
			columns = []string{"id"}
		}
		_ = table.Write(columns)
		for _, one := range list {
			object, _ := one.(map[string]any)
			var row []string
			for _, name := range columns {
				row = append(row, fmt.Sprint(object[name]))
			}
			_ = table.Write(row)
		}
		table.Flush()
		return "text/csv", b.Bytes()
	case "xml":
		object, _ := response.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(object)) {
			element(&b, name, object[name])
			break // a document has one first element
		}
		return "application/xml", b.Bytes()
	}
	raw, _ = json.Marshal(response)
	return "application/json", raw
}

// element writes a value as XML.
func element(b *bytes.Buffer, name string, value any) {
	if list, isList := value.([]any); isList {
		for _, one := range list {
			element(b, name, one)
		}
		return
	}
	object, isObject := value.(map[string]any)
	b.WriteString("<" + name)
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if attribute, ok := strings.CutPrefix(key, "@"); ok {
			b.WriteString(" " + attribute + `="`)
			_ = xml.EscapeText(b, fmt.Append(nil, object[key]))
			b.WriteString(`"`)
		}
	}
	b.WriteString(">")
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if !strings.HasPrefix(key, "@") {
			element(b, key, object[key])
		}
	}
	if !isObject {
		_ = xml.EscapeText(b, fmt.Append(nil, value))
	}
	b.WriteString("</" + name + ">")
}
