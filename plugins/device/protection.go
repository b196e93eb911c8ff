package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// linuxDevice adds the facts that Linux gives. A fact that cannot be read stays unknown.
func (m *machine) linuxDevice(ctx context.Context, d *kind.Device, virtual bool) {
	d.Manufacturer, d.Model = m.read("sys/class/dmi/id/sys_vendor"), m.read("sys/class/dmi/id/product_name")
	d.Serial = m.read("sys/class/dmi/id/product_serial") // only root may read it
	d.DiskEncryption = m.diskEncryption(virtual)
	d.Firewall = m.firewall(ctx)
	d.ScreenLock, d.ScreenLockSeconds = m.screenLock(ctx)
	d.AutomaticUpdates = m.automaticUpdates()
	d.LastBootAt = m.lastBoot()
}

// lastBoot reads the start time that the kernel has stored, to the minute. A time computed from the
// uptime would differ at each read.
func (m *machine) lastBoot() kind.Time {
	for line := range strings.Lines(m.read("proc/stat")) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "btime "); ok {
			if seconds, err := strconv.ParseInt(text, 10, 64); err == nil && seconds > 0 {
				return kind.At(time.Unix(seconds, 0).Truncate(time.Minute))
			}
		}
	}
	return kind.Time{}
}

// diskEncryption checks the block devices of the file systems with the system and the users' files. It
// says yes if all of them are on dm-crypt. In a virtual machine it never says no, because the host may
// encrypt the disk.
func (m *machine) diskEncryption(virtual bool) kind.Tri {
	answer := kind.Unknown
	for _, mount := range []string{"/", "/home", "/var"} {
		device, mounted := m.mountedDevice(mount)
		if !mounted {
			continue
		}
		if device == "" {
			return kind.Unknown // an overlay, a network or a pool without a block device
		}
		if !m.onCrypt(device, 0) {
			if virtual {
				return kind.Unknown
			}
			return kind.No
		}
		answer = kind.Yes
	}
	return answer
}

// mountedDevice returns the number (major:minor) of the block device at a mount point, "" when the mount
// has none.
func (m *machine) mountedDevice(mount string) (device string, mounted bool) {
	for line := range strings.Lines(m.read("proc/self/mountinfo")) {
		fields := strings.Fields(line)
		if len(fields) < 10 || fields[4] != mount {
			continue
		}
		mounted, device = true, "" // a later mount hides an earlier one
		if m.exists("sys/dev/block/" + fields[2]) {
			device = fields[2]
			continue
		}
		// btrfs gives a number of its own, but names the device it is on.
		after := slices.Index(fields, "-")
		if after < 0 || after+2 >= len(fields) || !strings.HasPrefix(fields[after+2], "/dev/") {
			continue
		}
		if target, err := filepath.EvalSymlinks(m.path(fields[after+2])); err == nil {
			device = m.read("sys/class/block/" + filepath.Base(target) + "/dev")
		}
	}
	return device, mounted
}

// onCrypt reports whether a block device is dm-crypt, or all devices below it are.
func (m *machine) onCrypt(device string, depth int) bool {
	dir := "sys/dev/block/" + device
	if strings.HasPrefix(m.read(dir+"/dm/uuid"), "CRYPT-") {
		return true
	}
	below, err := os.ReadDir(m.path(dir + "/slaves"))
	if err != nil || len(below) == 0 || depth > 8 {
		return false
	}
	for _, b := range below {
		number := m.read(dir + "/slaves/" + b.Name() + "/dev")
		if number == "" || !m.onCrypt(number, depth+1) {
			return false
		}
	}
	return true
}

// firewall says yes when a firewall filters incoming connections. It says no only when it can read all
// rules of the kernel and none of them filters.
func (m *machine) firewall(ctx context.Context) kind.Tri {
	for line := range strings.Lines(m.read("etc/ufw/ufw.conf")) {
		if strings.EqualFold(strings.ReplaceAll(strings.TrimSpace(line), " ", ""), "ENABLED=yes") {
			return kind.Yes
		}
	}
	if text, _, err := m.run(ctx, "systemctl", "is-active", "firewalld"); err == nil && strings.TrimSpace(string(text)) == "active" {
		return kind.Yes
	}
	text, code, err := m.run(ctx, "nft", "--json", "list", "ruleset")
	if err != nil || code != 0 {
		return kind.Unknown
	}
	filters, err := filtersInput(text)
	switch {
	case err != nil:
		return kind.Unknown
	case filters:
		return kind.Yes
	case m.read("proc/net/ip_tables_names") != "" || m.read("proc/net/ip6_tables_names") != "":
		return kind.Unknown // rules of iptables, which nft does not list
	}
	return kind.No
}

