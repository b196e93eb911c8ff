package kind

import (
	"fmt"
	"time"
)

// Tri is a yes/no fact that may not be known. Its zero value is Unknown.
type Tri uint8

// The three values.
const (
	Unknown Tri = iota
	Yes
	No
)

// TriOf returns Yes or No.
func TriOf(b bool) Tri {
	if b {
		return Yes
	}
	return No
}

// TriFrom returns Unknown for nil, else Yes or No.
func TriFrom(b *bool) Tri {
	if b == nil {
		return Unknown
	}
	return TriOf(*b)
}

// Bool returns the fact and whether it is known.
func (t Tri) Bool() (value, known bool) { return t == Yes, t == Yes || t == No }

// String returns "yes", "no" or "unknown".
func (t Tri) String() string {
	switch t {
	case Yes:
		return "yes"
	case No:
		return "no"
	default:
		return "unknown"
	}
}

// MarshalText returns the word of String.
func (t Tri) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads the words of String and refuses any other.
func (t *Tri) UnmarshalText(text []byte) error {
	switch string(text) {
	case "yes":
		*t = Yes
	case "no":
		*t = No
	case "unknown":
		*t = Unknown
	default:
		return fmt.Errorf("read yes/no/unknown: %q is none of them", text)
	}
	return nil
}

// Time is a moment, written as RFC 3339 in UTC. Its zero value is an unknown moment, which the
// document leaves out.
type Time struct{ time.Time }

// At returns t in UTC without its monotonic reading.
func At(t time.Time) Time {
	if t.IsZero() {
		return Time{}
	}
	return Time{t.UTC().Round(0)}
}

// ParseTime reads RFC 3339; an empty text is the unknown moment.
func ParseTime(text string) (Time, error) {
	if text == "" {
		return Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return Time{}, fmt.Errorf("read time: %w", err)
	}
	return At(t), nil
}

// TimeFrom reads a vendor's text. A text in another form than RFC 3339 is the unknown moment.
func TimeFrom(text string) Time {
	t, err := ParseTime(text)
	if err != nil {
		return Time{}
	}
	return t
}

// CutTo returns the last whole unit before t, such as the beginning of its day in UTC, for a moment
// that would change the record too often. The unknown moment stays unknown.
func (t Time) CutTo(unit time.Duration) Time { return At(t.Truncate(unit)) }

// MarshalJSON writes RFC 3339 in UTC.
func (t Time) MarshalJSON() ([]byte, error) { return t.UTC().MarshalJSON() }

// UnmarshalJSON reads RFC 3339 and turns it into UTC.
func (t *Time) UnmarshalJSON(text []byte) error {
	if err := t.Time.UnmarshalJSON(text); err != nil {
		return fmt.Errorf("read time: %w", err)
	}
	*t = At(t.Time)
	return nil
}

// Word is one of the words in the schema of its field. Its zero value is written as "unknown".
type Word string

// MarshalText returns the word, "unknown" for none.
func (w Word) MarshalText() ([]byte, error) {
	if w == "" {
		return []byte("unknown"), nil
	}
	return []byte(w), nil
}
