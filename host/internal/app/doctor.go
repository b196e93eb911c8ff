package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/company"
	"github.com/plumbline-dev/plumbline/host/internal/owned"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/cgroup"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/confine"
)

// Finding is one line of the doctor's report.
type Finding struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Status  string `json:"status" enum:"ok,warn,fail"`
	Message string `json:"message"`
	Fix     string `json:"fix" doc:"What to do; empty when there is nothing to do"`
}

// Doctor examines the installation and says what it found, in a fixed order.
func (a *App) Doctor(ctx context.Context) ([]Finding, error) {
	findings := []Finding{
		{"version", "Version", "ok", fmt.Sprintf("plumbline %s on %s/%s, %s", a.options.Version, runtime.GOOS, runtime.GOARCH, runtime.Version()), ""},
		a.examineDir(),
		a.examineSpace(),
		{"owner", "Owner", "ok", fmt.Sprintf("this %s, process %d, since %s", a.options.Program, os.Getpid(), a.started.Format(time.DateTime)), ""},
		a.examineSocket(),
		a.examineKey(),
		a.examineStore(),
		a.examineClock(),
		a.examineEnvironment(),
		a.examineConfig(),
		examineProxy(company.Environment(), os.Getenv),
		examineContainment(confine.Supported()),
		examineGroups(a.groups),
		a.examineReleases(),
	}
	upkeep, err := a.examineUpkeep()
	if err != nil {
		return nil, err
	}
	findings = append(append(findings, upkeep...), a.developing.examine()...)
	connectors, err := a.examineConnectors(ctx)
	if err != nil {
		return nil, err
	}
	connections, err := a.examineConnections(ctx)
	if err != nil {
		return nil, err
	}
	return append(append(findings, connectors...), connections), nil
}

func (a *App) examineDir() Finding {
	dir := a.options.Config.DataDir
	f := Finding{ID: "data_dir", Title: "Data directory", Status: "ok", Message: dir}
	info, err := os.Stat(dir)
	var foreign *host.Problem
	switch {
	case err != nil:
		f.Status, f.Message, f.Fix = "fail", err.Error(), "Restore the directory, or choose another with --data-dir."
	case errors.As(owned.Ours(dir), &foreign):
		f.Status, f.Message, f.Fix = "fail", foreign.Message, foreign.Remedy
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		f.Status, f.Message = "warn", fmt.Sprintf("%s can be read by other users (mode %04o)", dir, info.Mode().Perm())
		f.Fix = "chmod 700 " + dir
	}
	return f
}

// examineKey says where the key is and whether only this user can read it.
func (a *App) examineKey() Finding {
	f := Finding{"key", "Key of the secrets", "ok", a.master.Describe(), ""}
	if err := a.master.Examine(); err != nil {
		p := host.AsProblem(err)
		f.Status, f.Message, f.Fix = "fail", p.Message, p.Remedy
	}
	return f
}

// examineSocket says whether only this user can open the agent's socket.
func (a *App) examineSocket() Finding {
	path := a.options.Socket
	f := Finding{"socket", "Socket", "ok", path, ""}
	if path == "" {
		f.Message = "none: this " + a.options.Program + " opened the data directory itself"
		return f
	}
	info, err := os.Lstat(path)
	again := "Restart the agent, which makes it anew."
	switch {
	case err != nil:
		f.Status, f.Message, f.Fix = "fail", "commands cannot find the agent: "+err.Error(), again
	case runtime.GOOS == "windows":
	case info.Mode().Type() != fs.ModeSocket:
		f.Status, f.Message, f.Fix = "fail", path+" is no socket: another program put it there", "Delete it. "+again
	case info.Mode().Perm()&0o177 != 0:
		f.Status, f.Message, f.Fix = "fail", fmt.Sprintf("%s can be opened by other users (mode %04o)", path, info.Mode().Perm()), "chmod 600 "+path
	default:
		if uid, known := owned.UID(info); known && uid != os.Geteuid() {
			f.Status, f.Message, f.Fix = "fail", path+" belongs to the user "+owned.Name(uid), "Delete it. "+again
		}
	}
	return f
}

// examineClock catches the clock that was never set: certificates and cursors
// depend on it.
func (a *App) examineClock() Finding {
	now := time.Now()
	f := Finding{ID: "clock", Title: "Clock", Status: "ok", Message: fmt.Sprintf("%s, schedules in %s", now.Format(time.RFC3339), a.location)}
	if now.Year() < 2026 {
		f.Status, f.Fix = "fail", "Set this machine's clock."
	}
	return f
}

func (a *App) examineEnvironment() Finding {
	f := Finding{ID: "environment", Title: "Environment", Status: "ok", Message: "no variable is set that means nothing"}
	if unknown := a.options.Config.unknownEnviron; len(unknown) > 0 {
		f.Status, f.Message = "warn", strings.Join(unknown, ", ")+" set nothing"
		f.Fix = "`plumbline config show` lists the variables there are."
	}
	return f
}

