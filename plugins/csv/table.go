package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/sdk"
)

// table is an open file whose columns are understood.
type table struct {
	settings
	file    *os.File
	info    fs.FileInfo // as it was when the file was opened
	reader  *csv.Reader
	headers []string
	key     []int         // columns of the key
	fields  map[int]field // by column
	shape   map[string]field
	first   []string // the first row, when there are no headers
	seen    map[string]int
}

// row is one row as a record.
type row struct {
	key string
	doc json.RawMessage
}

// badRow is a row that cannot be read; the others can.
type badRow struct {
	line int
	text string
	code string
}

func (b *badRow) Error() string { return fmt.Sprintf("line %d: %s", b.line, b.text) }

func (b *badRow) asError() *sdk.Error {
	return sdk.Errorf(b.code, "%s", b.text). // the gap names the line
							WithRemedy("Correct the row in the system the file comes from and export it again.")
}

// openTable opens the file and matches its columns with the settings. Everything
// wrong with either is config.invalid and names the setting.
func openTable(c settings) (*table, error) {
	t := &table{settings: c, seen: map[string]int{}}
	if err := t.open(); err != nil {
		return nil, err
	}
	if err := t.match(); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *table) open() error {
	if !filepath.IsAbs(t.Path) {
		return badPath("the path %s is not a whole one: begin with the root", t.Path)
	}
	file, err := os.Open(t.Path)
	if err != nil {
		return openError(t.Path, err)
	}
	t.file = file
	if t.info, err = file.Stat(); err != nil || !t.info.Mode().IsRegular() {
		t.close()
		return badPath("%s is not a file", t.Path)
	}
	if err := t.begin(); err != nil {
		t.close()
		return err
	}
	return nil
}

func openError(path string, err error) *sdk.Error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return badPath("there is no file %s", path)
	case errors.Is(err, fs.ErrPermission):
		return badPath("the file %s may not be read by the connector", path)
	}
	return badPath("the file %s cannot be opened: %w", path, err)
}

func badPath(format string, args ...any) *sdk.Error {
	return sdk.ConfigInvalid("/path", format, args...)
}

// begin looks at the first bytes: a mark of UTF-8 is skipped, another encoding
// or something that is no text is refused.
func (t *table) begin() error {
	text := bufio.NewReaderSize(t.file, 64<<10)
	head, err := text.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return badPath("the file %s cannot be read: %w", t.Path, err)
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, _ = text.Discard(3) // it was peeked
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return badPath("the file %s is UTF-16: save it as CSV UTF-8", t.Path)
	case bytes.IndexByte(head, 0) >= 0:
		return badPath("%s is not a CSV file", t.Path)
	}
	t.reader = csv.NewReader(text)
	t.reader.Comma = map[string]rune{"comma": ',', "semicolon": ';', "tab": '\t', "pipe": '|'}[t.Delimiter]
	t.reader.FieldsPerRecord = -1 // counted here, to name the line
	return nil
}

// match reads the headers and finds the column of every key and field.
func (t *table) match() error {
	first, err := t.reader.Read()
	if errors.Is(err, io.EOF) {
		if !t.Header {
			t.shape = map[string]field{}
			return nil // no headers and no rows: an empty list
		}
		return badPath("the file %s is empty: it has not even a line of headers", t.Path)
	}
	if err != nil {
		return badPath("the first line of %s is not CSV: %w", t.Path, err)
	}
	t.headers = make([]string, len(first))
	for i, h := range first {
		t.headers[i] = strings.TrimSpace(h)
		if !t.Header {
			t.headers[i] = strconv.Itoa(i + 1)
		}
		if slices.Contains(t.headers[:i], t.headers[i]) {
			return badPath("two columns of %s are called %q", t.Path, t.headers[i])
		}
		if !utf8.ValidString(h) {
			return badPath("the headers of %s are not UTF-8: save it as CSV UTF-8", t.Path)
		}
	}
	if !t.Header {
		t.first = first
	}
	for _, name := range t.Key {
		at, err := t.column("/key", name)
		if err != nil {
			return err
		}
		t.key = append(t.key, at)
	}
	return t.matchFields()
}

func (t *table) column(setting, name string) (int, error) {
	at := slices.Index(t.headers, name)
	if at < 0 {
		return 0, sdk.ConfigInvalid(setting, "the file %s has no column %q; its columns are %s", t.Path, name, strings.Join(t.headers, ", "))
	}
	return at, nil
}

