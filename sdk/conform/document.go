package conform

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// edited is the fault of a system whose lists of objects are changed.
func edited(change func(items []any) []any) replay.Fault {
	return replay.Fault{Edit: func(_ replay.Request, body []byte) []byte { return editItems(body, change) }}
}

// eachObject is edited for a change of every object in a list.
func eachObject(change func(object map[string]any)) replay.Fault {
	return edited(func(items []any) []any {
		for _, item := range items {
			if object, ok := item.(map[string]any); ok {
				change(object)
			}
		}
		return items
	})
}

// editItems changes the longest list of objects in a JSON document: the rows of a page,
// whatever the vendor calls them. It returns a document without such a list unchanged.
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

// grow repeats every item n times. The copies differ in the fields that may be ids.
func grow(all []any, n int) []any {
	grown := make([]any, 0, len(all)*n)
	for _, item := range all {
		object, ok := item.(map[string]any)
		if !ok {
			return all
		}
		for i := range n {
			clone := maps.Clone(object)
			for name, value := range clone {
				clone[name] = another(name, value, i)
			}
			grown = append(grown, clone)
		}
	}
	return grown
}

func another(name string, value any, i int) any {
	lower := strings.ToLower(name)
	isID := slices.Contains([]string{"id", "key", "uuid", "guid", "email"}, lower)
	if i == 0 || !isID && !strings.HasSuffix(name, "Id") && !strings.HasSuffix(lower, "_id") {
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

// pad adds a field with a text of size bytes to an item.
func pad(item any, size int) any {
	if object, ok := item.(map[string]any); ok {
		object["plumbline_padding"] = strings.Repeat("x", size)
	}
	return item
}

// messageText returns a message as JSON, followed by its payloads and its cursor without
// base64.
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
