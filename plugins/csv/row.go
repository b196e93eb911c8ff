package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/plugins/internal/mapping"
	"github.com/plumbline-dev/plumbline/sdk"
)

// row is one row as a record, without the cells that cannot be read.
type row struct {
	key   string
	doc   json.RawMessage
	wrong []badCell
}

// next returns the next row, io.EOF, a *badRow, or the error that ends the read. It reads one row
// ahead, because only the last row may be cut off.
func (t *table) next() (row, error) {
	if t.ahead == nil {
		return row{}, io.EOF
	}
	l := *t.ahead
	if err := t.advance(); err != nil {
		return row{}, err
	}
	if l.bad != nil {
		return row{}, l.bad
	}
	if t.ahead != nil {
		t.tail.saw(l)
	} else if why := t.tail.suspects(l); why != "" {
		return row{}, &badRow{line: l.number, cut: true, code: sdk.CodeUpstreamInvalidResponse, text: "the file seems to be cut off: " + why}
	}
	return t.toRow(l)
}

func (t *table) toRow(l line) (row, error) {
	unread, err := t.checkCells(&l)
	if err != nil {
		return row{}, err
	}
	bad := func(code, format string, args ...any) error {
		return &badRow{line: l.number, text: fmt.Sprintf(format, args...), code: code}
	}
	key := t.keyOf(l.cells)
	before, repeated := t.seen[key]
	switch {
	case key == "":
		return row{}, bad(sdk.CodeSchemaKeyMissing, "the key is empty")
	case len(key) > sdk.MaxKeyBytes:
		return row{}, bad(sdk.CodeSchemaUnexpected, "the key %s has %d bytes, more than the %d allowed",
			mapping.Quote(key), len(key), sdk.MaxKeyBytes)
	case strings.ContainsFunc(key, unicode.IsControl):
		return row{}, bad(sdk.CodeSchemaUnexpected, "the key %s holds a line break or another control character", mapping.Quote(key))
	case repeated:
		return row{}, bad(sdk.CodeSchemaUnexpected, "the key %s is that of line %d", mapping.Shorten(key), before)
	}
	doc, wrong, err := t.document(key, l)
	if err != nil {
		return row{}, bad(sdk.CodeSchemaUnexpected, "%s", err.Error())
	}
	if err := t.checkSize(l, doc); err != nil {
		return row{}, err
	}
	t.seen[key] = l.number
	return row{key: key, doc: doc, wrong: append(unread, wrong...)}, nil
}

// checkCells fits a row to the columns of the file, or returns why it cannot. It drops empty cells
// after the last header. It empties and returns cells that are not text, except in the key.
func (t *table) checkCells(l *line) (unread []badCell, err error) {
	for len(l.cells) > t.width && strings.TrimSpace(l.cells[len(l.cells)-1]) == "" {
		l.cells = l.cells[:len(l.cells)-1]
	}
	if n := len(l.cells); n < t.width && t.ahead == nil && !l.ended {
		return nil, &badRow{line: l.number, cut: true, code: sdk.CodeUpstreamInvalidResponse,
			text: fmt.Sprintf("the file seems to be cut off: its last row has %s and not %d, and no line break follows it", columns(n), t.width)}
	} else if n < t.width || n > len(t.headers) {
		return nil, &badRow{line: l.number, code: sdk.CodeSchemaUnexpected, text: fmt.Sprintf("it has %s and not %d", columns(n), t.width)}
	}
	for i, cell := range l.cells {
		var why string
		switch {
		case !utf8.ValidString(cell):
			why = "it is not UTF-8"
		case strings.IndexByte(cell, 0) >= 0:
			why = "it holds a zero byte"
		default:
			continue
		}
		if slices.Contains(t.key, i) {
			return nil, &badRow{line: l.number, column: i + 1, code: sdk.CodeSchemaUnexpected,
				text: fmt.Sprintf("the key, column %q, cannot be read: %s", t.headers[i], why)}
		}
		unread = append(unread, badCell{l.number, mapping.Wrong{Column: t.headers[i], Text: strings.ToValidUTF8(cell, "\ufffd"), Why: why}})
		l.cells[i] = ""
	}
	return unread, nil
}

func columns(n int) string {
	if n == 1 {
		return "1 column"
	}
	return strconv.Itoa(n) + " columns"
}

// keyOf returns the key of a row.
func (t *table) keyOf(cells []string) string {
	parts := make([]string, len(t.key))
	for i, at := range t.key {
		parts[i] = cellAt(cells, at)
	}
	return mapping.Key(parts)
}

// cellAt returns a cell, "" for one that checkCells dropped.
func cellAt(cells []string, at int) string {
	if at >= len(cells) {
		return ""
	}
	return cells[at]
}

// document returns the valid record of a row, and the cells that it leaves out because they cannot be
// read.
func (t *table) document(key string, l line) ([]byte, []badCell, error) {
	cells := make([]mapping.Cell, len(l.cells))
	for at, text := range l.cells {
		text = strings.TrimSpace(text)
		cells[at] = mapping.Cell{Text: text, Hidden: text == "" && t.nameless[at]}
	}
	raw, wrong, err := t.Document(key, cells)
	bad := make([]badCell, len(wrong))
	for i, w := range wrong {
		bad[i] = badCell{l.number, w}
	}
	return raw, bad, err
}

// checkSize refuses a row whose record exceeds the limit, and names its largest cell.
func (t *table) checkSize(l line, doc []byte) error {
	size, err := mapping.Oversize(doc)
	if err != nil {
		return &badRow{line: l.number, text: err.Error(), code: sdk.CodeSchemaUnexpected}
	}
	if size == 0 {
		return nil
	}
	largest := 0
	for i, cell := range l.cells {
		if len(cell) > len(l.cells[largest]) {
			largest = i
		}
	}
	return &badRow{line: l.number, column: largest + 1, code: sdk.CodeLimitRecordTooLarge,
		text: fmt.Sprintf("the record has %d KiB, more than the %d KiB allowed; the largest cell is in column %q",
			size>>10, sdk.MaxRecordBytes>>10, t.headers[largest])}
}
