package app

import (
	"context"
	"encoding/json"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/stream"
)

// localTimeout bounds a check that needs nothing but this machine.
const localTimeout = 30 * time.Second

// checkLocally has a connector that talks to no host look at its settings before
// they are stored: its check needs nothing but this machine, so a file that is
// not there is named now and not at the first run. Other connectors are not
// asked, because a system that cannot be reached at the moment is no reason to
// refuse what is right.
func (a *App) checkLocally(ctx context.Context, connector host.Connector, settings json.RawMessage, secrets map[string]string) error {
	if len(connector.Network) > 0 {
		return nil
	}
	values := make([]string, 0, len(secrets))
	for _, v := range secrets {
		values = append(values, v)
	}
	var wrong *host.Problem
	open := stream.Open{Settings: settings, Secrets: secrets, Scrub: secret.NewScrubber(values...).Scrub}
	_, err := a.runCheck(ctx, connector, open, localTimeout, func(p host.Probe) {
		if wrong == nil && p.Error != nil && p.Error.Code == host.CodeInvalid {
			wrong = p.Error
		}
	})
	if wrong != nil {
		return wrong
	}
	return err
}
