package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/host"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// commandTimeout is how long one command may take. The fact of a slower command stays unknown. Most
// commands take less than a second; a package manager without an index of its lists takes longer.
const commandTimeout = 20 * time.Second

// machine is the machine to read. Its files are below root and run executes its commands, so that a
// test can replace both.
type machine struct {
	root  string
	linux bool
	run   func(ctx context.Context, name string, args ...string) (text []byte, code int, err error)
	info  func(ctx context.Context) (*host.InfoStat, error)
	now   func() time.Time
}

func thisMachine() *machine {
	return &machine{root: "/", linux: runtime.GOOS == "linux", run: runCommand, info: host.InfoWithContext, now: time.Now}
}

// runCommand runs a program of the system with a small environment, because the host starts connectors
// with an almost empty one.
func runCommand(ctx context.Context, name string, args ...string) ([]byte, int, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	path := ""
	for _, dir := range systemDirs() {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			path = filepath.Join(dir, name)
			break
		}
	}
	if path == "" {
		return nil, 0, fmt.Errorf("run %s: %w", name, exec.ErrNotFound)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = []string{"PATH=" + strings.Join(systemDirs(), ":"), "LC_ALL=C", "HOME=" + os.Getenv("HOME")}
	for _, name := range []string{"DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"} {
		if value := os.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	cmd.WaitDelay = 100 * time.Millisecond // for a child of the command that keeps stdout open
	var text bytes.Buffer
	cmd.Stdout = &text
	err := cmd.Run()
	if cmd.ProcessState == nil || ctx.Err() != nil {
		return nil, 0, fmt.Errorf("run %s: %w", name, err)
	}
	return text.Bytes(), cmd.ProcessState.ExitCode(), nil
}

func systemDirs() []string { return []string{"/usr/sbin", "/usr/bin", "/sbin", "/bin"} }

// path returns the path of a file of the machine.
func (m *machine) path(name string) string { return filepath.Join(m.root, name) }

// read returns the trimmed text of a file, "" when it cannot be read.
func (m *machine) read(name string) string {
	raw, err := os.ReadFile(m.path(name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(raw))
}

func (m *machine) exists(name string) bool {
	_, err := os.Stat(m.path(name))
	return err == nil
}

// device returns the machine's record. It has no values that change by themselves, such as the uptime,
// so an unchanged machine gives the same record.
func (m *machine) device(ctx context.Context) (kind.Device, error) {
	info, err := m.info(ctx)
	if err != nil {
		return kind.Device{}, fmt.Errorf("read host information: %w", err)
	}
	d := kind.Device{
		ExternalID: m.id(info), Hostname: info.Hostname, OSName: osName(info), OSVersion: info.PlatformVersion, Kernel: info.KernelVersion,
	}
	virtual := info.VirtualizationRole == "guest"
	if m.linux {
		m.linuxDevice(ctx, &d, virtual)
	} else if info.BootTime > 0 {
		d.LastBootAt = kind.At(time.Unix(int64(info.BootTime), 0).Truncate(time.Minute))
	}
	d.Vendor, err = json.Marshal(map[string]any{
		"architecture": info.KernelArch, "platform": info.Platform, "family": info.PlatformFamily,
		"virtualization": info.VirtualizationSystem, "virtual_machine": virtual,
	})
	if err != nil {
		return kind.Device{}, fmt.Errorf("encode host information: %w", err)
	}
	return d, nil
}

func osName(info *host.InfoStat) string {
	name := map[string]string{
		"darwin": "macOS", "debian": "Debian", "ubuntu": "Ubuntu", "fedora": "Fedora", "arch": "Arch Linux", "alpine": "Alpine",
	}[info.Platform]
	return cmp.Or(name, info.Platform, info.OS)
}

// id returns the permanent id of the machine: a hash of the system's own id, which should stay on the
// machine. It is the same for root and other users.
func (m *machine) id(info *host.InfoStat) string {
	raw := info.HostID
	if m.linux {
		raw = cmp.Or(m.read("etc/machine-id"), m.read("var/lib/dbus/machine-id"))
	}
	if raw == "" {
		return "host-" + info.Hostname
	}
	sum := sha256.Sum256([]byte("plumbline device " + raw))
	return hex.EncodeToString(sum[:16])
}
