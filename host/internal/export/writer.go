package export

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
)

// Head is the heading of a file.
type Head struct {
	Product     string          `json:"product"`
	Version     string          `json:"version"`
	What        string          `json:"what"`
	Demo        bool            `json:"demo"`
	Filter      json.RawMessage `json:"filter"`
	AsOf        *time.Time      `json:"as_of,omitempty"`
	TimeZone    string          `json:"time_zone"`
	MadeAt      time.Time       `json:"made_at"`
	MadeBy      string          `json:"made_by"`
	Explanation string          `json:"explanation,omitempty"`
	Sources     []host.Source   `json:"sources,omitempty"`
	Rows        *int            `json:"rows,omitempty"` // nil = they are counted at the end only
	Notes       []string        `json:"notes,omitempty"`
}

// Sum is what a file that was written to its end has.
type Sum struct {
	Rows   int64
	Bytes  int64
	SHA256 string // of the whole file, lower-case hex
}

// Writer writes one file: Begin, then Row for each row, then End.
type Writer struct {
	out     *bufio.Writer
	total   count
	csv     *csv.Writer // nil = JSON Lines
	columns []string
	rows    int64
}

// count counts and hashes what passes.
type count struct {
	to    io.Writer
	bytes int64
	hash  hash.Hash
}

func (c *count) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.bytes += int64(n)
	c.hash.Write(p[:n])
	return n, err
}

// New returns a writer of a file in one of the formats of package host. Columns name the
// cells of a row; JSON Lines have none.
func New(to io.Writer, format string, columns []string) *Writer {
	w := &Writer{columns: columns, total: count{to: to, hash: sha256.New()}}
	w.out = bufio.NewWriterSize(&w.total, 64<<10)
	if format == host.FormatCSV {
		w.csv = csv.NewWriter(w.out)
	}
	return w
}

// Begin writes the heading, and in CSV the names of the columns.
func (w *Writer) Begin(h Head) error {
	if w.csv == nil {
		return w.line(map[string]Head{"export": h})
	}
	for _, text := range h.lines() {
		if _, err := fmt.Fprintf(w.out, "# %s\n", comment(text)); err != nil {
			return err
		}
	}
	return w.cells(w.columns)
}

// lines returns the heading in words.
func (h *Head) lines() []string {
	kind := "real data"
	if h.Demo {
		kind = "demo: the records are of a company that does not exist"
	}
	lines := []string{h.Product + " " + h.Version + " export of " + h.What, "data: " + kind, "filter: " + string(h.Filter)}
	if h.AsOf != nil {
		lines = append(lines, "as of: "+h.AsOf.Format(time.RFC3339Nano)+" ("+h.TimeZone+")")
	}
	lines = append(lines, "made at: "+h.MadeAt.Format(time.RFC3339)+" ("+h.TimeZone+")", "made by: "+h.MadeBy)
	if h.Explanation != "" {
		lines = append(lines, "not known: "+h.Explanation)
	}
	for _, s := range h.Sources {
		complete := "never"
		if s.LastCompleteAt != nil {
			complete = s.LastCompleteAt.UTC().Format(time.RFC3339)
		}
		lines = append(lines, fmt.Sprintf("source: %s (%s): %s: health %s %s: last complete read %s: %s",
			s.Alias, s.ConnectorName, s.State, s.Health, strings.ReplaceAll(string(s.Reason), "_", " "), complete, s.Explanation))
	}
	if h.Rows != nil {
		lines = append(lines, "rows expected: "+strconv.Itoa(*h.Rows))
	}
	lines = append(lines, h.Notes...)
	return append(lines, "cells: text that a spreadsheet would take for a formula has an apostrophe (') before it",
		"end: the last line has the number of rows and the SHA-256 of all bytes before that line")
}

// behindSeparator finds what a spreadsheet would take for a formula in a cell that a
// separator in a line of the heading begins.
var behindSeparator = regexp.MustCompile(`([,;\t|]\s*)([=+\-@＝＋－＠])`)

// comment makes a text one harmless line.
func comment(text string) string {
	return behindSeparator.ReplaceAllString(display.Visible(text), "$1'$2")
}

// Row writes one row: item in JSON Lines, cells in CSV.
func (w *Writer) Row(item any, cells []any) error {
	w.rows++
	if w.csv == nil {
		return w.line(item)
	}
	texts := make([]string, len(cells))
	for i, c := range cells {
		text, err := Cell(c)
		if err != nil {
			return fmt.Errorf("write row %d, column %s: %w", w.rows, w.columns[i], err)
		}
		texts[i] = text
	}
	return w.cells(texts)
}

func (w *Writer) cells(texts []string) error {
	if err := w.csv.Write(texts); err != nil {
		return err
	}
	w.csv.Flush()
	return w.csv.Error()
}

func (w *Writer) line(value any) error {
	encoder := json.NewEncoder(w.out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("encode row %d: %w", w.rows, err)
	}
	return nil
}

// End writes the last line and returns what the file has.
func (w *Writer) End() (Sum, error) {
	if err := w.out.Flush(); err != nil {
		return Sum{}, err
	}
	before := hex.EncodeToString(w.total.hash.Sum(nil))
	var err error
	if w.csv == nil {
		err = w.line(map[string]any{"end": map[string]any{"rows": w.rows, "sha256": before}})
	} else {
		_, err = fmt.Fprintf(w.out, "# rows: %d sha256: %s\n", w.rows, before)
	}
	if err != nil {
		return Sum{}, err
	}
	if err := w.out.Flush(); err != nil {
		return Sum{}, err
	}
	return Sum{Rows: w.rows, Bytes: w.total.bytes, SHA256: hex.EncodeToString(w.total.hash.Sum(nil))}, nil
}

// Cell returns the text of a cell. Nil and an absent document are empty, a JSON text is the
// text, any other JSON value is itself. A text that a spreadsheet would run is made inert.
func Cell(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return inert(v), nil
	case int:
		return strconv.Itoa(v), nil
	case bool:
		return strconv.FormatBool(v), nil
	case time.Time:
		return v.Format(time.RFC3339Nano), nil
	case *time.Time:
		if v == nil {
			return "", nil
		}
		return v.Format(time.RFC3339Nano), nil
	case json.RawMessage:
		return document(v)
	}
	raw, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	return document(raw)
}

func document(raw json.RawMessage) (string, error) {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return "", nil
	case raw[0] == '"':
		var text string
		err := json.Unmarshal(raw, &text)
		return inert(text), err
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return string(raw), nil // a number
	}
	return inert(string(raw)), nil
}

// inert puts an apostrophe before what a spreadsheet would run, and before a text that
// begins with one, so that the one that was added can be told from it.
func inert(text string) string {
	sign, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, " \u00a0"))
	if sign != utf8.RuneError && strings.ContainsRune("=+-@'\t\r\n＝＋－＠", sign) {
		return "'" + text
	}
	return text
}