// examineProxy says by which proxy the connections of connectors leave this machine.
func examineProxy(p *company.Proxy, getenv func(string) string) Finding {
	f := Finding{"proxy", "Company's proxy", "ok", "none is set; connections leave this machine directly", ""}
	all := getenv("ALL_PROXY") + getenv("all_proxy")
	switch set := p.Set(); {
	case p.Err() != nil:
		f.Status, f.Message = "fail", strings.ReplaceAll(p.Err().Error(), "\n", "; ")+". What would go through it is refused."
		f.Fix = "Set it to an address such as http://proxy.example.com:3128 in the agent's environment, or unset it, and restart the agent."
	case len(set) > 0:
		f.Message = strings.Join(set, ", ")
	case all != "":
		f.Status, f.Message = "warn", "ALL_PROXY is not used; connections leave this machine directly"
		f.Fix = "Set HTTPS_PROXY if they are to go through a proxy."
	}
	return f
}

// examineConfig says when the user's own configuration file is not used.
func (a *App) examineConfig() Finding {
	f := Finding{"config", "Configuration", "ok", "every file of it can be read", ""}
	if path := a.options.Config.unread; path != "" {
		f.Status, f.Message = "warn", path+" may not be read by this "+a.options.Program+"; what it sets is not in force"
		f.Fix = "Put it into " + filepath.Join(a.options.Config.DataDir, "config.yaml") + ", or let the " + a.options.Program + " read it."
	}
	return f
}

// examineContainment says in words what keeps connectors apart on this machine,
// and what does not.
func examineContainment(s confine.Support) Finding {
	f := Finding{ID: "containment", Title: "Containment", Status: "ok"}
	var holds, open []string
	for _, part := range []struct {
		on         bool
		what, open string
	}{
		{s.Files, "read only the files they declare", "may read what this user may read"},
		{s.Calls, "reach the network only over their link to this host, make only the system calls they need and stay in their process group",
			"can reach the network by themselves and leave helpers behind"},
		{s.Network, "connect only to this host's proxy if they dial by themselves", "can reach any address if they dial by themselves"},
		{s.Signals, "cannot signal other programs", "can signal this user's other programs"},
		{s.Namespaces, "have network and IPC namespaces of their own", "share this machine's network and IPC namespaces"},
		{s.Sockets, "use no local sockets of others", "can use local sockets that this user may use, such as D-Bus"},
	} {
		if part.on {
			holds = append(holds, part.what)
		} else {
			open = append(open, part.open)
		}
	}
	if len(holds) > 0 {
		f.Message = "connectors " + strings.Join(holds, ", ")
	}
	if len(open) > 0 {
		f.Message = strings.TrimPrefix(f.Message+"; they "+strings.Join(open, ", "), "; ")
	}
	switch {
	case s.System != "linux":
		f.Status, f.Fix = "warn", "Only Linux can contain connectors: on this system install only those you trust as much as Plumbline itself."
	case !s.Files || !s.Calls:
		f.Status, f.Fix = "warn", "Linux 5.13 or newer with Landlock (lsm=landlock,…) contains connectors; until then install only those you trust."
	case !s.Network:
		f.Fix = "Connectors that declare `network tcp` are contained on Linux 6.7 or newer with Landlock; until then install only those you trust."
	}
	if s.Landlock > 0 {
		f.Message += fmt.Sprintf(" (Landlock version %d, errata %#x)", s.Landlock, s.Errata)
	}
	return f
}

// examineGroups says whether the kernel limits connectors, or the host by looking.
func examineGroups(home *cgroup.Home) Finding {
	f := Finding{ID: "control_groups", Title: "Control groups", Status: "ok"}
	memory, tasks := home.Limits()
	switch {
	case home == nil:
		f.Message = "none are handed over to the agent; what connectors take is looked at ten times a second"
	case memory && tasks:
		f.Message = "the kernel limits memory and processes of each connector, below " + home.Dir()
	default:
		f.Message = fmt.Sprintf("each connector has one below %s; of memory and processes the kernel limits what was handed over (memory: %t, processes: %t)", home.Dir(), memory, tasks)
	}
	return f
}

func (a *App) examineConnectors(ctx context.Context) ([]Finding, error) {
	connectors, err := a.catalog.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list connectors: %w", err)
	}
	if len(connectors) == 0 {
		return []Finding{{"connectors", "Connectors", "fail", "none found in " + strings.Join(a.catalog.Dirs(), ", "),
			"Put connector programs there, or name their directory in connectors.dirs."}}, nil
	}
	var findings []Finding
	for _, c := range connectors {
		f := Finding{"connector." + c.ID, "Connector " + c.ID, "ok", fmt.Sprintf("%s, %s, sha256 %.12s", c.Version, c.Trust, c.SHA256), ""}
		if c.Problem != nil {
			f.Status, f.Message, f.Fix = "fail", c.Problem.Message, c.Problem.Remedy
		}
		findings = append(findings, f)
	}
	return findings, nil
}

func (a *App) examineConnections(ctx context.Context) (Finding, error) {
	connections, err := a.Connections(ctx, Filter{})
	if err != nil {
		return Finding{}, err
	}
	var bad []string
	for _, c := range connections {
		if c.Health == host.HealthUnhealthy {
			bad = append(bad, c.Alias)
		}
	}
	f := Finding{"connections", "Connections", "ok", fmt.Sprintf("%d, none unhealthy", len(connections)), ""}
	if len(bad) > 0 {
		f.Status, f.Message = "warn", fmt.Sprintf("%d of %d unhealthy: %s", len(bad), len(connections), strings.Join(bad, ", "))
		f.Fix = "`plumbline connection show ALIAS` says what failed and what to do."
	}
	return f, nil
}
