package source

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/egress"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
	"github.com/plumbline-dev/plumbline/sdk"
)

// processes is the path by which a connector declares that it looks at the other
// processes of this machine.
const processes = "/proc"

// contain sets what the process may do with a connection's settings, and its way out.
//
// Own is the data directory, which no connector may name. What else no connector may
// read is refused with connector.files.
//
// A process that looks at other processes may do everything else that the user may do,
// so only bundled connectors, which came with the host, are allowed to.
func (c *Connector) contain(proxy *egress.Proxy, settings []byte, bundled bool, own string) error {
	policy, err := egress.PolicyOf(c.info.Network, settings)
	if err != nil {
		return fmt.Errorf("contain connector: %w", err)
	}
	files, err := filesOf(c.info.Files, settings)
	if err != nil {
		return fmt.Errorf("contain connector: %w", err)
	}
	if err := readable(c.info, settings, bundled, own); err != nil {
		return err
	}
	c.allowed = plugin.Allowance{Read: files, Inspect: bundled && slices.Contains(files, processes)}
	// A connector that declares no host gets a gate, too: the gate refuses what it
	// asks for by name, and the run shows it.
	c.Gate = proxy.Open(policy)
	if c.info.NetworkTCP || plugin.ProgramOf(c.info).Attached() {
		c.allowed.Proxy = c.Gate.URL()
	} else {
		c.allowed.Link = true
	}
	return nil
}

// readable returns a problem when a connector asks for a file that no connector may
// read, by its name or by where its links lead. A connector that came with the host
// may read what its own declaration names, but not everything that a setting names.
func readable(connector host.Connector, settings []byte, bundled bool, own string) error {
	judged := slices.DeleteFunc(slices.Clone(connector.Files), func(f host.FileAccess) bool {
		_, set := sdk.SettingOf(f.Path)
		return bundled && !set
	})
	files, err := filesOf(judged, settings)
	if err != nil {
		return fmt.Errorf("contain connector: %w", err)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "" // a service without one
	}
	if followed, err := filepath.EvalSymlinks(own); err == nil {
		own = followed
	}
	for _, path := range files {
		followed, err := filepath.EvalSymlinks(path)
		if err != nil {
			followed = path // it cannot be read, whatever it is
		}
		why := host.FileAccess{Path: path}.Refused(home)
		if why == "" {
			why = host.FileAccess{Path: followed}.Refused(home)
		}
		if why == "" && own != "" && (followed == own || strings.HasPrefix(followed, own+string(filepath.Separator))) {
			why = path + " belongs to Plumbline itself"
		}
		if why != "" {
			return &host.Problem{
				Code: host.CodeConnectorFiles, Message: fmt.Sprintf("%s asks to read what no connector may read: %s", connector.Name, why),
				Remedy: "If a setting of the connection names this path, enter the path of the file itself; else do not use this connector.",
				Fault:  host.FaultCustomer, Retry: host.RetryWhenConfigChanges,
			}
		}
	}
	return nil
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
