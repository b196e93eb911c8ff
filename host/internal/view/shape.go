package view

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// Fields every record has, whatever its kind.
const (
	FieldKey        = "key"         // the record's key in its stream
	FieldObservedAt = "observed_at" // when the version was committed
)

// The columns of a segment: these, then one for each field of the kind.
const (
	columnKey = iota
	columnFrom
	columnTo
	columnSearch
	columnFields
)

// shape is the columns of one kind.
type shape struct {
	kind   string
	fields []kind.Field
	place  map[string]int // column of a field, by name
	sum    string         // differs when the columns or their meaning do
}

// shapeFormat counts up when extraction or an encoding changes, so that every
// projection is built anew.
const shapeFormat = 1

func shapeOf(name string) *shape {
	s := &shape{kind: name, fields: kind.Fields(kind.Kind(name)), place: map[string]int{FieldKey: columnKey, FieldObservedAt: columnFrom}}
	hash := sha256.New()
	fmt.Fprintln(hash, shapeFormat, name)
	for i, f := range s.fields {
		s.place[f.Name] = columnFields + i
		fmt.Fprintln(hash, f.Name, f.Type)
	}
	s.sum = hex.EncodeToString(hash.Sum(nil)[:16])
	return s
}

// columns returns how many columns a segment of the kind has.
func (s *shape) columns() int { return columnFields + len(s.fields) }

// isInts reports whether a column holds numbers instead of text.
func (s *shape) isInts(column int) bool {
	switch column {
	case columnFrom, columnTo:
		return true
	case columnKey, columnSearch:
		return false
	}
	t := s.fields[column-columnFields].Type
	return t == kind.FieldTime || t == kind.FieldNumber
}

// Fields returns what lists of a kind can be asked by: the kind's own fields and
// those every record has.
func Fields(name string) []kind.Field {
	return append([]kind.Field{
		{Name: FieldKey, Type: kind.FieldText},
		{Name: FieldObservedAt, Type: kind.FieldTime},
	}, kind.Fields(kind.Kind(name))...)
}
