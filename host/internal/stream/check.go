package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/plumbline-dev/plumbline/host"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Check asks client to probe the live system with settings and secrets, and
// calls found for every probe as it is known; a probe may be reported twice,
// first as running. It returns who the credential belongs to, when that is
// known, and an error when the check could not be made.
func Check(ctx context.Context, client connectorv1.ConnectorClient, open Open, timeout time.Duration, found func(host.Probe)) (identity string, err error) {
	if open.Scrub == nil {
		open.Scrub = func(s string) string { return s }
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answers, err := client.Check(ctx, &connectorv1.CheckRequest{
		Credentials: &connectorv1.Credentials{Settings: open.Settings, Secrets: open.Secrets},
		Timeout:     durationpb.New(timeout),
	})
	if err != nil {
		return "", fmt.Errorf("open check: %w", err)
	}
	for {
		answer, err := answers.Recv()
		if errors.Is(err, io.EOF) {
			return identity, nil
		}
		if err != nil {
			return "", fmt.Errorf("read check: %w", err)
		}
		if p := answer.GetProbe(); p != nil {
			found(probeFrom(p, open.Scrub))
		}
		if d := answer.GetDone(); d != nil {
			identity = open.Scrub(d.GetIdentity())
		}
	}
}

func probeFrom(p *connectorv1.Probe, scrub func(string) string) host.Probe {
	probe := host.Probe{
		ID: p.GetId(), Title: p.GetTitle(), State: probeState(p.GetState()), Message: scrub(p.GetMessage()),
		Required: p.GetRequired(), Permission: p.GetPermission(), Seconds: p.GetTook().AsDuration().Seconds(),
	}
	if p.GetError() != nil {
		probe.Error = problemFrom(p.GetError(), scrub)
	}
	return probe
}

func probeState(state connectorv1.Probe_State) host.ProbeState {
	switch state {
	case connectorv1.Probe_STATE_RUNNING:
		return host.ProbeRunning
	case connectorv1.Probe_STATE_OK:
		return host.ProbeOK
	case connectorv1.Probe_STATE_MISSING:
		return host.ProbeMissing
	case connectorv1.Probe_STATE_TOO_BROAD:
		return host.ProbeTooBroad
	case connectorv1.Probe_STATE_FAILED:
		return host.ProbeFailed
	case connectorv1.Probe_STATE_SKIPPED:
		return host.ProbeSkipped
	default:
		return host.ProbeUnknown
	}
}
