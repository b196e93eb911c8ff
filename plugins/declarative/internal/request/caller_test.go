package request

import (
	"testing"

	"github.com/plumbline-dev/plumbline/sdk"
)

func TestARunHasSoManyRequests(t *testing.T) {
	t.Parallel()
	c := &Caller{}
	c.calls.Store(MaxCalls - 1)
	if err := c.count(); err != nil {
		t.Errorf("the last request: %v", err)
	}
	if err := c.count(); err == nil || sdk.AsError(err).Code != sdk.CodeConfigInvalid {
		t.Errorf("one more: %v", err)
	}
}
