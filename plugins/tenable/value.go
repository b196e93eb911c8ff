package main

import (
	"encoding/json"

	"github.com/plumbline-dev/plumbline/plugins/internal/field"
)

// text is a field of the vendor that is documented as a string.
type text = field.Text

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
