package scaffold

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// shape is the stream of a new connector: the kind that fits its category, what the
// made-up API calls its items, and how an item becomes a record.
type shape struct {
	Kind   kind.Kind
	Stream string // several items: "devices"
	One    string // one item, also a name in the code: "device"
	Title  string // of the stream
	Reads  string // what connecting gives, after "Reads "
	Grants string // what the permission allows, after "Lists "

	facts []fact
}

// fact is a field of a record and the key of the item it is read from.
type fact struct {
	field string // as the kind has it
	key   string // of the made-up API
	form  factForm
	words []string // the field's, or the one word of formConst
}

type factForm int

const (
	formText   factForm = iota
	formWord            // one of the kind's words; any other one of the vendor's is unknown
	formTri             // true, false, or absent
	formActive          // a status made of "is it suspended"
	formConst           // the same word for every item
)

// shapeOf returns the shape for a category.
func shapeOf(c host.Category) shape {
	k := kindOf(c)
	s := shapes()[k]
	s.Kind = k
	if k == kind.KindAccount {
		s.facts = []fact{
			{"username", "email", formText, nil}, {"email", "email", formText, nil}, {"name", "name", formText, nil},
			{"type", "", formConst, []string{"human"}}, {"status", "suspended", formActive, nil},
			{"admin", "admin", formTri, nil}, {"mfa", "mfa_enabled", formTri, nil},
		}
		return s
	}
	s.facts = factsOf(k)
	return s
}

// kindOf returns the kind that fits a category.
func kindOf(c host.Category) kind.Kind {
	switch c {
	case host.CategoryAutomation:
		return kind.KindAutomation
	case host.CategoryBackgroundCheck:
		return kind.KindBackgroundCheck
	case host.CategoryCodebase, host.CategoryVersionControl:
		return kind.KindRepository
	case host.CategoryCSPM, host.CategoryVulnerability:
		return kind.KindFinding
	case host.CategoryCyberInsurance, host.CategorySecurityReviews:
		return kind.KindAssessment
	case host.CategoryDigitalSignature:
		return kind.KindSignature
	case host.CategoryEDR, host.CategoryMDM:
		return kind.KindDevice
	case host.CategoryExternalPolicy:
		return kind.KindPolicy
	case host.CategoryHRIS:
		return kind.KindPerson
	case host.CategoryInfrastructure:
		return kind.KindResource
	case host.CategoryObservability:
		return kind.KindMonitor
	case host.CategorySecurityTraining:
		return kind.KindTraining
	case host.CategoryTicketing:
		return kind.KindTicket
	case host.CategoryCustom:
		return kind.KindCustom
	default: // identity, enterprise SSO, user access review, communication, CRM
		return kind.KindAccount
	}
}

// shapes returns the words for each kind that a category has.
func shapes() map[kind.Kind]shape {
	plain := func(several, one, title string) shape {
		words := strings.ToLower(title)
		return shape{Stream: several, One: one, Title: title, Reads: "the " + words + " of", Grants: "the " + words}
	}
	return map[kind.Kind]shape{
		kind.KindAccount: {
			Stream: "users", One: "user", Title: "Users", Reads: "who has an account in", Grants: "the people who have an account",
		},
		kind.KindPerson:          plain("people", "person", "People"),
		kind.KindDevice:          plain("devices", "device", "Devices"),
		kind.KindRepository:      plain("repositories", "repository", "Repositories"),
		kind.KindResource:        plain("resources", "resource", "Resources"),
		kind.KindTicket:          plain("tickets", "ticket", "Tickets"),
		kind.KindMonitor:         plain("monitors", "monitor", "Monitors"),
		kind.KindFinding:         plain("findings", "finding", "Findings"),
		kind.KindBackgroundCheck: plain("screenings", "screening", "Background checks"),
		kind.KindTraining:        plain("trainings", "training", "Trainings"),
		kind.KindSignature:       plain("signatures", "signature", "Signatures"),
		kind.KindPolicy:          plain("policies", "policy", "Policies"),
		kind.KindAssessment:      plain("assessments", "assessment", "Assessments"),
		kind.KindAutomation:      plain("automations", "automation", "Automations"),
		kind.KindCustom:          plain("things", "thing", "Things"),
	}
}

// factsOf returns what a new connector reads of a kind: two texts, the words and the
// yes/no facts.
func factsOf(k kind.Kind) (facts []fact) {
	texts := 0
	for _, f := range kind.Fields(k) {
		switch {
		case f.Name == "external_id":
		case f.Type == kind.FieldText && texts < 2:
			texts++
			facts = append(facts, fact{f.Name, f.Name, formText, nil})
		case f.Type == kind.FieldWord && f.Words[0] == kind.Yes.String():
			facts = append(facts, fact{f.Name, f.Name, formTri, nil})
		case f.Type == kind.FieldWord:
			facts = append(facts, fact{f.Name, f.Name, formWord, f.Words})
		}
	}
	return facts
}

// keys returns the facts whose key no earlier one has.
func (s shape) keys() (all []fact) {
	for _, f := range s.facts {
		if f.key != "" && !slices.ContainsFunc(all, func(o fact) bool { return o.key == f.key }) {
			all = append(all, f)
		}
	}
	return all
}

// Type returns the name of the kind's struct.
func (s shape) Type() string { return reflect.TypeOf(kind.New(s.Kind)).Elem().Name() }

