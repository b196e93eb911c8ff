package plugin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// describers are connectors that describe themselves badly, by the file's name.
func describers() map[string]func(d *connectorv1.DescribeResponse) {
	return map[string]func(d *connectorv1.DescribeResponse){
		"nan":       func(d *connectorv1.DescribeResponse) { d.Limits.RequestsPerSecond = math.NaN() },
		"infinite":  func(d *connectorv1.DescribeResponse) { d.Limits.RequestsPerSecond = math.Inf(1) },
		"endless":   func(d *connectorv1.DescribeResponse) { d.Summary = strings.Repeat("x", 1<<20) },
		"spoofed":   func(d *connectorv1.DescribeResponse) { d.Network[0].Host = "good.example\u202emoc.live" },
		"unicode":   func(d *connectorv1.DescribeResponse) { d.ConfigSchema = []byte("{\"title\":\"\xff\"}") },
		"hidden":    func(d *connectorv1.DescribeResponse) { d.ConfigSchema = []byte(`{"title":"a\u202eb"}`) },
		"listed":    func(d *connectorv1.DescribeResponse) { d.ConfigSchema = []byte(`[]`) },
		"slash":     func(d *connectorv1.DescribeResponse) { d.Steps[1].Id = "users/all" },
		"twice":     func(d *connectorv1.DescribeResponse) { d.Steps = append(d.Steps, d.Steps[1]) },
		"hosts-own": func(d *connectorv1.DescribeResponse) { d.Steps[1].Id = "start" },
		"elsewhere": func(d *connectorv1.DescribeResponse) { d.Steps[1].Stream = "nowhere" },
		"silent":    nil,
	}
}

// describer describes itself as the Fake does, but for one edit.
type describer struct {
	connectorv1.ConnectorServer
	id   string
	edit func(d *connectorv1.DescribeResponse)
}

func (s *describer) Describe(ctx context.Context, r *connectorv1.DescribeRequest) (*connectorv1.DescribeResponse, error) {
	if s.edit == nil {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	d, err := s.ConnectorServer.Describe(ctx, r)
	if err == nil {
		s.edit(d)
	}
	return d, err
}

// describeBadly serves the describer that the program's file is named after, if it is.
func describeBadly() {
	id := filepath.Base(os.Args[0])
	edit, bad := describers()[id]
	if !bad {
		return
	}
	c := sdktest.Fake()
	c.ID = id
	honest, err := sdk.NewServer(c)
	if err != nil {
		os.Exit(1)
	}
	sdktest.ServeRaw(&describer{honest, id, edit})
}

func TestABadDescriptionMarksThatConnectorAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.catalog.SetPatience(2 * time.Second)
	b.fake(t)
	raw, err := os.ReadFile(filepath.Join(b.dir, "fake"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"nan": "limits.requests_per_second = NaN", "infinite": "limits.requests_per_second = +Inf", "endless": "summary = 1048576 bytes",
		"spoofed": `network[0].host = "good.example\u202emoc.live"`, "unicode": "config schema is not JSON",
		"hidden": `config_schema = "a\u202eb"`, "listed": "config schema is not a JSON object", "slash": `steps[1].id = "users/all"`,
		"twice": `step "users" twice`, "hosts-own": `the step "start"`, "elsewhere": `the stream "nowhere"`,
		"silent": "did not say what it is within 2s",
	}
	for name := range describers() {
		b.program(t, name, string(raw)+name) // descriptions are kept by hash
	}
	list, err := b.catalog.List(t.Context(), nil)
	if err != nil || len(list) != 1+len(want) {
		t.Fatalf("%d connectors, %v", len(list), err)
	}
	if _, err := json.Marshal(list); err != nil {
		t.Fatalf("the list cannot be written: %v", err)
	}
	for _, c := range list {
		switch p := c.Problem; {
		case c.ID == "fake" && p == nil:
		case c.ID == "fake" || p == nil:
			t.Errorf("%s: %v", c.ID, p)
		case !strings.Contains(p.Message, want[c.ID]):
			t.Errorf("%s is unusable because %q, want %q", c.ID, p.Message, want[c.ID])
		case p.Code == host.CodeProtocol && p.Fault != host.FaultConnector:
			t.Errorf("%s: the fault is %s's", c.ID, p.Fault)
		}
	}
}

// A list that nobody waits for describes no further connector: each would be started to be ended.
func TestAListThatNobodyWaitsForStartsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.catalog.SetPatience(2 * time.Second)
	b.launcher.SetStartTimeout(2 * time.Second)
	const programs = 20
	for n := range programs {
		b.program(t, fmt.Sprintf("acme-%d", n), "#!/bin/sh\nexit 3\n")
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if list, err := b.catalog.List(gone, nil); !errors.Is(err, context.Canceled) || len(list) > 0 || b.launcher.Starts() > 0 {
		t.Errorf("%d connectors, %v, and %d starts", len(list), err, b.launcher.Starts())
	}
	if list, err := b.catalog.List(t.Context(), nil); err != nil || len(list) != programs || b.launcher.Starts() != programs {
		t.Errorf("for somebody who waits: %d connectors, %v, and %d starts", len(list), err, b.launcher.Starts())
	}
}
