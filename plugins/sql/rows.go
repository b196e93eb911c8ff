package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/plugins/internal/mapping"
	"github.com/plumbline-dev/plumbline/sdk"
)

// table makes records out of the rows of the query.
type table struct {
	settings
	plan     *mapping.Plan
	columns  *mapping.Columns
	repeated map[string]bool // names of several columns
	key      []int
	put      func(key string, doc any) error
	gap      func(scope string, err error)
	number   int // of the current row, from 1
	seen     map[[16]byte]struct{}
	bad      trouble
}

func newTable(c settings, put func(string, any) error, gap func(string, error)) (*table, error) {
	plan, err := mapping.New(c.Settings)
	if err != nil {
		return nil, err
	}
	return &table{
		settings: c, plan: plan, put: put, gap: gap, seen: map[[16]byte]struct{}{}, repeated: map[string]bool{}, bad: trouble{gap: gap},
	}, nil
}

// readRows sends the rows of the query.
func readRows(ctx context.Context, c *connection, out *sdk.Output) error {
	t, err := newTable(c.settings, func(key string, doc any) error { return out.Put(key, doc) }, out.Gap)
	if err != nil {
		return err
	}
	defer t.bad.end()
	if err := c.rows(ctx, bounded(c.Query, c.RowLimit+1), reader{head: t.head, row: t.row}); err != nil {
		return err
	}
	return nil
}

// head maps the columns of the query.
func (t *table) head(headers []string) error {
	for i, header := range headers {
		if slices.Contains(headers[:i], header) {
			t.repeated[header] = true
		}
	}
	names := slices.Clone(headers)
	for i, header := range headers {
		if slices.Contains(headers[:i], header) {
			names[i] = fmt.Sprintf("%s (column %d)", header, i+1)
		}
	}
	columns, err := t.plan.Assign(names, t.repeated, func(pointer, name string) (int, error) { return t.find(names, pointer, name) })
	if err != nil {
		return err
	}
	t.columns = columns
	for i, name := range t.Key {
		at, err := t.find(names, fmt.Sprintf("/key/%d", i), name)
		if err != nil {
			return err
		}
		t.key = append(t.key, at)
	}
	return nil
}

func (t *table) find(names []string, pointer, name string) (int, error) {
	at := slices.Index(names, name)
	switch {
	case t.repeated[name]:
		return 0, sdk.ConfigInvalid(pointer, "two columns of the query are called %q", name).
			WithRemedy("Give the columns different names in the query, with AS.")
	case at < 0:
		return 0, sdk.ConfigInvalid(pointer, "the query has no column %q; its columns are %s", name, strings.Join(names, ", "))
	}
	return at, nil
}

// row sends a row. A row or a value that cannot be read is a gap.
func (t *table) row(cells []mapping.Cell) error {
	if t.number++; t.number > t.RowLimit {
		t.gap(fmt.Sprintf("rows after %d", t.RowLimit), sdk.ConfigInvalid("/row_limit", "the query has more than %d rows", t.RowLimit).
			WithRemedy(`Raise "Most rows", or add a condition to the query.`))
		return errEnough
	}
	t.textOnly(cells)
	key, err := t.keyOf(cells)
	if err != nil {
		t.bad.row(t.number, err)
		return nil
	}
	doc, wrong, err := t.columns.Document(key, cells)
	if err == nil {
		err = t.fits(doc, cells)
	}
	if err != nil {
		t.bad.row(t.number, err)
		return nil
	}
	for _, w := range wrong {
		t.bad.value(key, w)
	}
	var e *sdk.Error
	if err := t.put(key, json.RawMessage(doc)); errors.As(err, &e) && e.Code == sdk.CodeSchemaUnexpected {
		return nil // Put has reported it
	} else if err != nil {
		return err
	}
	return nil
}

// textOnly empties values that are not UTF-8. A database of type SQL_ASCII does not convert what it has.
func (t *table) textOnly(cells []mapping.Cell) {
	for i, c := range cells {
		var why string
		switch {
		case !utf8.ValidString(c.Text):
			why = "it is not UTF-8"
		case strings.IndexByte(c.Text, 0) >= 0:
			why = "it holds a zero byte"
		default:
			continue
		}
		t.bad.value(fmt.Sprintf("number %d", t.number), mapping.Wrong{
			Column: t.columns.Headers[i], Text: strings.ToValidUTF8(c.Text, "\ufffd"), Why: why,
		})
		cells[i] = null()
	}
}

