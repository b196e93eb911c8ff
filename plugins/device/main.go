// Command device is the connector for its own machine. It reads the machine's protection, local
// accounts, listening services and waiting updates.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

//go:embed config.json
var configSchema []byte

//go:embed guide.md
var guide string

func main() { sdk.Serve(New()) }

// New returns the connector for this machine.
func New() *sdk.Connector { return newConnector(thisMachine()) }

func newConnector(m *machine) *sdk.Connector {
	supported := func(*sdk.Session) bool { return m.linux }
	return &sdk.Connector{
		ID:           "device",
		Name:         "This machine",
		Version:      "1.0.0",
		Vendor:       "Plumbline",
		Summary:      "Reads how the machine that runs Plumbline is protected, and who can use it.",
		License:      "Apache-2.0",
		Categories:   []string{"mdm"},
		ConfigSchema: configSchema,
		Guide:        guide,
		Files: []sdk.FileAccess{
			{Path: "/etc", Purpose: "Accounts, who may become root, and the machine's configuration"},
			{Path: "/proc", Purpose: "Which programs offer services to the network"},
			{Path: "/sys", Purpose: "The hardware, and whether disks are encrypted"},
			{Path: "/run", Purpose: "The current state of the system"},
			{Path: "/var/lib", Purpose: "Which updates are waiting"},
			{Path: "/var/log/lastlog", Purpose: "When accounts were used last"},
		},
		MemoryMiB: 64,
		Check: func(ctx context.Context, _ *sdk.Session, r *sdk.Report) error {
			return check(ctx, r, m)
		},
		Streams: []sdk.Stream{
			{
				Name: "device", Title: "Device", Kind: kind.KindDevice, Description: "The machine itself, one record.",
				Read: func(ctx context.Context, s *sdk.Session, out *sdk.Output) error { return readDevice(ctx, m, s, out) },
			},
			{
				Name: "accounts", Title: "Local accounts", Kind: kind.KindAccount, Applies: supported,
				Description: "Every account in the local password file, and who may become root.",
				Read:        func(_ context.Context, _ *sdk.Session, out *sdk.Output) error { return readAccounts(m, out) },
			},
			{
				Name: "services", Title: "Listening services", Kind: kind.KindFinding, Applies: supported,
				Description: "The services that the machine offers to the network.",
				Read:        func(_ context.Context, _ *sdk.Session, out *sdk.Output) error { return readServices(m, out) },
			},
			{
				Name: "updates", Title: "Waiting updates", Kind: kind.KindFinding,
				Applies:     func(*sdk.Session) bool { return m.packageManager() != "" },
				Description: "Packages for which a newer version is known.",
				Read:        func(ctx context.Context, s *sdk.Session, out *sdk.Output) error { return readUpdates(ctx, m, s, out) },
			},
		},
	}
}

func readDevice(ctx context.Context, m *machine, s *sdk.Session, out *sdk.Output) error {
	var settings struct {
		OwnerEmail string `json:"owner_email"`
	}
	if err := s.Settings(&settings); err != nil {
		return err
	}
	d, err := m.device(ctx)
	if err != nil {
		return err
	}
	d.OwnerEmail = settings.OwnerEmail
	if updates, err := m.updatesOnce(ctx, s); err == nil {
		n := len(updates)
		d.UpdatesPending = &n
	}
	return out.Put(d.ExternalID, d)
}

// check reports the facts that can be determined, so that a person sees which need root.
func check(ctx context.Context, r *sdk.Report, m *machine) error {
	var d kind.Device
	err := r.Do(ctx, sdk.Probe{ID: "machine", Title: "This machine"}, func(ctx context.Context) (found string, err error) {
		d, err = m.device(ctx)
		r.Identity(d.Hostname)
		return fmt.Sprintf("%s, %s %s.", d.Hostname, d.OSName, d.OSVersion), err
	})
	if err != nil {
		return err
	}
	facts := []struct {
		id, title string
		value     kind.Tri
	}{
		{"disk_encryption", "Disk encryption", d.DiskEncryption},
		{"firewall", "Firewall", d.Firewall},
		{"screen_lock", "Screen lock", d.ScreenLock},
	}
	for _, f := range facts {
		err := r.Do(ctx, sdk.Probe{ID: f.id, Title: f.title, Optional: true}, func(context.Context) (string, error) {
			if _, known := f.value.Bool(); !known {
				return "", sdk.Undetermined("Cannot be determined on this machine with the connector's rights.")
			}
			return strings.ToUpper(f.value.String()[:1]) + f.value.String()[1:] + ".", nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
