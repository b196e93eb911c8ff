package kind

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// Description is what people need to read one field of a kind.
type Description struct {
	Name  string    // as in the document
	Title string    // "last_boot_at" is "Last boot"
	Doc   string    // its meaning, one or more sentences
	Type  FieldType // as in Field
	Unit  string    // of a number: "%", "s" or "bytes"; empty = a count, or no number
}

// titles are the titles that do not follow from the name of a field.
var titles = map[string]string{
	"mfa": "MFA", "external_id": "Id", "os_name": "OS", "os_version": "OS version", "last_login_at": "Last sign-in", "url": "URL",
}

// units are the units of the numbers that are no counts.
var units = map[string]string{"score": "%", "screen_lock_seconds": "s", "bytes": "bytes"}

var described = sync.OnceValue(func() map[Kind][]Description {
	all := map[Kind][]Description{}
	for _, k := range Kinds() {
		all[k] = describe(k)
	}
	return all
})

// Describe returns every field of a kind except the vendor's document, in the order of the
// documentation. It returns nil for an unknown kind.
func Describe(k Kind) []Description { return slices.Clone(described()[k]) }

func describe(k Kind) (all []Description) {
	var s struct {
		Properties map[string]struct {
			Description string `json:"description"`
		} `json:"properties"`
	}
	if raw, err := Schema(k); err == nil {
		_ = json.Unmarshal(raw, &s) // a schema of this package; without it the fields have no meaning in words
	}
	shape := reflect.TypeOf(New(k)).Elem()
	for i := range shape.NumField() {
		member := shape.Field(i)
		name, _, _ := strings.Cut(member.Tag.Get("json"), ",")
		if name == "vendor" {
			continue
		}
		d := Description{Name: name, Title: FieldTitle(name), Doc: meaning(s.Properties[name].Description), Type: typeOf(member)}
		if d.Type == FieldNumber {
			d.Unit = units[name]
		}
		all = append(all, d)
	}
	return all
}

// meaning turns the comment of a Go field into what a person reads, such as "Name is the
// display name." into "The display name.".
func meaning(comment string) string {
	_, rest, found := strings.Cut(comment, " ")
	if !found {
		return comment
	}
	for _, verb := range []string{"is ", "are ", "says "} {
		if cut, ok := strings.CutPrefix(rest, verb); ok {
			rest = cut
			break
		}
	}
	return capital(rest)
}

// FieldTitle returns what people call a field.
func FieldTitle(name string) string {
	if title, ok := titles[name]; ok {
		return title
	}
	return capital(strings.ReplaceAll(strings.TrimSuffix(name, "_at"), "_", " "))
}

func capital(text string) string {
	for i, r := range text {
		return string(unicode.ToUpper(r)) + text[i+len(string(r)):]
	}
	return text
}

// naming are the fields that can name a record, the best first.
var naming = []string{
	"name", "title", "hostname", "person_name", "signer_name", "course", "document", "username", "email", "person_email", "signer_email",
}

// names has for each kind those of the naming fields that it has.
var names = sync.OnceValue(func() map[Kind][]string {
	all := map[Kind][]string{}
	for _, k := range Kinds() {
		shape := reflect.TypeOf(New(k)).Elem()
		has := map[string]bool{}
		for i := range shape.NumField() {
			name, _, _ := strings.Cut(shape.Field(i).Tag.Get("json"), ",")
			has[name] = true
		}
		for _, name := range naming {
			// A title beside a name is a job title.
			if has[name] && (name != "title" || !has["name"]) {
				all[k] = append(all[k], name)
			}
		}
	}
	return all
})

// DisplayName returns what people call the record that a document of a kind describes, such
// as the name of an account or the title of a ticket. It is empty when the document does
// not say.
func DisplayName(k Kind, doc []byte) string {
	fields := names()[k]
	if len(fields) == 0 {
		return ""
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(doc, &members) != nil {
		return ""
	}
	for _, name := range fields {
		var text string
		if json.Unmarshal(members[name], &text) == nil && strings.TrimSpace(text) != "" {
			return text
		}
	}
	return ""
}
