package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// serveFaults are the faults of a program that does not use sdk.Serve. Each function runs before the server
// and returns one that runs after it.
func serveFaults() map[string]func() (after func()) {
	nothing := func() {}
	return map[string]func() func(){
		"H2": func() func() {
			out := os.Stdout
			return func() { _, _ = fmt.Fprintln(out, "bye") }
		},
		"H6": func() func() { return nothing }, // watches stdin only
		"H7": func() func() { return func() { select {} } },
		"H8": func() func() {
			interrupts := make(chan os.Signal, 1)
			signal.Notify(interrupts, os.Interrupt)
			go func() { <-interrupts; os.Exit(130) }() // ends the program
			return nothing
		},
	}
}

// serveMutant serves the model with a fault, without the protection of sdk.Serve.
func serveMutant(fault string) {
	honest, err := sdk.NewServer(model(fault))
	must(err)
	after := func() {}
	if start := serveFaults()[fault]; start != nil {
		after = start()
	}
	if fault != "H7" {
		go func() { // ends the program
			_, _ = io.Copy(io.Discard, os.Stdin)
			after()
			os.Exit(0)
		}()
	}
	var options []grpc.ServerOption
	if fault != "W4" {
		options = append(options, grpc.MaxRecvMsgSize(sdk.MaxMessageBytes))
	}
	sdktest.ServeBare(&mutant{ConnectorServer: honest, fault: fault}, options...)
	after()
	os.Exit(0)
}

// mutant answers like the correct connector, except for its fault.
type mutant struct {
	connectorv1.ConnectorServer
	fault string
}

func (m *mutant) Describe(ctx context.Context, r *connectorv1.DescribeRequest) (*connectorv1.DescribeResponse, error) {
	d, err := m.ConnectorServer.Describe(ctx, r)
	if err != nil {
		return nil, err
	}
	if spoil := describeFaults()[m.fault]; spoil != nil {
		return d, spoil(r, d)
	}
	return d, nil
}

func (m *mutant) Check(r *connectorv1.CheckRequest, wire grpc.ServerStreamingServer[connectorv1.CheckResponse]) error {
	spoil, faulty := checkFaults()[m.fault]
	if !faulty {
		return m.ConnectorServer.Check(r, wire)
	}
	if spoil.request != nil {
		if err := spoil.request(r); err != nil {
			return err
		}
	}
	return m.ConnectorServer.Check(r, &mutantCheck{wire, spoil.probe, spoil.mute})
}

type mutantCheck struct {
	grpc.ServerStreamingServer[connectorv1.CheckResponse]
	spoil func(p *connectorv1.Probe)
	mute  bool
}

func (c *mutantCheck) Send(m *connectorv1.CheckResponse) error {
	if p := m.GetProbe(); p != nil && c.spoil != nil {
		c.spoil(p)
	}
	if c.mute && m.GetLog() != nil {
		return nil
	}
	return c.ServerStreamingServer.Send(m)
}

// checkFault changes the request or the reports of a check.
type checkFault struct {
	request func(r *connectorv1.CheckRequest) error
	probe   func(p *connectorv1.Probe)
	mute    bool // logs nothing
}