// matchFields maps columns as the settings say, and then those whose header is
// the name of a field.
func (t *table) matchFields() error {
	shape, err := fieldsOf(t.Kind)
	if err != nil {
		return err
	}
	t.shape, t.fields = shape, map[int]field{}
	taken := map[string]bool{}
	for i, line := range t.Columns {
		cut := strings.LastIndexByte(line, '=')
		header, name := strings.TrimSpace(line[:cut]), strings.TrimSpace(line[cut+1:])
		setting := "/columns/" + strconv.Itoa(i)
		at, err := t.column(setting, header)
		if err != nil {
			return err
		}
		f, known := shape[name]
		if !known {
			return sdk.ConfigInvalid(setting, "%s has no field %q; its fields are %s", t.Kind, name, names(shape))
		}
		if taken[name] {
			return sdk.ConfigInvalid(setting, "two columns go to the field %q", name)
		}
		t.fields[at], taken[name] = f, true
	}
	for at, header := range t.headers {
		name := strings.ReplaceAll(strings.ToLower(header), " ", "_")
		if _, mapped := t.fields[at]; !mapped && !taken[name] {
			if f, known := shape[name]; known {
				t.fields[at], taken[name] = f, true
			}
		}
	}
	return nil
}

// next returns the next row, io.EOF, a *badRow, or the error that ends the read.
func (t *table) next() (row, error) {
	if t.reader == nil || t.headers == nil {
		return row{}, io.EOF
	}
	values, line := t.first, 1
	t.first = nil
	if values == nil {
		var err error
		values, err = t.reader.Read()
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return row{}, io.EOF
		case errors.As(err, &parse):
			return row{}, &badRow{parse.StartLine, "it is not CSV: " + parse.Err.Error(), sdk.CodeSchemaUnexpected}
		case err != nil:
			return row{}, sdk.Errorf(sdk.CodeNetworkConnect, "the file %s broke off while it was read: %w", t.Path, err)
		}
		line, _ = t.reader.FieldPos(0)
	}
	return t.toRow(values, line)
}

func (t *table) toRow(values []string, line int) (row, error) {
	bad := func(code, format string, args ...any) error {
		return &badRow{line, fmt.Sprintf(format, args...), code}
	}
	if len(values) != len(t.headers) {
		return row{}, bad(sdk.CodeSchemaUnexpected, "it has %d columns and not %d", len(values), len(t.headers))
	}
	for i, v := range values {
		if !utf8.ValidString(v) {
			return row{}, bad(sdk.CodeSchemaUnexpected, "column %q is not UTF-8", t.headers[i])
		}
	}
	key := t.keyOf(values)
	if key == "" {
		return row{}, bad(sdk.CodeSchemaKeyMissing, "the key is empty")
	}
	if before, repeated := t.seen[key]; repeated {
		return row{}, bad(sdk.CodeSchemaUnexpected, "the key %s is that of line %d", key, before)
	}
	doc, err := t.document(key, values)
	if err != nil {
		return row{}, bad(sdk.CodeSchemaUnexpected, "%s", err.Error())
	}
	t.seen[key] = line
	return row{key: key, doc: doc}, nil
}

// keyOf joins the key columns. One column is its own value; several are joined
// by a bar, with the bars in them marked, so that no two rows meet by accident.
func (t *table) keyOf(values []string) string {
	parts := make([]string, len(t.key))
	empty := true
	for i, at := range t.key {
		parts[i] = strings.TrimSpace(values[at])
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

// unchanged makes a file that was written to meanwhile visible: what was read is
// a mixture, and nothing may count as removed because of it.
func (t *table) unchanged(out *sdk.Output) error {
	now, err := os.Stat(t.Path)
	if err == nil && now.Size() == t.info.Size() && now.ModTime().Equal(t.info.ModTime()) {
		return nil
	}
	if err == nil && !os.SameFile(now, t.info) {
		return nil // replaced as a whole: what was read is the old file, entire
	}
	out.Gap(t.Path, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "the file %s was written to while it was read", t.Path).
		WithRemedy("Write exports to another name and rename them when they are whole."))
	return nil
}

func (t *table) close() {
	if t.file != nil {
		_ = t.file.Close() // it was only read
	}
}
