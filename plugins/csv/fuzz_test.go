package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/plumbline-dev/plumbline/plugins/internal/mapping"
	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// FuzzTable reads any text as a list. Reading must end, and each record must be valid, small enough and have
// a unique key.
func FuzzTable(f *testing.F) {
	for _, text := range []string{
		"id,name\n1,x\n2,y\n", "id,name\r1,x\r2,y\r", "\xef\xbb\xbfsep=;\r\nid;name;\r\n1;\"a;\"\"b\"\"\nc\";\r\n;;\r\n",
		"\"sep=;\";;\nid;a;a\n1;2;3",
		"id,status,mfa,last_login_at,roles,email\n1,Active,TRUE,03/04/2026,a; b,x@y\n2,odd,perhaps,never,,\n3,active,no,2026-03-0",
		"id,name\n1,\"x", "id,name\n1,a\"b\n,,\n2,\xe4\n",
		"id,last_login_at\n1,Sun Mar 01 2026 12:00:00 GMT+0100 (x)\n2,46082.25\n3,0001-01-01T00:00:00Z\n4,1/1/26 1:02 PM\n", "", "\n\n",
		",,,\n,,,", "id\n1\n1\n", "id,name\x00\n", strings.Repeat("a,", 20_000) + "id\n",
	} {
		for choice := range uint8(8) {
			f.Add(text, choice)
		}
	}
	f.Fuzz(func(t *testing.T, text string, choice uint8) {
		c := settings{
			Path: "/list.csv", Key: []string{"id"}, Header: choice&1 == 0,
			Delimiter: []string{"comma", "semicolon"}[choice>>1&1],
			Ending:    []string{endingAuto, endingBreak, endingAny}[int(choice)%3],
			Settings: mapping.Settings{
				Kind: kind.KindAccount, Dates: mapping.Forms()[int(choice)%len(mapping.Forms())],
				Values: []string{"status: * = unknown", "type: x = bot"},
			},
		}
		if !c.Header {
			c.Key = []string{"1"}
		}
		p, err := mapping.New(c.Settings)
		if err != nil {
			t.Fatal(err)
		}
		table := newTable(c, p)
		if table.begin(strings.NewReader(text)) == nil && table.match() == nil {
			readAll(t, table, text)
		}
		sameAsLibrary(t, text)
	})
}

// readAll reads a table to its end and checks each row.
func readAll(t *testing.T, table *table, text string) {
	t.Helper()
	keys := map[string]bool{}
	for most := len(text) + 2; ; most-- {
		row, err := table.next()
		var bad *badRow
		switch {
		case most == 0:
			t.Fatal("there are more rows than bytes")
		case errors.Is(err, io.EOF):
			return
		case errors.As(err, &bad):
			if e := table.rowError(bad); e.Fault != sdk.FaultCustomer || bad.line < 1 {
				t.Fatalf("a bad row is told as %+v", e)
			}
			continue
		case err != nil:
			t.Fatal(err)
		}
		if err := kind.Validate(kind.KindAccount, row.doc); err != nil || len(row.doc) > 2*sdk.MaxRecordBytes || !utf8.Valid(row.doc) {
			t.Fatalf("record %q of %d bytes cannot be sent: %v", row.key, len(row.doc), err)
		}
		if row.key == "" || len(row.key) > sdk.MaxKeyBytes || !utf8.ValidString(row.key) || keys[row.key] {
			t.Fatalf("key %q cannot be sent, or is sent twice", row.key)
		}
		keys[row.key] = true
		for _, cell := range row.wrong {
			if e := table.cellError(cell); e.Remedy == "" || !utf8.ValidString(e.Message) {
				t.Fatalf("a bad cell is told as %+v", e)
			}
		}
	}
}

// sameAsLibrary compares the rows with those of encoding/csv. The library does not support CR line ends and
// keeps rows of empty cells.
func sameAsLibrary(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, "\r") || len(text) > maxRowBytes {
		return
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	want, err := r.ReadAll()
	if err != nil {
		return
	}
	s := scannerOf(text)
	for i, cells := range want {
		got, err := s.next()
		if err != nil || !slices.Equal(got.cells, cells) {
			t.Fatalf("row %d is %q (%v), and encoding/csv reads %q", i, got.cells, err, cells)
		}
	}
	if got, err := s.next(); !errors.Is(err, io.EOF) {
		t.Fatalf("a row too many: %q, %v", got.cells, err)
	}
}

func scannerOf(text string) *scanner {
	return &scanner{in: bufio.NewReader(strings.NewReader(text)), comma: ',', number: 1}
}
