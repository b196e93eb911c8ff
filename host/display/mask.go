package display

import (
	"regexp"
	"strings"
	"unicode"
)

// Mask returns a text that shows the first letter and the length of text and keeps the
// signs between its words: "Anna Berg" becomes "A••• ••••".
func Mask(text string) string {
	var b strings.Builder
	first := true
	for _, r := range text {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteRune(r)
		case first:
			b.WriteRune(r)
			first = false
		default:
			b.WriteRune('•')
		}
	}
	return b.String()
}

var (
	addressPattern = regexp.MustCompile(`[^\s@<>"',;]+@[^\s@<>"',;]+\.[^\s@<>"',;]+`)
	phonePattern   = regexp.MustCompile(`^\+?[0-9][0-9 ()/.-]{6,18}[0-9]$`)
)

// MaskContacts masks the e-mail addresses in a text, and the whole text when it is a
// telephone number with a sign that numbers of other things do not have.
func MaskContacts(text string) string {
	if phonePattern.MatchString(text) && strings.ContainsAny(text, "+()") {
		return Mask(text)
	}
	return addressPattern.ReplaceAllStringFunc(text, Mask)
}

// Personal reports whether a field of a kind holds the name, the address or the number of
// a person.
func Personal(kind, field string) bool {
	switch field {
	case "email", "username", "manager", "owner", "author", "approvers", "merged_by", "reporter", "assignee", "assessor", "phone",
		"person_name", "person_email", "signer_name", "signer_email", "owner_email":
		return true
	case "name":
		return kind == "account" || kind == "person"
	case "external_id":
		return kind == "account" || kind == "person"
	}
	return false
}

// PersonalColumn reports whether the name of a column says that it holds the name, the
// address or the number of a person.
func PersonalColumn(name string) bool {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for i, word := range words {
		switch word {
		case "login":
			if i == len(words)-1 && (i == 0 || words[i-1] != "last") { // not the time of a sign-in
				return true
			}
		case "name":
			if i == 0 || personalName[words[i-1]] {
				return true
			}
		case "email", "mail", "phone", "mobile", "telephone", "surname", "firstname", "lastname", "fullname", "username", "manager",
			"owner", "author", "assignee", "reporter", "birthday", "salary", "iban":
			return true
		}
	}
	return false
}

// personalName are words before "name" that make it a person's.
var personalName = map[string]bool{
	"first": true, "last": true, "full": true, "display": true, "user": true, "person": true, "employee": true, "given": true,
	"family": true, "middle": true, "signer": true, "preferred": true, "legal": true,
}
