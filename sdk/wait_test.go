package sdk_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestWaitOfAStream(t *testing.T) {
	t.Parallel()
	const note = "The system prepares the export."
	for name, tt := range map[string]struct {
		wait   time.Duration
		slow   bool
		cancel bool
		result string
		code   string
	}{
		"short":                  {10 * time.Second, false, false, "complete", ""},
		"longer than the run":    {2 * time.Minute, false, false, "failed", sdk.CodeLimitDeadline},
		"cancelled in the midst": {30 * time.Second, true, true, "failed", sdk.CodeCancelled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bench := sdktest.NewBench(t, connector(func(ctx context.Context, _ *sdk.Session, out *sdk.Output) error {
				return out.Wait(ctx, tt.wait, note)
			}))
			if tt.slow {
				bench.TakeTime()
			}
			seen := false
			begun := time.Now()
			in := input()
			in.Cancel = func(m *connectorv1.SyncResponse) bool {
				p := m.GetProgress()
				seen = seen || p.GetNote() == note && p.GetWaitUntil() != nil
				return tt.cancel && seen
			}
			out := bench.Sync(t, in)
			s, code := out.Streams["users"], ""
			if s.Err != nil {
				code = s.Err.Code
			}
			if s.Result != tt.result || code != tt.code {
				t.Errorf("got %s %q (%v), want %s %q", s.Result, code, s.Err, tt.result, tt.code)
			}
			if waited := slices.Contains(bench.Waits(), tt.wait); waited != (tt.result == "complete") {
				t.Errorf("waits are %v", bench.Waits())
			}
			if seen == (tt.code == sdk.CodeLimitDeadline) {
				t.Errorf("the wait was visible: %v", seen)
			}
			if took := time.Since(begun); took > tt.wait/2 && tt.slow {
				t.Errorf("took %s, although the run was cancelled", took)
			}
		})
	}
}
