package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
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
		Timeout:     durationpb.New(timeout), Renewals: renewals, Choices: open.Choices,
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
	for _, c := range p.GetChoices() {
		probe.Choices = append(probe.Choices, choicesFrom(c))
	}
	return probe
}

// choicesFrom turns admitted choices into the host's, and masks personal data in their
// samples: in those of an item that fits a personal field, and addresses in any other.
func choicesFrom(c *connectorv1.Choices) host.Choices {
	choices := host.Choices{Setting: c.GetSetting(), Items: []host.Choice{}, Targets: []host.ChoiceTarget{}}
	for _, item := range c.GetItems() {
		mask := display.MaskContacts
		if display.PersonalColumn(item.GetValue()) || display.PersonalColumn(item.GetSuggested()) {
			mask = display.Mask
		}
		choice := host.Choice{Value: item.GetValue(), Suggested: item.GetSuggested(), Samples: []string{}}
		for _, sample := range item.GetSamples() {
			choice.Samples = append(choice.Samples, mask(sample))
		}
		choices.Items = append(choices.Items, choice)
	}
	for _, t := range c.GetTargets() {
		choices.Targets = append(choices.Targets, host.ChoiceTarget{Value: t.GetValue(), Title: t.GetTitle(), Description: t.GetDescription()})
	}
	return choices
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
