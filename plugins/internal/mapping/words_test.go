package mapping

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// TestUsualWords checks that each line belongs to a field and a word of it, and that no word has two meanings.
func TestUsualWords(t *testing.T) {
	t.Parallel()
	all := usualWords()
	maps.Copy(all, moreWords())
	for name, text := range all {
		k, field, _ := strings.Cut(name, ".")
		shape, err := fieldsOf(kind.Kind(k))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for line := range strings.Lines(text) {
			word, usual, found := strings.Cut(strings.TrimSpace(line), ": ")
			if !found || !slices.Contains(shape[field].Enum, word) {
				t.Errorf("%s has no word %q", name, word)
			}
			for one := range strings.SplitSeq(usual, ", ") {
				plain := plainWords(one)
				if plain == "" || seen[plain] || slices.Contains(shape[field].Enum, strings.ReplaceAll(plain, " ", "_")) {
					t.Errorf("%s: %q has two meanings, or is a word of the field itself", name, one)
				}
				seen[plain] = true
			}
		}
	}
	for name, found := range flags() {
		k, field, _ := strings.Cut(name, ".")
		shape, err := fieldsOf(kind.Kind(k))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			for _, word := range []string{f.yes, f.no} {
				if word != "" && !slices.Contains(shape[field].Enum, word) {
					t.Errorf("%s has no word %q", name, word)
				}
			}
		}
	}
}

// TestUsual reads words and flags as exports write them.
func TestUsual(t *testing.T) {
	t.Parallel()
	tests := []struct{ field, header, text, want string }{
		{"account.status", "Status", "Disabled", "suspended"}, {"account.status", "Status", "LOCKED_OUT", "suspended"},
		{"account.status", "Status", "Not active", "suspended"}, {"account.status", "Status", "Deleted", "deprovisioned"},
		{"account.status", "accountEnabled", "True", "active"}, {"account.status", "accountEnabled", "FALSE", "suspended"},
		{"account.status", "is_active", "1", "active"}, {"account.status", "Sign-in blocked", "yes", "suspended"},
		{"account.status", "Disabled", "no", "active"}, {"account.status", "IsInactive", "true", "suspended"},
		{"account.status", "Not active", "true", ""}, {"account.status", "Licensed", "true", ""}, {"account.status", "Status", "Invited", ""},
		{"account.type", "userType", "Guest", "external"}, {"account.type", "userType", "Member", "human"},
		{"account.type", "Is guest", "true", "external"}, {"account.type", "Is guest", "false", ""},
		{"person.employment", "Type", "Full-time", "employee"}, {"person.status", "Status", "Parental leave", "on_leave"},
		{"finding.status", "State", "Won't fix", "accepted"}, {"finding.status", "State", "To Do", "open"},
		{"finding.severity", "Risk", "Moderate", "medium"}, {"training.status", "Completed", "Yes", "complete"},
		{"training.status", "Completed", "No", ""}, {"repository.visibility", "Private", "true", "private"},
		{"policy.status", "State", "Published", "approved"}, {"ticket.status", "State", "Canceled", "cancelled"},
	}
	for _, test := range tests {
		k, name, _ := strings.Cut(test.field, ".")
		shape, err := fieldsOf(kind.Kind(k))
		if err != nil {
			t.Fatal(err)
		}
		got, ok := usual(kind.Kind(k), shape[name], test.header, test.text)
		if got != test.want || ok != (test.want != "") {
			t.Errorf("%s, column %q, %q: got %q, want %q", test.field, test.header, test.text, got, test.want)
		}
	}
}