// Exported returns a name as it begins inside a longer one.
func (s shape) Exported(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// goName returns the name of a field in the kind's struct.
func (s shape) goName(field string) string {
	shape := reflect.TypeOf(kind.New(s.Kind)).Elem()
	for i := range shape.NumField() {
		if name, _, _ := strings.Cut(shape.Field(i).Tag.Get("json"), ","); name == field {
			return shape.Field(i).Name
		}
	}
	return field
}

// member returns the name of a key in the item's struct.
func member(key string) string {
	words := strings.Split(key, "_")
	for i, w := range words {
		if words[i] = strings.ToUpper(w[:1]) + w[1:]; w == "mfa" || w == "url" || w == "os" {
			words[i] = strings.ToUpper(w)
		}
	}
	return strings.Join(words, "")
}

// GoMembers returns the members of the item's struct.
func (s shape) GoMembers() string {
	var b strings.Builder
	for _, f := range s.keys() {
		goType := "string"
		if f.form == formTri || f.form == formActive {
			goType = "*bool"
		}
		fmt.Fprintf(&b, "\t%s %s `json:%q`\n", member(f.key), goType, f.key)
	}
	return b.String()
}

// GoFields returns the members of the record's struct.
func (s shape) GoFields() string {
	var b strings.Builder
	for _, f := range s.facts {
		value := strconv.Quote("")
		if f.key != "" {
			value = "item." + member(f.key)
		}
		switch f.form {
		case formWord:
			value = fmt.Sprintf("known(%s, %s)", value, quoted(f.words))
		case formTri:
			value = "kind.TriFrom(" + value + ")"
		case formActive:
			value = `active(` + value + `)`
		case formConst:
			value = strconv.Quote(f.words[0])
		case formText:
		}
		fmt.Fprintf(&b, "\t\t%s: %s,\n", s.goName(f.field), value)
	}
	return b.String()
}

// PythonFields returns the members of the record's dictionary.
func (s shape) PythonFields() string {
	var b strings.Builder
	for _, f := range s.facts {
		value := fmt.Sprintf("item.get(%q)", f.key)
		switch f.form {
		case formWord:
			value = fmt.Sprintf("_known(%s, %s)", value, quoted(f.words))
		case formTri:
			value = "tri(" + value + ")"
		case formActive:
			value = `{"yes": "suspended", "no": "active"}.get(tri(` + value + `), "unknown")`
		case formConst:
			value = strconv.Quote(f.words[0])
		case formText:
		}
		fmt.Fprintf(&b, "        %q: %s,\n", f.field, value)
	}
	return b.String()
}

// YAMLFields returns the fields of the stream of a description.
func (s shape) YAMLFields() string {
	var b strings.Builder
	last := len(s.facts) - 1
	for i, f := range s.facts {
		value := "item." + f.key
		switch f.form {
		case formWord:
			value = fmt.Sprintf(`'item.?%s.orValue("") in [%s] ? item.%s : "unknown"'`, f.key, quoted(f.words), f.key)
		case formActive:
			value = fmt.Sprintf(`'has(item.%s) ? (item.%s ? "suspended" : "active") : "unknown"'`, f.key, f.key)
		case formConst:
			value = fmt.Sprintf("'%q'", f.words[0])
		case formTri:
			if i == last {
				value += " # left out by the vendor: unknown, never no"
			}
		case formText:
		}
		fmt.Fprintf(&b, "      %s: %s\n", f.field, value)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Has reports whether a fact has one of the forms for which the code needs a helper:
// "word" or "active", or "tri".
func (s shape) Has(form string) bool {
	wanted := map[string]factForm{"word": formWord, "active": formActive, "tri": formTri}[form]
	return slices.ContainsFunc(s.facts, func(f fact) bool { return f.form == wanted })
}

// GoItem returns the members of item number n of the made-up API, and PythonItem the
// same in Python.
func (s shape) GoItem() string {
	var b strings.Builder
	for _, f := range s.keys() {
		value := fmt.Sprintf("fmt.Sprintf(\"%s %%d\", n)", s.Exported(s.One))
		switch {
		case f.form == formWord:
			value = fmt.Sprintf("[]string{%s}[n%%%d]", quoted(f.words), len(f.words))
		case f.form == formActive:
			value = "n%7 == 6"
		case f.form == formTri:
			value = "n%2 == 0"
		case f.key == "email":
			value = `fmt.Sprintf("person%d@example.com", n)`
		}
		fmt.Fprintf(&b, "\t\t%q: %s,\n", f.key, value)
	}
	return b.String()
}

// PythonItem is GoItem in Python.
func (s shape) PythonItem() string {
	parts := []string{fmt.Sprintf(`"id": f"%s-{n:04}"`, s.One[:1])}
	for _, f := range s.keys() {
		value := fmt.Sprintf(`f"%s {n}"`, s.Exported(s.One))
		switch {
		case f.form == formWord:
			value = fmt.Sprintf("(%s)[n %% %d]", quoted(f.words), len(f.words))
		case f.form == formActive:
			value = "n % 7 == 6"
		case f.form == formTri:
			value = "n % 2 == 0"
		case f.key == "email":
			value = `f"person{n}@example.com"`
		}
		parts = append(parts, fmt.Sprintf("%q: %s", f.key, value))
	}
	return strings.Join(parts, ",\n        ")
}

// Sometimes returns the keys that the made-up API leaves out of some items.
func (s shape) Sometimes() string {
	var keys []string
	for _, f := range s.keys() {
		if f.form == formTri {
			keys = append(keys, f.key)
		}
	}
	return quoted(keys)
}

func quoted(words []string) string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = strconv.Quote(w)
	}
	return strings.Join(all, ", ")
}
