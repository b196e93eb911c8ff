package directory

// Reached counts, for each bit, the persons who have an account that is still there in a connection whose mask has the bit.
func (ix *Index) Reached(masks map[string]uint16) []int {
	of := map[*person]uint16{}
	for _, st := range ix.streams {
		mask := masks[st.of.ID]
		if mask == 0 {
			continue
		}
		st.each(func(r *Row) {
			if r.removed != 0 {
				return
			}
			if p := ix.link(r).person; p != nil {
				of[p] |= mask
			}
		})
	}
	counts := make([]int, 16)
	for _, mask := range of {
		for bit := range counts {
			if mask&(1<<bit) != 0 {
				counts[bit]++
			}
		}
	}
	return counts
}