func checkFaults() map[string]checkFault {
	recode := func(from, to string) checkFault {
		return checkFault{probe: func(p *connectorv1.Probe) {
			if e := p.GetError(); e != nil && strings.HasPrefix(e.GetCode(), from) {
				e.Code = to
			}
		}}
	}
	return map[string]checkFault{
		"V1": {request: func(r *connectorv1.CheckRequest) error {
			if string(r.GetCredentials().GetSettings()) == "{}" {
				return status.Error(codes.InvalidArgument, "nothing was given")
			}
			return nil
		}},
		"V2": {probe: func(p *connectorv1.Probe) {
			if p.GetError() != nil {
				p.Error.ConfigPath = ""
			}
		}},
		"V3": {request: editSettings(func(s map[string]any) { // takes anything for a number
			if _, isNumber := s["pages"].(float64); !isNumber {
				delete(s, "pages")
			}
		})},
		"V4": {request: func(r *connectorv1.CheckRequest) error {
			if strings.Contains(string(r.GetCredentials().GetSettings()), `\u0000`) {
				os.Exit(2)
			}
			return nil
		}},
		"V5": {request: editSettings(func(s map[string]any) {
			for name := range s {
				if !slices.Contains([]string{"url", "pages", "mode"}, name) {
					delete(s, name)
				}
			}
		})},
		"V6": {probe: func(p *connectorv1.Probe) { // as if the connector had sent a request
			if strings.HasPrefix(p.GetId(), "settings/") {
				p.Id, p.Title, p.Error = "reach", "Reach", &connectorv1.Error{Code: "network.dns"}
			}
		}},
		"V7": {probe: func(p *connectorv1.Probe) {
			if p.GetId() == "authenticate" {
				p.State = connectorv1.Probe_STATE_FAILED
			}
		}},
		"V8": recode("auth.", "internal.bug"),
		"V9": {probe: func(p *connectorv1.Probe) {
			p.Permission = ""
			if e := p.GetError(); e != nil {
				e.Permissions = nil
			}
		}},
		"V10": recode("notfound.", "upstream.5xx"),
		"V11": recode("network.t", "network.connect"),
		"V12": {probe: func(p *connectorv1.Probe) { p.Message = "" }, mute: true},
	}
}

// editSettings changes the settings before the correct connector gets them.
func editSettings(edit func(map[string]any)) func(*connectorv1.CheckRequest) error {
	return func(r *connectorv1.CheckRequest) error {
		var settings map[string]any
		if err := json.Unmarshal(r.GetCredentials().GetSettings(), &settings); err != nil {
			return err
		}
		edit(settings)
		raw, err := json.Marshal(settings)
		if err != nil {
			return err
		}
		r.Credentials.Settings = raw
		return nil
	}
}

// describeFaults change the descriptor.
func describeFaults() map[string]func(*connectorv1.DescribeRequest, *connectorv1.DescribeResponse) error {
	type fault = func(*connectorv1.DescribeRequest, *connectorv1.DescribeResponse) error
	spoil := func(edit func(d *connectorv1.DescribeResponse)) fault {
		return func(_ *connectorv1.DescribeRequest, d *connectorv1.DescribeResponse) error {
			edit(d)
			return nil
		}
	}
	return map[string]fault{
		"D1": spoil(func(d *connectorv1.DescribeResponse) { d.Summary = fmt.Sprintf("Process %d.", os.Getpid()) }),
		"D2": spoil(func(d *connectorv1.DescribeResponse) { d.Version = "one" }),
		"D3": spoil(func(d *connectorv1.DescribeResponse) {
			d.ConfigSchema = []byte(`{"type":"object","properties":{"url":{"type":"null","title":"Address"}}}`)
		}),
		"D4": spoil(func(d *connectorv1.DescribeResponse) {
			d.ConfigSchema = []byte(`{"type":"object","properties":{"api_key":{"type":"string","title":"Key"}}}`)
		}),
		"D5":  spoil(func(d *connectorv1.DescribeResponse) { d.Streams[0].Deletes = 0 }),
		"D6":  spoil(func(d *connectorv1.DescribeResponse) { d.Streams[0].Kind = "gizmo" }),
		"D7":  spoil(func(d *connectorv1.DescribeResponse) { d.Streams[0].Permissions = []string{"everything"} }),
		"D8":  spoil(func(d *connectorv1.DescribeResponse) { d.Network[0].Host = "{nowhere}" }),
		"D9":  spoil(func(d *connectorv1.DescribeResponse) { d.Steps = append(d.Steps, d.Steps...) }),
		"D10": spoil(func(d *connectorv1.DescribeResponse) { d.Streams[0].Kind = "person" }),
		"D11": func(r *connectorv1.DescribeRequest, _ *connectorv1.DescribeResponse) error {
			if len(r.ProtoReflect().GetUnknown()) > 0 {
				return status.Error(codes.InvalidArgument, "unknown field")
			}
			return nil
		},
	}
}
