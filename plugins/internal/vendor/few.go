package vendor

import (
	"math"
	"slices"
)

// The sizes of a population of few.
const (
	fewItems  = 5 // the least items of a list
	fewNested = 3 // the most items of a list for each item of another one
	fewPages  = 3
)

// Few is a population that shows how the vendor answers with as few items as possible. The zero
// value stands for none.
type Few struct {
	Items int  // at most so many in a list, and three for each item of another list
	Whole bool // pages have their usual size; otherwise a list has three pages, and one of an item two
}

// page returns the most items of a page. A list that is of an item of another one has few.
func (f Few) page(nested bool) int {
	switch {
	case f.Items == 0 || f.Whole:
		return math.MaxInt
	case nested:
		return (fewNested + 1) / 2
	}
	return (f.Items + fewPages - 1) / fewPages
}

// Few returns the mode with the fewest items, at least least, with which every stream has the two
// records that it takes to tell them apart, or as many as it has among the 300 of a small population.
// With whole the pages have their usual size, and also when a stream has the items before some number.
func (f *File) Few(least int, whole bool) (Mode, error) {
	small := f.New(Mode{Small: true})
	wanted := map[string]int{}
	for stream, e := range f.expect {
		whole = whole || e.where.set() && slices.Contains(e.where.program.Variables(), "n")
		keys, err := small.Expected(stream)
		if err != nil {
			return Mode{}, err
		}
		wanted[stream] = min(len(keys), 2)
	}
	for items := max(least, fewItems); ; items *= 2 {
		m := Mode{Few: Few{Items: items, Whole: whole}}
		enough, err := f.New(m).holds(wanted)
		if err != nil || enough || items >= smallList {
			return m, err
		}
	}
}

// holds reports whether each stream has so many records.
func (v *Vendor) holds(wanted map[string]int) (bool, error) {
	for stream, n := range wanted {
		keys, err := v.Expected(stream)
		if err != nil || len(keys) < n {
			return false, err
		}
	}
	return true, nil
}
