package supervisor

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/egress"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/sdk"
)

// Processes is the path by which a connector declares that it looks at the other
// processes of this machine.
const Processes = "/proc"

// Contain returns what a process of connector may do with a connection's settings,
// a JSON object, and its way out. Close the gate when the process has ended.
//
// Looking at other processes cannot be had without everything else that the user
// may do, so it is given to connectors of the house alone.
func Contain(proxy *egress.Proxy, connector host.Connector, settings []byte, ofTheHouse bool) (plugin.Allowance, *egress.Gate, error) {
	policy, err := egress.PolicyOf(connector.Network, settings)
	if err != nil {
		return plugin.Allowance{}, nil, fmt.Errorf("contain connector: %w", err)
	}
	files, err := filesOf(connector.Files, settings)
	if err != nil {
		return plugin.Allowance{}, nil, fmt.Errorf("contain connector: %w", err)
	}
	allowed := plugin.Allowance{Read: files, Inspect: ofTheHouse && slices.Contains(files, Processes)}
	// A process without a host to reach gets a gate, too: what it asks for all the
	// same is refused by name and stands in the run.
	gate := proxy.Open(policy)
	allowed.Proxy = gate.URL()
	return allowed, gate, nil
}

// filesOf returns the paths a connector declares, with settings put in.
func filesOf(declared []host.FileAccess, settings []byte) ([]string, error) {
	values := map[string]any{}
	if len(settings) > 0 {
		if err := json.Unmarshal(settings, &values); err != nil {
			return nil, fmt.Errorf("read settings: %w", err)
		}
	}
	var paths []string
	for _, d := range declared {
		path := d.Path
		if name, ok := sdk.SettingOf(d.Path); ok {
			path, _ = values[name].(string)
		}
		if filepath.IsAbs(path) {
			paths = append(paths, filepath.Clean(path))
		}
	}
	return paths, nil
}
