package sdk_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

const guideText = `Reads **samples**. Takes about 7 minutes.

A second paragraph.

## Before you start
- You are an admin.
- You have
  a key.

## Step 1: Make a key
1. Open it.
2. Save it.

**Expected outcome:** A key exists.

## Step 2: Connect
Paste the key.

**Expected outcome:** Records appear.

## Notes
- Rotate it.
`

func TestParseGuide(t *testing.T) {
	t.Parallel()
	got, err := sdk.ParseGuide(guideText)
	if err != nil {
		t.Fatal(err)
	}
	want := sdk.Guide{
		Introduction:  "Reads **samples**. \n\nA second paragraph.",
		Prerequisites: []string{"You are an admin.", "You have a key."},
		Steps: []sdk.GuideStep{
			{ID: "step-1", Title: "Make a key", Body: "1. Open it.\n2. Save it.", ExpectedOutcome: "A key exists."},
			{ID: "step-2", Title: "Connect", Body: "Paste the key.", ExpectedOutcome: "Records appear."},
		},
		Notes:   []string{"Rotate it."},
		Minutes: 7,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("guide (-want +got):\n%s", diff)
	}
}

func TestParseGuideRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ old, new, says string }{
		"a step without an outcome": {"**Expected outcome:** Records appear.", "", "step 2 does not end"},
		"an empty outcome":          {"A key exists.", "", "step 1 does not end"},
		"a hole in the numbers":     {"## Step 2", "## Step 3", "expected step 2"},
		"an unknown heading":        {"## Notes", "## Remarks", `"Remarks" is not one of`},
		"no introduction":           {"Reads **samples**. Takes about 7 minutes.\n\nA second paragraph.", "", "no introduction"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sdk.ParseGuide(strings.Replace(guideText, tt.old, tt.new, 1))
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want it to say %q", err, tt.says)
			}
		})
	}
}

func TestValidateNamesMistakes(t *testing.T) {
	t.Parallel()
	read := func(context.Context, *sdk.Session, *sdk.Output) error { return nil }
	tests := map[string]struct {
		change func(*sdk.Connector)
		says   string // "" = valid
	}{
		"none":                  {func(*sdk.Connector) {}, ""},
		"id":                    {func(c *sdk.Connector) { c.ID = "No Good" }, "id"},
		"version":               {func(c *sdk.Connector) { c.Version = "1" }, "semantic version"},
		"no stream":             {func(c *sdk.Connector) { c.Streams = nil }, "at least one stream"},
		"stream twice":          {func(c *sdk.Connector) { c.Streams = append(c.Streams, c.Streams[0]) }, "unique"},
		"stream called connect": {func(c *sdk.Connector) { c.Streams[0].Name = "connect" }, "unique"},
		"unknown kind":          {func(c *sdk.Connector) { c.Streams[0].Kind = "thing" }, "no kind"},
		"undeclared permission": {func(c *sdk.Connector) { c.Streams[0].Permissions = []string{"admin"} }, "not declared"},
		"schema is no JSON":     {func(c *sdk.Connector) { c.ConfigSchema = []byte("{") }, "config schema"},
		"schema of a list":      {func(c *sdk.Connector) { c.ConfigSchema = []byte(`{"type":"array"}`) }, `must be "object"`},
		"schema loads another": {func(c *sdk.Connector) { c.ConfigSchema = []byte(`{"type":"object","$ref":"https://example.com/x"}`) },
			"config schema"},
		"secret with a default": {func(c *sdk.Connector) {
			c.ConfigSchema = []byte(`{"type":"object","properties":{"k":{"type":"string","writeOnly":true,"default":"x"}}}`)
		}, "must not have a default"},
		"no guide": {func(c *sdk.Connector) { c.Guide = "" }, "guide"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := connector(read, tt.change).Validate()
			if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want it to say %q", err, tt.says)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	b := sdktest.NewBench(t, sdktest.Fake())
	d, err := b.Client.Describe(t.Context(), &connectorv1.DescribeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, s := range d.GetSteps() {
		steps = append(steps, s.GetId()+"/"+s.GetTitle()+"/"+s.GetStream())
	}
	want := []string{"connect/Sign in/", "users/Read users/users", "groups/Read groups/groups", "devices/Read devices/devices",
		"findings/Read findings/findings"}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if d.GetStreams()[3].GetDeletes() != connectorv1.DeleteVisibility_DELETE_VISIBILITY_TOMBSTONE || !d.GetStreams()[3].GetIncremental() {
		t.Errorf("findings %v, want an incremental stream with tombstones", d.GetStreams()[3])
	}
	if d.GetGuide().GetMinutes() != 1 || len(d.GetGuide().GetSteps()) != 1 {
		t.Errorf("guide %v, want one step of one minute", d.GetGuide())
	}
}
