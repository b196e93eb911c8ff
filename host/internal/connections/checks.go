package connections

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/setting"
	"github.com/plumbline-dev/plumbline/host/internal/source"
	"github.com/plumbline-dev/plumbline/sdk"
)

// CheckRequest asks for a test of settings that need not be stored.
type CheckRequest struct {
	Connector  string            `json:"connector,omitempty" doc:"Id of the connector; may be left out with connection"`
	Connection string            `json:"connection,omitempty" doc:"Id or alias: its settings and secrets stand in for those not given"`
	Settings   json.RawMessage   `json:"settings,omitempty"`
	Secrets    map[string]string `json:"secrets,omitempty"`
	Choices    bool              `json:"choices,omitempty" doc:"Only find out what settings can be filled with; required settings may be missing"`
}

// StartCheck validates a request and starts a check; Check follows it.
func (k *Keeper) StartCheck(ctx context.Context, request CheckRequest) (host.Check, error) {
	return actor.Act(ctx, func(host.Actor) (host.Check, error) {
		connector, open, err := k.checkInput(ctx, request)
		if err != nil {
			return host.Check{}, err
		}
		return k.parts.Checks.Start(ctx, connector, open)
	})
}

// Check returns a check once it is past version, has finished, or ctx ends.
func (k *Keeper) Check(ctx context.Context, id string, version int) (host.Check, error) {
	return k.parts.Checks.Get(ctx, id, version)
}

// checkInput returns the connector of a check, and its settings and secrets.
func (k *Keeper) checkInput(ctx context.Context, request CheckRequest) (host.Connector, source.Open, error) {
	settings, id := request.Settings, request.Connector
	var connection host.Connection
	var err error
	if request.Connection != "" {
		if connection, err = k.parts.Store.Connection(request.Connection); err != nil {
			return host.Connector{}, source.Open{}, err
		}
		if id = connection.Connector; !setting.Given(settings) {
			settings = connection.Settings
		}
	}
	connector, err := k.parts.Catalog.Lookup(ctx, id)
	if err != nil {
		return host.Connector{}, source.Open{}, err
	}
	if request.Choices && !slices.Contains(connector.Capabilities, sdk.CapabilityChoices) {
		return connector, source.Open{}, host.Invalid("choices", true, connector.Name+" offers no choices for its settings")
	}
	open, err := k.parts.Checks.Open(connector, connection, settings, request.Secrets, request.Choices)
	return connector, open, err
}

// checkLocally has a connector that talks to no host check its settings before they are
// stored, so that a file that does not exist is named now and not at the first run.
// Other connectors are not asked: that a system cannot be reached at the moment is no
// reason to refuse right settings.
func (k *Keeper) checkLocally(
	ctx context.Context, connector host.Connector, settings json.RawMessage, secrets map[string]string,
) error {
	if len(connector.Network) > 0 {
		return nil
	}
	return k.parts.Checks.Settings(ctx, connector, source.Open{Settings: settings, Secrets: secrets})
}
