package sdktest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// complaints is a test that only notes what is wrong.
type complaints struct {
	testing.TB
	number int
}

func (c *complaints) Helper()               {}
func (c *complaints) Errorf(string, ...any) { c.number++ }

func TestConceals(t *testing.T) {
	t.Parallel()
	said := func(text string) *connectorv1.SyncResponse {
		return &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Log{Log: &connectorv1.Log{Message: text}}}
	}
	o := &sdktest.Outcome{Messages: []*connectorv1.SyncResponse{said("signed in"), said("the key is k-17"), said("k-17 and t-9")}}
	for secrets, want := range map[string]int{"k-17": 2, "t-9": 1, "k-17 t-9": 3, "another": 0} {
		c := &complaints{TB: t}
		o.Conceals(c, strings.Fields(secrets)...)
		if c.number != want {
			t.Errorf("%d complaints about %s, want %d", c.number, secrets, want)
		}
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	got := sdktest.States([]sdktest.ProbeResult{{ID: "reach", State: "ok", Message: "Reached it."}, {ID: "users.read", State: "missing"}})
	if diff := cmp.Diff([]string{"reach ok", "users.read missing"}, got); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	s := &sdktest.Stream{Records: map[string]json.RawMessage{"u1": json.RawMessage(`{"name":"Ada","mfa":"yes"}`)}}
	if diff := cmp.Diff(map[string]any{"name": "Ada", "mfa": "yes"}, s.Fields(t, "u1")); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}
