package prove

import (
	"maps"
	"testing"

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

// SmallOf is Small for another system.
func SmallOf(t *testing.T, system System) (*sdktest.Vendor, sdktest.Input) {
	t.Helper()
	v := sdktest.NewVendor(t, system.Start(vendor.Mode{Small: true}))
	settings := maps.Clone(system.Settings())
	settings["base_url"] = v.URL
	return v, sdktest.Input{Settings: settings, Secrets: system.Secrets()}
}
