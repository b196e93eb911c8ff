package prove

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// Small starts the vendor of the simulator.yaml beside the test with a small population. It returns the vendor, which the
// test may let fail, and the input of a run against it.
func Small(t *testing.T) (*sdktest.Vendor, sdktest.Input) {
	t.Helper()
	system, err := File("simulator.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return SmallOf(t, system)
}

// Same complains unless the second run sent the records of the first, and each stream has some.
func Same(t *testing.T, first, second *sdktest.Outcome) {
	t.Helper()
	for _, complaint := range changed(first, second, slices.Sorted(maps.Keys(first.Streams))) {
		t.Error(complaint)
	}
}

// changed returns what is wrong with these streams of two runs that should have sent the same.
func changed(first, second *sdktest.Outcome, streams []string) (all []string) {
	for _, name := range streams {
		s, again := first.Streams[name], second.Streams[name]
		if s == nil || again == nil || len(s.Records) == 0 {
			all = append(all, fmt.Sprintf("stream %s was not read twice: %v, %v", name, s, again))
		} else if diff := cmp.Diff(s.Records, again.Records); diff != "" {
			all = append(all, fmt.Sprintf("stream %s changed by itself (-first +second):\n%.2000s", name, diff))
		}
	}
	return all
}

// SmallOf is Small for another system.
func SmallOf(t *testing.T, system System) (*sdktest.Vendor, sdktest.Input) {
	t.Helper()
	v := sdktest.NewVendor(t, system.Start(vendor.Mode{Small: true}))
	settings := maps.Clone(system.Settings())
	settings["base_url"] = v.URL
	return v, sdktest.Input{Settings: settings, Secrets: system.Secrets()}
}
