package field

import (
	"encoding/json"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Text is a field that is documented as a string. It also accepts a number, with its digits. Null and other types leave it
// empty; the vendor's document keeps their values.
type Text string

// UnmarshalJSON accepts every JSON value.
func (t *Text) UnmarshalJSON(raw []byte) error {
	var word string
	var number json.Number
	switch {
	case json.Unmarshal(raw, &word) == nil:
		*t = Text(strings.TrimSpace(word))
	case json.Unmarshal(raw, &number) == nil:
		*t = Text(number)
	default:
		*t = ""
	}
	return nil
}

// Time reads RFC 3339. Another form is the unknown moment.
func (t Text) Time() kind.Time { return kind.TimeFrom(string(t)) }
