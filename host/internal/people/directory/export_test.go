package directory

import (
	"fmt"
	"slices"
)

// Sound returns what contradicts itself in the index.
func (ix *Index) Sound() (faults []string) {
	for id, one := range ix.persons {
		if one.id != id || len(one.sources) == 0 {
			faults = append(faults, fmt.Sprintf("person %s has %d sources", id, len(one.sources)))
		}
		for _, r := range one.sources {
			if r.person != one || ix.streams[streamKey(r.stream.mark.Connection, r.stream.mark.Name)].rows[r.key] != r {
				faults = append(faults, fmt.Sprintf("source %s of person %s is of %v", r.key, id, r.person))
			}
		}
	}
	for key, st := range ix.streams {
		st.each(func(r *Row) {
			if r.person != nil && (ix.persons[r.person.id] != r.person || !slices.Contains(r.person.sources, r)) {
				faults = append(faults, fmt.Sprintf("record %s of %q is of person %s, who is not known from it", r.key, key, r.person.id))
			}
		})
	}
	for text, a := range ix.addresses {
		for _, one := range a.persons() {
			if ix.persons[one.id] != one || one.address != a {
				faults = append(faults, fmt.Sprintf("address %s has person %s, who is not known", text, one.id))
			}
		}
	}
	return faults
}
