package main

import (
	"strings"
	"unicode"

	"github.com/plumbline-dev/plumbline/plugins/internal/mapping"
)

// The values of the setting "ending".
const (
	endingAuto  = "auto"       // the connector judges by the last row
	endingBreak = "line_break" // a whole file ends with a line break
	endingAny   = "any"        // a whole file may end without a line break
)

const (
	maxSamples  = 10_000 // rows whose last cell is kept
	maxSampled  = 128    // bytes of each cell that are compared
	enoughCells = 4      // rows that are enough for a form
)

// tail decides whether a file was cut off. A file that was cut between two rows seems whole, and many
// programs write no line break after their last row. So tail compares only a last row without a line
// break: its last cell with those of the other rows.
type tail struct {
	ending string
	cells  []string // the last cells of the previous rows
}

// saw records a row that is not the last one.
func (t *tail) saw(l line) {
	if t.ending == endingAuto && len(t.cells) < maxSamples {
		cell := strings.TrimSpace(l.cells[len(l.cells)-1])
		t.cells = append(t.cells, strings.Clone(cell[:min(len(cell), maxSampled)]))
	}
}

// suspects returns why the last row seems cut off, or "".
func (t *tail) suspects(last line) string {
	if last.ended || t.ending == endingAny {
		return ""
	}
	if t.ending == endingBreak {
		return "no line break follows its last row"
	}
	if last.quoted {
		return "" // its closing quote shows that the value is whole
	}
	cell := strings.TrimSpace(last.cells[len(last.cells)-1])
	if why := t.unlikeOthers(cell); why != "" {
		return "no line break follows its last row, and the last value, " + mapping.Quote(cell) + ", " + why
	}
	return ""
}

// unlikeOthers says why a last cell seems to be the beginning of a value. Another row has the whole
// value, the other cells are not empty, or the other cells have one form and this one is shorter.
func (t *tail) unlikeOthers(cell string) string {
	longer, empty := "", 0
	for _, other := range t.cells {
		switch {
		case other == cell:
			return ""
		case other == "":
			empty++
		case longer == "" && strings.HasPrefix(other, cell):
			longer = other
		}
	}
	switch {
	case len(t.cells) == 0:
		return ""
	case cell == "":
		if empty == 0 && len(t.cells) >= enoughCells {
			return "is empty, as in no other row"
		}
		return ""
	case longer != "" && strings.Trim(cell, "0123456789.,-") != "": // numbers may begin alike
		return "is the beginning of " + mapping.Quote(longer) + " in another row"
	case len(t.cells) < enoughCells || empty > 0:
		return ""
	}
	return t.shorterForm(cell)
}

// shorterForm compares the form of a cell with the common form of the others, if they have one. For
// example, 2026-03-01 and 2026-04-17 have one form, and so have a@x.test and b@example.com.
func (t *tail) shorterForm(cell string) string {
	length, form := len(t.cells[0]), formOf(t.cells[0])
	for _, other := range t.cells[1:] {
		if len(other) != length {
			length = -1
		}
		if formOf(other) != form {
			form = ""
		}
	}
	if strings.Trim(form, "x ") == "" || !strings.HasPrefix(form, formOf(cell)) {
		return "" // words have no form
	}
	switch {
	case form != formOf(cell):
		return "ends earlier than the value of every other row"
	case length > len(cell):
		return "is shorter than the value of every other row"
	}
	return ""
}

// formOf replaces each sequence of letters, digits or white space in a text by one character.
func formOf(text string) string {
	var b strings.Builder
	last := rune(0)
	for _, r := range text {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			r = 'x'
		case unicode.IsSpace(r):
			r = ' '
		}
		if r != last || r != 'x' && r != ' ' {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}
