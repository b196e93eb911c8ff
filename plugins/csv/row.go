package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/schema"
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
			quoteCell(key), len(key), sdk.MaxKeyBytes)
	case strings.ContainsFunc(key, unicode.IsControl):
		return row{}, bad(sdk.CodeSchemaUnexpected, "the key %s holds a line break or another control character", quoteCell(key))
	case repeated:
		return row{}, bad(sdk.CodeSchemaUnexpected, "the key %s is that of line %d", shorten(key), before)
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
		unread = append(unread, badCell{line: l.number, column: t.headers[i], text: strings.ToValidUTF8(cell, "\ufffd"), why: why})
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

// keyOf joins the key columns with a bar. It escapes bars in the values, so that different rows have
// different keys.
func (t *table) keyOf(cells []string) string {
	parts := make([]string, len(t.key))
	empty := true
	for i, at := range t.key {
		parts[i] = strings.TrimSpace(cellAt(cells, at))
		empty = empty && parts[i] == ""
		if len(t.key) > 1 {
			parts[i] = strings.NewReplacer(`\`, `\\`, `|`, `\|`).Replace(parts[i])
		}
	}
	if empty {
		return ""
	}
	return strings.Join(parts, "|")
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
	doc, vendor := map[string]any{"external_id": key}, map[string]string{}
	var wrong []badCell
	origin := map[string]int{} // of the fields: their columns
	for at, text := range l.cells {
		text = strings.TrimSpace(text)
		if text != "" || !t.nameless[at] {
			vendor[t.headers[at]] = text
		}
		for _, f := range t.fields[at] {
			value, err := t.cell(f, text)
			if err != nil {
				wrong = append(wrong, badCell{l.number, t.headers[at], f, text, err.Error()})
			} else if value != nil {
				doc[f.name], origin[f.name] = value, at
			}
		}
	}
	for name, f := range t.shape {
		if _, set := doc[name]; !set && slices.Contains(f.Enum, "unknown") {
			doc[name] = "unknown"
		}
	}
	doc["vendor"] = vendor
	for {
		raw, err := json.Marshal(doc)
		if err != nil {
			return nil, nil, fmt.Errorf("encode row: %w", err)
		}
		var invalid *schema.Invalid
		if err := kind.Validate(t.Kind, raw); err == nil {
			return raw, wrong, nil
		} else if !errors.As(err, &invalid) {
			return nil, nil, err
		}
		broken := invalid.Violations[0]
		name, _, _ := strings.Cut(strings.TrimPrefix(broken.Pointer, "/"), "/")
		at, fromCell := origin[name]
		if !fromCell {
			return nil, nil, fmt.Errorf("%s %s", name, broken.Rule)
		}
		delete(doc, name)
		delete(origin, name)
		wrong = append(wrong, badCell{l.number, t.headers[at], t.shape[name], strings.TrimSpace(l.cells[at]), name + " " + broken.Rule})
	}
}

// cell reads a cell for a field, by the setting "values" or by its type.
func (t *table) cell(f field, text string) (any, error) {
	if value, ok := t.meaning(f, text); ok {
		return value, nil
	}
	return f.read(text)
}

// checkSize refuses a row whose record exceeds the limit, and names its largest cell.
func (t *table) checkSize(l line, doc []byte) error {
	if len(doc) <= sdk.MaxRecordBytes {
		return nil
	}
	canonical, err := kind.Canonical(doc)
	if err != nil {
		return &badRow{line: l.number, text: err.Error(), code: sdk.CodeSchemaUnexpected}
	}
	if len(canonical) <= sdk.MaxRecordBytes {
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
			len(canonical)>>10, sdk.MaxRecordBytes>>10, t.headers[largest])}
}
