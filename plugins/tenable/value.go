package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// trimmed returns an object without some members, which change by themselves or are large. Names are by the member that
// holds them, "" for the object itself.
func trimmed(raw json.RawMessage, names map[string][]string) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return raw
	}
	for member, inner := range names {
		if member == "" {
			for _, name := range inner {
				delete(members, name)
			}
		} else if part, found := members[member]; found {
			members[member] = trimmed(part, map[string][]string{"": inner})
		}
	}
	short, err := json.Marshal(members)
	if err != nil {
		return raw
	}
	return short
}

// moment reads a time and cuts it to a unit. A text in another form is unknown.
func moment(t text, unit time.Duration) kind.Time {
	return kind.TimeFrom(string(t)).CutTo(unit)
}

// text is a field that is documented as a string or a number. Null and other types leave it empty.
type text string

// UnmarshalJSON accepts every JSON value.
func (t *text) UnmarshalJSON(raw []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return fmt.Errorf("decode field: %w", err)
	}
	*t = textOf(value)
	return nil
}

func textOf(value any) text {
	switch v := value.(type) {
	case string:
		return text(strings.TrimSpace(v))
	case json.Number:
		return text(v.String())
	}
	return ""
}

// words is a field that is documented as a list of strings in some places, and as a string in others.
type words []string

// UnmarshalJSON accepts every JSON value.
func (w *words) UnmarshalJSON(raw []byte) error {
	var list []text
	if json.Unmarshal(raw, &list) != nil {
		var one text
		if err := json.Unmarshal(raw, &one); err != nil {
			return err
		}
		list = []text{one}
	}
	*w = nil
	for _, one := range list {
		if one != "" {
			*w = append(*w, string(one))
		}
	}
	return nil
}

func (w words) first() text {
	if len(w) == 0 {
		return ""
	}
	return text(w[0])
}
