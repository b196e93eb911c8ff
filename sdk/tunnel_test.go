package sdk_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
)

// A connector of many hosts keeps every connection that the host offers: the next one waits until idle
// ones are closed, and no longer.
func TestAConnectionThatWaitsClosesIdleOnes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		if err := sdk.TakeOffered(t.Context()); err != nil || time.Since(begun) > time.Second {
			t.Errorf("after %s: %v, want a connection at once", time.Since(begun), err)
		}
	})
}
