package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plumbline-dev/plumbline/plugins/internal/mapping"
)

// pgType says how the text of a value of PostgreSQL is read.
type pgType struct {
	category string // typcategory of pg_type
	name     string
}

// types returns the types of columns.
func (p *postgres) types(ctx context.Context, fields []pgconn.FieldDescription) ([]pgType, error) {
	rows, err := p.texts(ctx, "SELECT oid, typcategory, typname FROM pg_type WHERE oid = ANY($1::oid[])", oids(fields))
	if err != nil {
		return nil, err
	}
	byOID := map[string]pgType{}
	for _, row := range rows {
		byOID[row[0]] = pgType{row[1], row[2]}
	}
	types := make([]pgType, len(fields))
	for i, f := range fields {
		types[i] = byOID[oid(f)]
	}
	return types, nil
}

// cell reads a value; nil is NULL.
func (t pgType) cell(value []byte) mapping.Cell {
	if value == nil {
		return null()
	}
	text := string(value)
	switch {
	case t.name == "bool":
		return mapping.Cell{Text: map[string]string{"t": "true", "f": "false"}[text], Vendor: text == "t"}
	case t.name == "bytea":
		raw, err := hex.DecodeString(strings.TrimPrefix(text, `\x`))
		if err != nil {
			return mapping.Cell{Text: text}
		}
		return binary(raw)
	case t.name == "json" || t.name == "jsonb":
		return document(text)
	case t.category == "N":
		return number(text)
	case t.category == "D" && (text == "infinity" || text == "-infinity"):
		return mapping.Cell{Vendor: text} // no time
	case t.category == "A":
		return array(text)
	}
	return mapping.Cell{Text: text}
}

func null() mapping.Cell { return mapping.Cell{Vendor: json.RawMessage("null")} }

// maxBinary is how many bytes of a binary value are shown. Identifiers are short.
const maxBinary = 64

// binary returns the hexadecimal digits of a short value, and the hash of a long one.
func binary(raw []byte) mapping.Cell {
	if len(raw) > maxBinary {
		sum := sha256.Sum256(raw)
		return mapping.Cell{Text: "sha256:" + hex.EncodeToString(sum[:])}
	}
	return mapping.Cell{Text: hex.EncodeToString(raw)}
}

// number keeps the digits of a number as the server writes them.
func number(text string) mapping.Cell {
	if json.Valid([]byte(text)) {
		return mapping.Cell{Text: text, Vendor: json.Number(text)}
	}
	return mapping.Cell{Text: text} // NaN, Infinity
}

// document returns a JSON value. A list of texts is also a list for a field.
func document(text string) mapping.Cell {
	if !json.Valid([]byte(text)) {
		return mapping.Cell{Text: text}
	}
	c := mapping.Cell{Text: text, Vendor: json.RawMessage(text)}
	var list []string
	var plain string
	if json.Unmarshal([]byte(text), &list) == nil {
		c.List = list
	} else if json.Unmarshal([]byte(text), &plain) == nil {
		c.Text = plain
	}
	return c
}

// array returns an array of one dimension. Another one stays text.
func array(text string) mapping.Cell {
	items, ok := parseArray(text)
	if !ok {
		return mapping.Cell{Text: text}
	}
	vendor, list := make([]any, len(items)), make([]string, 0, len(items))
	for i, item := range items {
		if item != nil {
			vendor[i] = *item
			list = append(list, *item)
		}
	}
	return mapping.Cell{Text: strings.Join(list, "; "), List: list, Vendor: vendor}
}

// parseArray reads the text of an array, such as {a,"b c",NULL}. It returns false for one of several dimensions.
func parseArray(text string) (items []*string, ok bool) {
	if bounds, rest, found := strings.Cut(text, "="); found && strings.HasPrefix(bounds, "[") {
		text = rest
	}
	if len(text) < 2 || text[0] != '{' || text[len(text)-1] != '}' {
		return nil, false
	}
	text = text[1 : len(text)-1]
	for text != "" {
		item, rest, ok := parseItem(text)
		if !ok {
			return nil, false
		}
		items, text = append(items, item), rest
	}
	return items, true
}

// parseItem reads the first item of an array, and the comma after it. NULL is nil.
func parseItem(text string) (item *string, rest string, ok bool) {
	var b strings.Builder
	quoted := text[0] == '"'
	at := 0
	if quoted {
		at = 1
	}
	for ; at < len(text); at++ {
		switch c := text[at]; {
		case c == '\\' && at+1 < len(text):
			at++
			b.WriteByte(text[at])
		case quoted && c == '"':
			return ended(b.String(), text[at+1:])
		case !quoted && c == ',':
			return plainItem(b.String(), text[at:])
		case !quoted && (c == '{' || c == '}' || c == '"'):
			return nil, "", false
		default:
			b.WriteByte(c)
		}
	}
	if quoted {
		return nil, "", false
	}
	return plainItem(b.String(), "")
}

func plainItem(item, rest string) (*string, string, bool) {
	if item == "NULL" {
		_, rest, ok := ended(item, rest)
		return nil, rest, ok
	}
	return ended(item, rest)
}

func ended(item, rest string) (*string, string, bool) {
	if rest == "" {
		return &item, "", true
	}
	return &item, rest[1:], rest[0] == ',' && len(rest) > 1
}

func oid(f pgconn.FieldDescription) string { return strconv.FormatUint(uint64(f.DataTypeOID), 10) }

// oids returns the types of columns as the text of an array.
func oids(fields []pgconn.FieldDescription) string {
	var all []string
	for _, f := range fields {
		all = append(all, oid(f))
	}
	slices.Sort(all)
	return "{" + strings.Join(slices.Compact(all), ",") + "}"
}
