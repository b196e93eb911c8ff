package column

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// The columns of a segment: these, then one for each field of the kind.
const (
	Key  = iota
	From // commit time of the version, in nanoseconds since 1970
	To   // commit time of the key's next version; Latest = there is none
	search
	fields
)

// Shape is the columns of one kind.
type Shape struct {
	Kind   string
	Sum    string // differs when the columns or their meaning do
	fields []kind.Field
	byName map[string]int // column of a field
}

// format counts up when extraction or an encoding changes, so that every segment is
// built anew.
const format = 1

// ShapeOf returns the shape of a kind.
func ShapeOf(name string) *Shape {
	s := &Shape{Kind: name, fields: kind.Fields(kind.Kind(name)), byName: map[string]int{"key": Key, "observed_at": From}}
	hash := sha256.New()
	fmt.Fprintln(hash, format, name)
	for i, f := range s.fields {
		s.byName[f.Name] = fields + i
		fmt.Fprintln(hash, f.Name, f.Type)
	}
	s.Sum = hex.EncodeToString(hash.Sum(nil)[:16])
	return s
}

// Fields returns the fields of the columns: those that every record has, then the kind's.
func (s *Shape) Fields() []kind.Field {
	return append([]kind.Field{{Name: "key", Type: kind.FieldText}, {Name: "observed_at", Type: kind.FieldTime}}, s.fields...)
}

// Names returns the names of the fields in order.
func (s *Shape) Names() []string { return slices.Sorted(maps.Keys(s.byName)) }

// Column returns the column of a field.
func (s *Shape) Column(field string) (column int, ok bool) {
	column, ok = s.byName[field]
	return column, ok
}

// columns returns how many columns a segment of the kind has.
func (s *Shape) columns() int { return fields + len(s.fields) }

// Type returns what a column holds.
func (s *Shape) Type(column int) kind.FieldType {
	switch column {
	case From, To:
		return kind.FieldTime
	case Key, search:
		return kind.FieldText
	}
	return s.fields[column-fields].Type
}

// Words returns the words that a column of words may hold.
func (s *Shape) Words(column int) []string { return s.fields[column-fields].Words }

// IsInts reports whether a column holds numbers instead of texts.
func (s *Shape) IsInts(column int) bool {
	t := s.Type(column)
	return t == kind.FieldTime || t == kind.FieldNumber
}

// isSearched reports whether a search reads the texts of a field's column.
func (s *Shape) isSearched(column int) bool {
	t := s.Type(column)
	return column >= fields && (t == kind.FieldText || t == kind.FieldList)
}
