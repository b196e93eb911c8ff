package lowcode

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

// Result is what an import gives.
type Result struct {
	ID      string    `json:"id"`
	File    string    `json:"file"` // the text of the connector file; "" when no stream could be translated
	Streams []string  `json:"streams"`
	LeftOut []Finding `json:"left_out"` // what the file does not have
	Notes   []Finding `json:"notes"`    // what is translated, and should be known
}

// findings collects what is found, each once.
type findings []Finding

func (f *findings) add(line int, stream, format string, args ...any) {
	one := Finding{Line: line, Stream: stream, Reason: strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " ")}
	same := func(known Finding) bool {
		return known == one || known.Stream == "" && stream == "" && known.Reason == one.Reason
	}
	if !slices.ContainsFunc(*f, same) {
		*f = append(*f, one)
	}
}

// sorted returns the findings by line, never nil.
func (f findings) sorted() []Finding {
	all := append([]Finding{}, f...)
	slices.SortStableFunc(all, func(a, b Finding) int { return cmp.Compare(a.Line, b.Line) })
	return all
}
