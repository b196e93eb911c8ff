package monitor

import (
	"fmt"
	"math"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// With returns the program with another severity and other days allowed. What is nil stays.
func (p *Program) With(severity *verdict.Severity, days *int) *Program {
	changed := *p
	if severity != nil {
		changed.Test.Severity = *severity
	}
	if days != nil {
		changed.Test.Days = *days
	}
	return &changed
}

// Parameters checks values that are given for parameters of a test, and returns them as expressions read them. The mistakes name each
// value that is of another type than its default, and each name that the test does not have.
func Parameters(t verdict.Test, given map[string]any) (map[string]any, []host.FieldError) {
	values := map[string]any{}
	var faults []host.FieldError
	for name, value := range given {
		field := "parameters." + name
		at := slices.IndexFunc(t.Parameters, func(p verdict.Parameter) bool { return p.Name == name })
		if at < 0 {
			faults = append(faults, host.FieldError{Field: field, Message: "the test has no parameter " + name, Value: value})
			continue
		}
		fitting, rule := fit(t.Parameters[at].Default, value)
		if rule != "" {
			faults = append(faults, host.FieldError{Field: field, Message: rule, Value: value})
			continue
		}
		values[name] = fitting
	}
	slices.SortFunc(faults, func(a, b host.FieldError) int {
		if a.Field < b.Field {
			return -1
		}
		return 1
	})
	return values, faults
}

// mostTexts is how many texts a parameter may list.
const mostTexts = 1000

// fit returns a value in the type of a default, or the rule that it breaks.
func fit(standard, value any) (fitting any, rule string) {
	switch standard := standard.(type) {
	case bool:
		if _, ok := value.(bool); ok {
			return value, ""
		}
		return nil, "this is yes or no: true or false"
	case string:
		if _, ok := value.(string); ok {
			return value, ""
		}
		return nil, "this is a text"
	case []any:
		return fitList(value)
	case int, int64, float64:
		return fitNumber(standard, value)
	}
	return nil, fmt.Sprintf("a parameter of the type %T cannot be set", standard)
}

func fitList(value any) (any, string) {
	list, ok := value.([]any)
	if texts, are := value.([]string); are {
		for _, text := range texts {
			list, ok = append(list, text), true
		}
	}
	if !ok || slices.ContainsFunc(list, func(one any) bool { _, text := one.(string); return !text }) {
		return nil, "this is a list of texts"
	}
	if len(list) > mostTexts {
		return nil, fmt.Sprintf("this is a list of at most %d texts", mostTexts)
	}
	return list, ""
}

// fitNumber keeps whole numbers whole, because expressions tell them from fractions.
func fitNumber(standard, value any) (any, string) {
	var number float64
	switch v := value.(type) {
	case int:
		return int64(v), ""
	case int64:
		return v, ""
	case float64:
		number = v
	default:
		return nil, "this is a number"
	}
	if _, fraction := standard.(float64); fraction {
		return number, ""
	}
	if number != math.Trunc(number) || math.Abs(number) > 1<<53 {
		return nil, "this is a whole number"
	}
	return int64(number), ""
}
