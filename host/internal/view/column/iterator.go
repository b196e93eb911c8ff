package column

import (
	"bytes"
	"slices"
	"sort"
	"strings"
)

// Iterator reads the rows of a segment in order, or finds keys in it.
type Iterator struct {
	Segment *Segment
	group   Group
	number  int // of the open group; -1 = none
	row     int // in the group
}

// Iterator returns an iterator before the first row.
func (s *Segment) Iterator() *Iterator { return &Iterator{Segment: s, number: -1} }

// Next goes to the following row, with all its columns. It returns false behind the last.
func (i *Iterator) Next() (bool, error) {
	if i.row++; i.number >= 0 && i.row < i.group.Rows {
		return true, nil
	}
	if i.number+1 == i.Segment.Groups() {
		return false, nil
	}
	i.open(i.number + 1)
	return true, i.group.all()
}

func (i *Iterator) open(number int) {
	i.group.Open(i.Segment, number)
	i.number, i.row = number, 0
}

// Find goes to the newest row of a key. Asked for ascending keys it reads each row group
// once at most.
func (i *Iterator) Find(key string) (bool, error) {
	groups := i.Segment.groups
	number, _ := slices.BinarySearchFunc(groups, key, func(g groupMeta, key string) int { return strings.Compare(g.Last, key) })
	if number == len(groups) || groups[number].First > key {
		return false, nil
	}
	if number != i.number {
		i.open(number)
	}
	keys, err := i.group.Texts(Key)
	if err != nil {
		return false, err
	}
	i.row = sort.Search(i.group.Rows, func(row int) bool { return bytes.Compare(keys.At(row), []byte(key)) >= 0 })
	return i.row < i.group.Rows && string(keys.At(i.row)) == key, nil
}

// Key returns the key of the row; the caller may not keep it.
func (i *Iterator) Key() []byte { return i.group.texts[Key].At(i.row) }

// Row returns the number of the row in the segment.
func (i *Iterator) Row() uint32 { return uint32(i.group.Start + i.row) }

// To returns the end of the row as the segment has it.
func (i *Iterator) To() (int64, error) {
	ends, err := i.group.Ints(To)
	if err != nil {
		return 0, err
	}
	return ends[i.row], nil
}
