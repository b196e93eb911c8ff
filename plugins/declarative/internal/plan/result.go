package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// checkResults compares the literals of an expression with the type of its field.
func (c *compiler) checkResults(f kind.Field, e Expr) {
	if !e.Set() {
		return
	}
	for _, value := range e.program.Literals() {
		if why := misfit(f, value); why != "" {
			c.wrong.Add(e.at, "%s %s, not %s", f.Name, why, shown(value))
		}
	}
}

// misfit says what a field must be, if value does not fit; otherwise it returns "". A truth value stands
// for yes or no, and a number for its digits.
func misfit(f kind.Field, value any) string {
	text, isText := value.(string)
	_, isTruth := value.(bool)
	_, isWhole := value.(int64)
	switch f.Type {
	case kind.FieldWord:
		truth := slices.Equal(f.Words, []string{"yes", "no", "unknown"})
		if truth && isTruth || isText && slices.Contains(f.Words, text) {
			return ""
		}
		return "is one of " + strings.Join(f.Words, ", ")
	case kind.FieldTime:
		if at, err := kind.ParseTime(text); isText && (err != nil || at.IsZero()) || isTruth || isWhole {
			return "is a moment such as 2026-02-28T09:00:00Z; time(…) converts other forms"
		}
	case kind.FieldText:
		if isTruth {
			return "is a text"
		}
	case kind.FieldNumber:
		if isText || isTruth {
			return "is a number"
		}
	case kind.FieldList:
		if isText || isTruth || isWhole {
			return "is a list"
		}
	}
	return ""
}

func shown(value any) string {
	if text, ok := value.(string); ok {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprint(value)
}
