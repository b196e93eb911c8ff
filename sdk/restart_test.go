package sdk_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// TestARefusedCursorIsForgotten sends a cursor that the vendor no longer accepts. The run must read the stream
// again from its beginning, and must not send the records of the first attempt.
func TestARefusedCursorIsForgotten(t *testing.T) {
	t.Parallel()
	gone := sdk.Errorf(sdk.CodeNotFoundEndpoint, "there is nothing")
	gone.UpstreamStatus = 410
	for name, test := range map[string]struct {
		refusal error
		result  string
		calls   int
	}{
		"expired":        {sdk.Errorf(sdk.CodeCursorExpired, "too old"), "complete", 2},
		"invalid":        {fmt.Errorf("list: %w", sdk.Errorf(sdk.CodeCursorInvalid, "not mine")), "complete", 2},
		"status 410":     {gone, "complete", 2},
		"another error":  {sdk.Errorf(sdk.CodeUpstream5xx, "down"), "failed", 1},
		"another status": {sdk.Errorf(sdk.CodeNotFoundEndpoint, "there is nothing"), "failed", 1},
	} {
		calls := 0
		read := func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
			calls++
			var since int
			known, err := out.Cursor(&since)
			if err != nil {
				return err
			}
			if known {
				return errors.Join(out.Remove("u0001"), test.refusal)
			}
			return errors.Join(put(out, 0, 3), out.Checkpoint(7))
		}
		in := input()
		in.Cursors = map[string]json.RawMessage{"users": json.RawMessage("5")}
		c := connector(read, incremental, func(c *sdk.Connector) { c.Streams[0].Deletes = sdk.Tombstone })
		got := sdktest.NewBench(t, c).Sync(t, in).Streams["users"]
		if got.Result != test.result || calls != test.calls || len(got.Removed) != 0 {
			t.Errorf("%s: %s after %d calls (%v), removed %v; want %s after %d", name, got.Result, calls, got.Err, got.Removed, test.result,
				test.calls)
		}
		if test.calls == 2 && (len(got.Records) != 3 || string(got.Cursor) != "7") {
			t.Errorf("%s: %d records and cursor %s", name, len(got.Records), got.Cursor)
		}
	}
}

// TestARefusalThatComesTooLate refuses the cursor after some records were sent. The code stays, so that the
// host drops the cursor, and the run does not read again.
func TestARefusalThatComesTooLate(t *testing.T) {
	t.Parallel()
	calls := 0
	read := func(_ context.Context, _ *sdk.Session, out *sdk.Output) error {
		calls++
		for n := range 6 {
			if err := out.Put(fmt.Sprint(n), kind.Account{ExternalID: "x",
				Vendor: json.RawMessage(`"` + strings.Repeat("x", 200<<10) + `"`)}); err != nil {
				return err
			}
		}
		return sdk.Errorf(sdk.CodeCursorExpired, "too old")
	}
	in := input()
	in.Cursors = map[string]json.RawMessage{"users": json.RawMessage("5")}
	got := sdktest.NewBench(t, connector(read, incremental)).Sync(t, in).Streams["users"]
	if got.Err == nil || got.Err.Code != sdk.CodeCursorExpired || calls != 1 || len(got.Records) != 0 {
		t.Errorf("%s after %d calls with %d records: %v", got.Result, calls, len(got.Records), got.Err)
	}
}

// TestARefusalWithoutACursor checks that a run without a cursor is not read again.
func TestARefusalWithoutACursor(t *testing.T) {
	t.Parallel()
	calls := 0
	read := func(context.Context, *sdk.Session, *sdk.Output) error {
		calls++
		return sdk.Errorf(sdk.CodeCursorExpired, "too old")
	}
	got := sdktest.NewBench(t, connector(read, incremental)).Sync(t, input()).Streams["users"]
	if got.Result != "failed" || calls != 1 {
		t.Errorf("%s after %d calls", got.Result, calls)
	}
}