// keyOf returns the key of a row, which no other row may have.
func (t *table) keyOf(cells []mapping.Cell) (string, error) {
	parts := make([]string, len(t.key))
	for i, at := range t.key {
		parts[i] = cells[at].Text
	}
	key := mapping.Key(parts)
	sum := sha256.Sum256([]byte(key))
	id := [16]byte(sum[:])
	_, twice := t.seen[id]
	switch {
	case key == "":
		return "", rowError(sdk.CodeSchemaKeyMissing, "its key is empty")
	case len(key) > sdk.MaxKeyBytes:
		return "", rowError(sdk.CodeSchemaUnexpected, "its key %s has %d bytes, more than the %d allowed",
			mapping.Quote(key), len(key), sdk.MaxKeyBytes)
	case strings.ContainsFunc(key, unicode.IsControl):
		return "", rowError(sdk.CodeSchemaUnexpected, "its key %s holds a line break or another control character", mapping.Quote(key))
	case twice:
		return "", rowError(sdk.CodeSchemaUnexpected, "another row has its key %s", mapping.Quote(key))
	}
	t.seen[id] = struct{}{}
	return key, nil
}

// fits refuses a record that is too large.
func (t *table) fits(doc []byte, cells []mapping.Cell) error {
	size, err := mapping.Oversize(doc)
	if err != nil || size == 0 {
		return err
	}
	largest := 0
	for i, c := range cells {
		if len(c.Text) > len(cells[largest].Text) {
			largest = i
		}
	}
	return rowError(sdk.CodeLimitRecordTooLarge, "its record has %d KiB, more than the %d KiB allowed; the largest value is in column %q",
		size>>10, sdk.MaxRecordBytes>>10, t.columns.Headers[largest])
}

// rowError returns the error of a row. The customer has to act.
func rowError(code, format string, args ...any) *sdk.Error {
	return sdk.Errorf(code, format, args...).ForCustomer().
		WithRemedy("Correct the row in the database, or choose other key columns or a query that leaves it out.")
}

const (
	maxNamed    = 20 // gaps for one row or one value each
	maxOfColumn = 5  // of these, for values of one column
)

// trouble reports rows and values that cannot be read. Each of the first ones is a gap; the others are counted. A
// host keeps a hundred gaps of a stream.
type trouble struct {
	gap     func(scope string, err error)
	rows    int
	values  map[string]int // by column
	named   int
	lastRow error
	last    map[string]mapping.Wrong
}

func (b *trouble) row(number int, err error) {
	if b.rows++; b.rows <= maxNamed {
		b.gap(fmt.Sprintf("row number %d", number), err)
		return
	}
	b.lastRow = err
}

func (b *trouble) value(key string, w mapping.Wrong) {
	if b.values == nil {
		b.values, b.last = map[string]int{}, map[string]mapping.Wrong{}
	}
	b.values[w.Column]++
	if b.values[w.Column] <= maxOfColumn && b.named < maxNamed {
		b.named++
		b.gap(fmt.Sprintf("row %s, column %q", mapping.Shorten(key), w.Column), valueError(w))
		return
	}
	b.last[w.Column] = w
}

// end reports what has no gap of its own.
func (b *trouble) end() {
	if b.lastRow != nil {
		e := sdk.AsError(b.lastRow)
		e.Message = fmt.Sprintf("%d rows cannot be read; of the last one, %s", b.rows, e.Message)
		b.gap("more rows", e)
	}
	for column, w := range b.last {
		e := valueError(w)
		e.Message = fmt.Sprintf("%d values of the column cannot be read; for example %s", b.values[column], e.Message)
		b.gap(fmt.Sprintf("more rows, column %q", column), e)
	}
}

func valueError(w mapping.Wrong) *sdk.Error {
	remedy := "Correct the value in the database."
	if meaning := w.Meaning(); meaning != "" {
		remedy = meaning + ", or correct the value in the database."
	}
	text := "the value %s cannot be read: %s"
	if w.Field.Name != "" {
		text = "the value %s gives no " + w.Field.Name + ": %s"
	}
	return rowError(sdk.CodeSchemaUnexpected, text, mapping.Quote(w.Text), w.Why).WithRemedy(remedy)
}
