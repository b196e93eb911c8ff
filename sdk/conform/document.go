package conform

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// editItems changes the longest list of objects in a JSON document, which is what
// a page of a list holds whatever the vendor calls it. A document without one
// stays as it is.
func editItems(body []byte, change func(items []any) []any) []byte {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var document any
	if decoder.Decode(&document) != nil {
		return body
	}
	var best []any
	var put func([]any)
	var walk func(value any, set func([]any))
	walk = func(value any, set func([]any)) {
		switch v := value.(type) {
		case map[string]any:
			for name, inner := range v {
				walk(inner, func(items []any) { v[name] = items })
			}
		case []any:
			if len(v) > len(best) && allObjects(v) {
				best, put = v, set
			}
		}
	}
	walk(document, func(items []any) { document = items })
	if put == nil {
		return body
	}
	put(change(best))
	changed, err := json.Marshal(document)
	if err != nil {
		return body
	}
	return changed
}

func allObjects(items []any) bool {
	for _, item := range items {
		if _, ok := item.(map[string]any); !ok {
			return false
		}
	}
	return true
}

// grow makes every item n items that differ in what looks like their ids.
func grow(all []any, n int) []any {
	grown := make([]any, 0, len(all)*n)
	for _, item := range all {
		object, ok := item.(map[string]any)
		if !ok {
			return all
		}
		for i := range n {
			clone := map[string]any{}
			for name, value := range object {
				clone[name] = another(name, value, i)
			}
			grown = append(grown, clone)
		}
	}
	return grown
}

func another(name string, value any, i int) any {
	lower := strings.ToLower(name)
	isID := lower == "id" || lower == "key" || lower == "uuid" || lower == "guid" || lower == "email" || strings.HasSuffix(name, "Id") || strings.HasSuffix(lower, "_id")
	if i == 0 || !isID {
		return value
	}
	switch v := value.(type) {
	case string:
		return strconv.Itoa(i) + "-" + v
	case json.Number:
		return json.Number(v.String() + strconv.Itoa(100_000+i))
	}
	return value
}

// pad gives an item a text of so many bytes that no vendor documents.
func pad(item any, size int) any {
	object, ok := item.(map[string]any)
	if !ok {
		return item
	}
	padded := map[string]any{"plumbline_padding": strings.Repeat("x", size)}
	for name, value := range object {
		padded[name] = value
	}
	return padded
}

// messageText returns a message as text, payloads and cursors in clear.
func messageText(m *connectorv1.SyncResponse) []byte {
	text, err := protojson.Marshal(m)
	if err != nil {
		return nil
	}
	for _, r := range m.GetBatch().GetRecords() {
		text = append(text, r.GetPayload()...)
	}
	text = append(text, m.GetCheckpoint().GetCursor()...)
	return text
}
