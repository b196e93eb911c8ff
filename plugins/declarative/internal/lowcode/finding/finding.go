package finding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Finding is a part of the manifest that a person should know of.
type Finding struct {
	Line   int    `json:"line"`
	Stream string `json:"stream,omitempty"`
	Reason string `json:"reason"`
}

func (f Finding) String() string {
	text := fmt.Sprintf("line %d: ", f.Line)
	if f.Stream != "" {
		text += "stream " + f.Stream + ": "
	}
	return text + f.Reason
}

// List collects what is found, each once.
type List []Finding

// Add adds a finding. One that is there already is not added again.
func (f *List) Add(line int, stream, format string, args ...any) {
	one := Finding{Line: line, Stream: stream, Reason: strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " ")}
	same := func(known Finding) bool {
		return known == one || known.Stream == "" && stream == "" && known.Reason == one.Reason
	}
	if !slices.ContainsFunc(*f, same) {
		*f = append(*f, one)
	}
}

// Sorted returns the findings by line, never nil.
func (f List) Sorted() []Finding {
	all := append([]Finding{}, f...)
	slices.SortStableFunc(all, func(a, b Finding) int { return cmp.Compare(a.Line, b.Line) })
	return all
}
