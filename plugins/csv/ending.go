package main

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The values of the setting "ending".
const (
	endingAuto  = "auto"       // judge by the last row
	endingBreak = "line_break" // a whole file always ends with a line break
	endingAny   = "any"        // whole files end either way
)

const (
	maxSamples  = 10_000 // rows whose last cell is remembered
	maxSampled  = 128    // bytes of each that are compared
	enoughCells = 4      // rows that make a form
)

// tail judges whether a file was cut off. A file cut between two rows looks whole,
// and many programs write no line break behind their last row, so only a last row
// without one is judged, by what the last cells of the other rows look like.
type tail struct {
	ending string
	cells  []string // the last cells of the rows before
}

// saw remembers a row that another row follows.
func (t *tail) saw(l line) {
	if t.ending == endingAuto && len(t.cells) < maxSamples {
		cell := strings.TrimSpace(l.cells[len(l.cells)-1])
		t.cells = append(t.cells, strings.Clone(cell[:min(len(cell), maxSampled)]))
	}
}

// suspects returns why the last row seems to be cut off, or "".
func (t *tail) suspects(last line) string {
	if last.ended || t.ending == endingAny {
		return ""
	}
	if t.ending == endingBreak {
		return "no line break follows its last row"
	}
	if last.quoted {
		return "" // the closing quote ends the value
	}
	cell := strings.TrimSpace(last.cells[len(last.cells)-1])
	if why := t.unlikeOthers(cell); why != "" {
		return "no line break follows its last row, and the last value, " + quoteCell(cell) + ", " + why
	}
	return ""
}

// unlikeOthers says what makes a last cell look like the beginning of a value. It
// is one that stands whole in another row, an empty one among full ones, or one
// that stops where all the others, which have one form, go on.
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
	case longer != "" && !isNumber(cell):
		return "is the beginning of another row's " + quoteCell(longer)
	case len(t.cells) < enoughCells || empty > 0:
		return ""
	}
	return t.shorterForm(cell)
}

// shorterForm compares the form of a cell with that of all the others, when they
// have one: 2026-03-01 and 2026-04-17 do, and a@x.test and b@example.com.
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
		return "stops where every other row's goes on"
	case length > len(cell):
		return "is shorter than every other row's"
	}
	return ""
}

// formOf returns a text with each run of letters, digits or white space as one sign.
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

func isNumber(text string) bool {
	return strings.Trim(text, "0123456789.,-") == ""
}

// quoteCell shows a cell in a message: not all of a long one, and no control
// character as it is.
func quoteCell(text string) string { return fmt.Sprintf("%q", shorten(text)) }

func shorten(text string) string {
	const most = 40
	if len(text) <= most {
		return text
	}
	end := most
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
