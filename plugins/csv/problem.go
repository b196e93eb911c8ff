package main

import (
	"fmt"

	"github.com/plumbline-dev/plumbline/plugins/internal/mapping"
	"github.com/plumbline-dev/plumbline/sdk"
)

// badRow is a row that cannot be read; the others can.
type badRow struct {
	line   int
	column int  // the column at fault, from 1; 0 = none
	cut    bool // the file seems to end inside the row
	text   string
	code   string
}

func (b *badRow) Error() string { return fmt.Sprintf("line %d: %s", b.line, b.text) }

// badCell is a cell that cannot be read.
type badCell struct {
	line int
	mapping.Wrong
}

func (b badCell) scope() string { return fmt.Sprintf("line %d, column %q", b.line, b.Column) }

// fromFile returns the error of a mistake in the file. The customer has to act, and the next export
// may be correct.
func fromFile(code, remedy, format string, args ...any) *sdk.Error {
	return sdk.Errorf(code, format, args...).WithRemedy(remedy).ForCustomer()
}

func (t *table) rowError(b *badRow) *sdk.Error {
	at := fmt.Sprintf("line %d", b.line)
	if b.column > 0 && b.column <= len(t.headers) {
		at += fmt.Sprintf(", column %q", t.headers[b.column-1])
	}
	remedy := fmt.Sprintf("Correct %s of %s in the system it comes from and export it again.", at, t.Path)
	switch {
	case b.cut:
		remedy = fmt.Sprintf("Export %s again, preferably under another name, and rename it when it is complete. "+
			"If complete files of this system end like this, choose \"With or without a line break\" in the setting \"How the file ends\".",
			t.Path)
	case b.code == sdk.CodeLimitRecordTooLarge:
		remedy = fmt.Sprintf("Shorten %s of %s in the system it comes from, or leave the column out of the export.", at, t.Path)
	}
	return fromFile(b.code, remedy, "%s", b.text)
}

func (t *table) cellError(b badCell) *sdk.Error {
	remedy := fmt.Sprintf("orrect line %d, column %q of %s in the system it comes from and export it again.", b.line, b.Column, t.Path)
	if meaning := b.Meaning(); meaning != "" {
		remedy = meaning + ", or c" + remedy
	} else {
		remedy = "C" + remedy
	}
	if b.Field.Name == "" {
		return fromFile(sdk.CodeSchemaUnexpected, remedy, "the value %s cannot be read: %s", mapping.Quote(b.Text), b.Why)
	}
	return fromFile(sdk.CodeSchemaUnexpected, remedy, "the value %s gives no %s: %s", mapping.Quote(b.Text), b.Field.Name, b.Why)
}

const (
	maxNamedRows  = 40 // gaps for one row each
	maxNamedCells = 40 // gaps for one cell each
	maxOfColumn   = 5  // of these, in one column
)

// gaps reports bad rows and cells. Each of the first ones is a gap with its line; the rest are one gap
// with their number. A host keeps a hundred gaps of a stream.
type gaps struct {
	table       *table
	out         *sdk.Output
	rows        int
	first, last *badRow // of the rows that are not named
	cells       map[string]*columnGaps
	order       []string // of the columns
	named       int      // cells
}

// columnGaps counts the bad cells of a column.
type columnGaps struct {
	unnamed     int
	named       int
	first, last badCell // of the unnamed
}

func (g *gaps) row(b *badRow) {
	g.rows++
	if g.rows <= maxNamedRows {
		g.out.Gap(fmt.Sprintf("line %d", b.line), g.table.rowError(b))
		return
	}
	if g.first == nil {
		g.first = b
	}
	g.last = b
}

func (g *gaps) cell(b badCell) {
	if g.cells == nil {
		g.cells = map[string]*columnGaps{}
	}
	c := g.cells[b.Column]
	if c == nil {
		c = &columnGaps{}
		g.cells[b.Column] = c
		g.order = append(g.order, b.Column)
	}
	if c.named < maxOfColumn && g.named < maxNamedCells {
		c.named++
		g.named++
		g.out.Gap(b.scope(), g.table.cellError(b))
		return
	}
	if c.unnamed == 0 {
		c.first = b
	}
	c.unnamed++
	c.last = b
}

// end reports the gaps for the rows and cells without a gap of their own.
func (g *gaps) end() {
	if first := g.first; first != nil {
		e := g.table.rowError(first)
		e.Message = fmt.Sprintf("%d more rows cannot be read, the first in line %d: %s", g.rows-maxNamedRows, first.line, first.text)
		g.out.Gap(fmt.Sprintf("lines %d to %d", first.line, g.last.line), e)
	}
	for _, name := range g.order {
		c := g.cells[name]
		if c.unnamed == 0 {
			continue
		}
		e := g.table.cellError(c.first)
		e.Message = fmt.Sprintf("%d more values of the column cannot be read, the first in line %d: %s", c.unnamed, c.first.line, c.first.Why)
		g.out.Gap(fmt.Sprintf("lines %d to %d, column %q", c.first.line, c.last.line, name), e)
	}
}
