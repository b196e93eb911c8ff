package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// here returns the line of its caller plus a number of lines.
func here(on int) string {
	_, _, line, _ := runtime.Caller(1)
	return fmt.Sprintf("guard_test.go:%d", line+on)
}

// TestACrashNamesItsTypeFileAndLine panics in each function that an author writes.
func TestACrashNamesItsTypeFileAndLine(t *testing.T) {
	t.Parallel()
	var at string
	none := []int{}
	crash := func() error {
		at = here(1)
		return fmt.Errorf("%d", none[len(none)+3])
	}
	inLibrary := func() error {
		at = here(1)
		return errors.New(strings.Repeat("x", len(none)-1))
	}
	tests := map[string]struct {
		run  func(c *sdk.Connector) *sdk.Error
		want string
	}{
		"read": {func(c *sdk.Connector) *sdk.Error {
			c.Streams[0].Read = func(context.Context, *sdk.Session, *sdk.Output) error { return crash() }
			return sdktest.NewBench(t, c).Sync(t, input()).Streams["users"].Err
		}, "the connector crashed: runtime.boundsError (index out of range [3] with length 0) at "},
		"connect": {func(c *sdk.Connector) *sdk.Error {
			c.Connect = func(context.Context, *sdk.Session) error { return crash() }
			return sdktest.NewBench(t, c).Sync(t, input()).Err
		}, "the connector crashed: runtime.boundsError (index out of range [3] with length 0) at "},
		"check": {func(c *sdk.Connector) *sdk.Error {
			c.Check = func(context.Context, *sdk.Session, *sdk.Report) error { return crash() }
			probes, _ := sdktest.NewBench(t, c).Check(t, input())
			return probes[len(probes)-1].Err
		}, "the connector crashed: runtime.boundsError (index out of range [3] with length 0) at "},
		"in a library": {func(c *sdk.Connector) *sdk.Error {
			c.Streams[0].Read = func(context.Context, *sdk.Session, *sdk.Output) error { return inLibrary() }
			return sdktest.NewBench(t, c).Sync(t, input()).Streams["users"].Err
		}, "the connector crashed: string at "},
	}
	for name, test := range tests {
		at = ""
		err := test.run(connector(nil, func(c *sdk.Connector) {
			c.Streams[0].Read = func(context.Context, *sdk.Session, *sdk.Output) error { return nil }
		}))
		if err == nil || err.Code != sdk.CodeInternalPanic || err.Message != test.want+at {
			t.Errorf("%s: %+v, want %q", name, err, test.want+at)
		}
	}
}
