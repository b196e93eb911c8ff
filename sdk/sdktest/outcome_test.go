package sdktest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestStates(t *testing.T) {
	t.Parallel()
	got := sdktest.States([]sdktest.ProbeResult{{ID: "reach", State: "ok", Message: "Reached it."}, {ID: "users.read", State: "missing"}})
	if diff := cmp.Diff([]string{"reach ok", "users.read missing"}, got); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}