// filtersInput reports whether a rule set drops or rejects incoming packets, by the policy of an input
// chain or by a rule.
func filtersInput(ruleset []byte) (bool, error) {
	var set struct {
		NFTables []struct {
			Chain *struct {
				Table, Name, Hook, Policy string
			} `json:"chain"`
			Rule *struct {
				Chain string            `json:"chain"`
				Table string            `json:"table"`
				Expr  []json.RawMessage `json:"expr"`
			} `json:"rule"`
		} `json:"nftables"`
	}
	if err := json.Unmarshal(ruleset, &set); err != nil {
		return false, err
	}
	input := map[string]bool{}
	for _, item := range set.NFTables {
		if c := item.Chain; c != nil && c.Hook == "input" {
			if c.Policy == "drop" {
				return true, nil
			}
			input[c.Table+" "+c.Name] = true
		}
	}
	for _, item := range set.NFTables {
		if r := item.Rule; r != nil && input[r.Table+" "+r.Chain] {
			for _, e := range r.Expr {
				if text := string(e); strings.Contains(text, `"drop"`) || strings.Contains(text, `"reject"`) {
					return true, nil
				}
			}
		}
	}
	return false, nil
}

const (
	lockKey  = "/org/gnome/desktop/screensaver/lock-enabled"
	delayKey = "/org/gnome/desktop/session/idle-delay"
)

// screenLock reads GNOME's settings: those that the administrator enforces, else those of the current
// user, if the user has a desktop session. It is unknown for other desktops and for servers.
func (m *machine) screenLock(ctx context.Context) (kind.Tri, *int) {
	if enabled, delay, ok := m.enforcedLock(); ok {
		return lockOf(enabled, delay)
	}
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") == "" {
		return kind.Unknown, nil // without a session gsettings prints only its defaults
	}
	enabled, code, err := m.run(ctx, "gsettings", "get", "org.gnome.desktop.screensaver", "lock-enabled")
	if err != nil || code != 0 {
		return kind.Unknown, nil
	}
	delay, code, err := m.run(ctx, "gsettings", "get", "org.gnome.desktop.session", "idle-delay")
	if err != nil || code != 0 {
		return kind.Unknown, nil
	}
	return lockOf(string(enabled), string(delay))
}

// lockOf parses the values of dconf. A delay of 0 means that the screen never locks automatically.
func lockOf(enabled, delay string) (kind.Tri, *int) {
	seconds, err := strconv.Atoi(strings.TrimPrefix(strings.TrimSpace(delay), "uint32 "))
	switch {
	case strings.TrimSpace(enabled) == "false", err == nil && seconds == 0:
		return kind.No, nil
	case strings.TrimSpace(enabled) == "true" && err == nil && seconds > 0:
		return kind.Yes, &seconds
	}
	return kind.Unknown, nil
}

// enforcedLock returns the values in dconf's system database, if the database also locks both.
func (m *machine) enforcedLock() (enabled, delay string, ok bool) {
	files, _ := filepath.Glob(m.path("etc/dconf/db/*.d/*")) // only a bad pattern fails
	locks, _ := filepath.Glob(m.path("etc/dconf/db/*.d/locks/*"))
	locked := map[string]bool{}
	for _, name := range locks {
		raw, err := os.ReadFile(name)
		if err != nil {
			return "", "", false
		}
		for line := range strings.Lines(string(raw)) {
			locked[strings.TrimSpace(line)] = true
		}
	}
	if !locked[lockKey] || !locked[delayKey] {
		return "", "", false
	}
	values := map[string]string{}
	for _, name := range files {
		readKeyFile(name, values)
	}
	return values[lockKey], values[delayKey], values[lockKey] != "" && values[delayKey] != ""
}

// readKeyFile adds the values of a dconf key file, by path. Values in a file that cannot be read stay
// unknown.
func readKeyFile(name string, values map[string]string) {
	raw, _ := os.ReadFile(name)
	section := ""
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
			section = "/" + strings.Trim(line, "[]") + "/"
		} else if key, value, ok := strings.Cut(line, "="); ok {
			values[section+strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
}

// automaticUpdates says whether the package manager installs security updates automatically.
func (m *machine) automaticUpdates() kind.Tri {
	switch m.packageManager() {
	case "apt":
		if !m.exists("usr/bin/unattended-upgrade") {
			return kind.No
		}
		files, _ := filepath.Glob(m.path("etc/apt/apt.conf.d/*"))
		answer := kind.No
		for _, name := range files {
			raw, err := os.ReadFile(name)
			if err != nil {
				return kind.Unknown
			}
			for line := range strings.Lines(string(raw)) {
				fields := strings.Fields(strings.TrimSuffix(strings.TrimSpace(line), ";"))
				if len(fields) == 2 && fields[0] == "APT::Periodic::Unattended-Upgrade" {
					answer = kind.TriOf(strings.Trim(fields[1], `"`) != "0")
				}
			}
		}
		return answer
	case "dnf":
		timers, _ := filepath.Glob(m.path("etc/systemd/system/timers.target.wants/dnf*automatic*.timer"))
		return kind.TriOf(len(timers) > 0)
	}
	return kind.Unknown
}
