package schema

import (
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// leaf returns the violations of one failed rule, most often one.
func leaf(failed *jsonschema.ValidationError) []Violation {
	at := pointer(failed.InstanceLocation)
	switch k := failed.ErrorKind.(type) {
	case *kind.Required:
		return each(at, k.Missing, "must be set")
	case *kind.DependentRequired:
		return each(at, k.Missing, "must be set together with "+k.Prop)
	case *kind.AdditionalProperties:
		return each(at, k.Properties, "is not a known property")
	}
	return []Violation{{Pointer: at, Rule: rule(failed.ErrorKind)}}
}

func each(at string, names []string, text string) []Violation {
	found := make([]Violation, len(names))
	for i, name := range names {
		found[i] = Violation{Pointer: at + pointer([]string{name}), Rule: text}
	}
	return found
}

// rule describes a broken rule without the value.
func rule(broken jsonschema.ErrorKind) string {
	switch k := broken.(type) {
	case *kind.Type:
		return "must be " + article(k.Want)
	case *kind.Enum:
		return "must be one of " + values(k.Want)
	case *kind.Const:
		return "must be " + values([]any{k.Want})
	case *kind.Format:
		return "must have the format " + k.Want
	case *kind.Pattern:
		return "must match the pattern " + k.Want
	case *kind.MinLength:
		if k.Want == 1 {
			return "must not be empty"
		}
		return fmt.Sprintf("must have at least %d characters", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("must have at most %d characters", k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("must have at least %d items", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("must have at most %d items", k.Want)
	case *kind.Minimum:
		return "must be at least " + k.Want.RatString()
	case *kind.Maximum:
		return "must be at most " + k.Want.RatString()
	case *kind.UniqueItems:
		return "must not repeat an item"
	case *kind.FalseSchema:
		return "is not allowed here"
	}
	return "breaks the rule " + strings.Join(broken.KeywordPath(), "/")
}

func article(types []string) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = "a " + t
		if strings.ContainsRune("aio", rune(t[0])) {
			words[i] = "an " + t
		}
	}
	return strings.Join(words, " or ")
}

func values(wanted []any) string {
	words := make([]string, len(wanted))
	for i, w := range wanted {
		words[i] = fmt.Sprint(w)
	}
	return strings.Join(words, ", ")
}
