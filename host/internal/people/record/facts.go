// Package record reads what the document of an account, a person or a background check says: the facts that the index of accounts takes,
// hints that only lead to suggestions, and the columns of a page.
package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Facts are what the index takes from a document.
type Facts struct {
	Name      string    `json:"name"`
	Username  string    `json:"username"`
	Email     string    `json:"email"`
	Status    kind.Word `json:"status"`
	Type      kind.Word `json:"type"`
	MFA       kind.Tri  `json:"mfa"`
	Admin     kind.Tri  `json:"admin"`
	LastLogin kind.Time `json:"last_login_at"`
	Created   kind.Time `json:"created_at"`

	ExternalID string    `json:"external_id"`
	Title      string    `json:"title"`
	Department string    `json:"department"`
	Manager    string    `json:"manager"`
	Started    kind.Time `json:"started_at"`
	Ended      kind.Time `json:"ended_at"`

	PersonName  string    `json:"person_name"`
	PersonEmail string    `json:"person_email"`
	Clear       kind.Tri  `json:"clear"`
	Ordered     kind.Time `json:"ordered_at"`
	Completed   kind.Time `json:"completed_at"`

	Vendor json.RawMessage `json:"vendor"`
}

// Decode reads a document.
func Decode(doc []byte) (f Facts, err error) {
	if err := json.Unmarshal(doc, &f); err != nil {
		return f, fmt.Errorf("decode record: %w", err)
	}
	return f, nil
}

// Hints are what a vendor's document says beyond the kind: they only lead to suggestions.
type Hints struct {
	Aliases  []string // folded addresses besides the record's own
	Employee string   // number
}

// marks are parts of names of fields that hold hints. A document without any is not decoded.
var marks = [][]byte{
	[]byte("lias"), []byte("mployee"), []byte("roxyAddresses"), []byte("therMails"), []byte("econd"), []byte("lternate"),
	[]byte("ormer"), []byte("revious"), []byte("emails"), []byte("ersonnel"),
}

const mostAliases = 20

// HintsIn returns the hints of a vendor's document, nil for none. Own is the folded address of the record.
func HintsIn(vendor json.RawMessage, own string) *Hints {
	marked := false
	for _, mark := range marks {
		marked = marked || bytes.Contains(vendor, mark)
	}
	var doc map[string]any
	if !marked || json.Unmarshal(vendor, &doc) != nil {
		return nil
	}
	h := &Hints{}
	h.walk(doc, own, 0)
	if h.Employee == "" && len(h.Aliases) == 0 {
		return nil
	}
	return h
}

// walk looks for hints down to the third level of a document.
func (h *Hints) walk(doc map[string]any, own string, depth int) {
	for _, name := range slices.Sorted(maps.Keys(doc)) {
		value := doc[name]
		plain := strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(name))
		switch {
		case isEmployeeNumber(plain):
			if text := scalar(value); h.Employee == "" {
				h.Employee = text
			}
		case isAliases(plain):
			h.addresses(value, own)
		default:
			if inner, ok := value.(map[string]any); ok && depth < 2 {
				h.walk(inner, own, depth+1)
			}
		}
	}
}

func isEmployeeNumber(name string) bool {
	switch name {
	case "employeenumber", "employeeid", "personnelnumber", "externalidsemployee":
		return true
	}
	return false
}

func isAliases(name string) bool {
	for _, part := range []string{
		"alias", "proxyaddresses", "othermails", "secondemail", "secondaryemail", "alternateemail", "formeremail", "previousemail",
	} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return name == "emails"
}

// addresses adds the addresses in a value: a text, a list, or a list of objects with one.
func (h *Hints) addresses(value any, own string) {
	switch v := value.(type) {
	case string:
		if _, smtp, found := strings.Cut(v, ":"); found { // Microsoft writes smtp:a@b
			v = smtp
		}
		if folded := Fold(v); folded != "" && folded != own && len(h.Aliases) < mostAliases {
			h.Aliases = append(h.Aliases, folded)
		}
	case []any:
		for _, item := range v {
			h.addresses(item, own)
		}
	case map[string]any:
		for _, name := range []string{"address", "value", "email"} {
			h.addresses(v[name], own)
		}
	}
}

func scalar(value any) string {
	switch v := value.(type) {
	case string:
		return strings.TrimSpace(v)
	case float64:
		return fmt.Sprintf("%.0f", v)
	}
	return ""
}
