package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/wire"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// maxAnswers bounds the messages of one check: the probes, each twice, and log lines.
const maxAnswers = 2000

// Check asks client to probe the live system with settings and secrets, and
// calls found for every probe as it is known; a probe may be reported twice,
// first as running. Found calls up, to the check that shows each probe at once. Check
// returns who the credential belongs to, when that is known, and an error when the check
// could not be made.
func Check(
	ctx context.Context, client connectorv1.ConnectorClient, open Open, timeout time.Duration, found func(host.Probe),
) (identity string, err error) {
	door := &wire.Door{Scrub: open.scrub()}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	renewals, end, err := takeSecrets(ctx, client, open.Seal)
	if err != nil {
		return "", err
	}
	defer end()
	answers, err := client.Check(ctx, &connectorv1.CheckRequest{
		Credentials: &connectorv1.Credentials{Settings: open.Settings, Secrets: open.Secrets},
		Timeout:     durationpb.New(timeout), Renewals: renewals,
	})
	if err != nil {
		return "", fmt.Errorf("open check: %w", err)
	}
	for n := 1; ; n++ {
		answer, err := answers.Recv()
		if errors.Is(err, io.EOF) {
			return identity, nil
		}
		if err != nil {
			if broken := door.Broken(err); broken != nil {
				return "", broken
			}
			return "", fmt.Errorf("read check: %w", err)
		}
		if n > maxAnswers {
			return "", host.Violation("the connector sent more than %d messages in one check", maxAnswers)
		}
		if violation := door.Admit(answer); violation != nil {
			return "", violation
		}
		if p := answer.GetProbe(); p != nil {
			found(probeFrom(p))
		}
		if d := answer.GetDone(); d != nil {
			identity = d.GetIdentity()
		}
	}
}

// probeFrom turns an admitted probe into the host's.
func probeFrom(p *connectorv1.Probe) host.Probe {
	probe := host.Probe{
		ID: p.GetId(), Title: p.GetTitle(), State: probeState(p.GetState()), Message: p.GetMessage(),
		Required: p.GetRequired(), Permission: p.GetPermission(), Seconds: p.GetTook().AsDuration().Seconds(),
	}
	if p.GetError() != nil {
		probe.Error = wire.Problem(p.GetError())
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
