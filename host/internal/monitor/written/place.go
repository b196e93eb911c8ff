package written

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/plumbline-dev/plumbline/host"
)

// Place gives mistakes in a test their line and column in the file. One in an expression has those in the expression before; one in a field
// that the file does not have is placed at the beginning.
func (f *File) Place(faults []host.FieldError) []host.FieldError {
	placed := make([]host.FieldError, 0, len(faults))
	for _, fault := range faults {
		line, column := 1, 1
		message := fault.Message
		if n := f.nearest(fault.Field); n != nil {
			line, column = n.Line, n.Column
			if fault.Line > 0 {
				line, column = f.inside(n, fault.Line, fault.Column)
				message = strings.TrimPrefix(message, fmt.Sprintf("line %d, column %d: ", fault.Line, fault.Column))
			}
		}
		fault.Line, fault.Column = line, column
		fault.Message = fmt.Sprintf("line %d, column %d: %s", line, column, message)
		placed = append(placed, fault)
	}
	slices.SortStableFunc(placed, func(a, b host.FieldError) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return placed
}

// nearest returns the node of a field, or of what it is in.
func (f *File) nearest(field string) *yaml.Node {
	for field != "" {
		if n := f.fields[field]; n != nil {
			return n
		}
		field = field[:max(0, strings.LastIndexAny(field, ".["))]
	}
	return nil
}

// inside returns where a character of a text stands in the file, by the line and the column that it has in the text. It goes through the
// text and the file side by side: what the file has more is quotes, backslashes and the spaces of its lines.
func (f *File) inside(n *yaml.Node, line, column int) (int, int) {
	text := []rune(n.Value)
	target := offsetOf(text, line, column)
	at := cursor{lines: f.lines, line: n.Line - 1, column: n.Column - 1}
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		at.line, at.column = n.Line, 0 // behind the line with | or >
	}
	for i := 0; i < target; {
		read, more := at.rune()
		switch {
		case !more:
			return n.Line, n.Column
		case read == text[i]:
			i++
			at.next()
		case blank(text[i]) && !blank(read):
			i++
		default:
			at.next()
		}
	}
	if target < len(text) && !blank(text[target]) {
		for read, more := at.rune(); more && read != text[target]; read, more = at.rune() {
			at.next()
		}
	}
	return at.line + 1, at.column + 1
}

func blank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }

// offsetOf returns the place of a character of a text by its line and column, both from 1.
func offsetOf(text []rune, line, column int) int {
	at := 0
	for ; line > 1 && at < len(text); at++ {
		if text[at] == '\n' {
			line--
		}
	}
	return min(at+column-1, len(text))
}

// cursor is a place in lines.
type cursor struct {
	lines        []string
	line, column int // from 0, the column in characters
}

// rune returns the character at the cursor; the end of a line is a line break.
func (c *cursor) rune() (rune, bool) {
	if c.line >= len(c.lines) {
		return 0, false
	}
	if text := []rune(c.lines[c.line]); c.column < len(text) {
		return text[c.column], true
	}
	return '\n', true
}

func (c *cursor) next() {
	if c.column++; c.column > len([]rune(c.lines[c.line])) {
		c.line, c.column = c.line+1, 0
	}
}
