package confine

import (
	"slices"

	"github.com/elastic/go-seccomp-bpf/arch"
)

// ListedCalls returns the names of all calls that a filter allows with some
// arguments.
func ListedCalls(dials bool) []string {
	native, err := arch.GetInfo("")
	if err != nil {
		return nil
	}
	names := append(plainCalls(), "kill")
	if dials {
		names = append(names, "connect")
	}
	for _, judged := range judgedCalls(dials) {
		names = append(names, judged.Name)
	}
	slices.Sort(names)
	return known(native, slices.Compact(names))
}
