package doctor

import (
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
	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

// DataDir examines whether only this user can read the data directory.
func DataDir(dir string) host.Finding {
	f := host.Finding{ID: "data_dir", Title: "Data directory", Status: "ok", Message: dir}
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

// Key examines where the key of the secrets is and whether only this user can read it.
func Key(key *secret.MasterKey) host.Finding {
	f := host.Finding{ID: "key", Title: "Key of the secrets", Status: "ok", Message: key.Describe()}
	if err := key.Examine(); err != nil {
		p := host.AsProblem(err)
		f.Status, f.Message, f.Fix = "fail", p.Message, p.Remedy
	}
	return f
}

// Socket examines whether only this user can open the socket of a program.
func Socket(path, program string) host.Finding {
	f := host.Finding{ID: "socket", Title: "Socket", Status: "ok", Message: path}
	if path == "" {
		f.Message = "none: this " + program + " opened the data directory itself"
		return f
	}
	info, err := os.Lstat(path)
	again := "Restart the agent, which creates it again."
	switch {
	case err != nil:
		f.Status, f.Message, f.Fix = "fail", "commands cannot find the agent: "+err.Error(), again
	case runtime.GOOS == "windows":
	case info.Mode().Type() != fs.ModeSocket:
		f.Status, f.Message, f.Fix = "fail", path+" is no socket: another program put it there", "Delete it. "+again
	case info.Mode().Perm()&0o177 != 0:
		f.Status, f.Fix = "fail", "chmod 600 "+path
		f.Message = fmt.Sprintf("%s can be opened by other users (mode %04o)", path, info.Mode().Perm())
	default:
		if uid, known := owned.UID(info); known && uid != os.Geteuid() {
			f.Status, f.Message, f.Fix = "fail", path+" belongs to the user "+owned.Name(uid), "Delete it. "+again
		}
	}
	return f
}

// Clock finds a clock that was never set. Certificates and cursors depend on it.
func Clock(schedules *time.Location) host.Finding {
	now := time.Now()
	f := host.Finding{ID: "clock", Title: "Clock", Status: "ok"}
	f.Message = fmt.Sprintf("%s, schedules in %s", now.Format(time.RFC3339), schedules)
	if now.Year() < 2026 {
		f.Status, f.Fix = "fail", "Set this machine's clock."
	}
	return f
}

// Environment names the variables of Plumbline that set nothing.
func Environment(unknown []string) host.Finding {
	f := host.Finding{ID: "environment", Title: "Environment", Status: "ok", Message: "no variable is set that means nothing"}
	if len(unknown) > 0 {
		f.Status, f.Message = "warn", strings.Join(unknown, ", ")+" set nothing"
		f.Fix = "`plumbline config show` lists the variables there are."
	}
	return f
}

// Proxy says by which proxy the connections of connectors leave this machine.
func Proxy(p *company.Proxy, getenv func(string) string) host.Finding {
	f := host.Finding{ID: "proxy", Title: "Company's proxy", Status: "ok", Message: "none is set; connections leave this machine directly"}
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

// Config says when the user's own configuration file may not be read. Unread is its
// path, or empty.
func Config(unread, dataDir, program string) host.Finding {
	f := host.Finding{ID: "config", Title: "Configuration", Status: "ok", Message: "every file of it can be read"}
	if unread != "" {
		f.Status, f.Message = "warn", unread+" may not be read by this "+program+"; what it sets is not in force"
		f.Fix = "Put it into " + filepath.Join(dataDir, "config.yaml") + ", or let the " + program + " read it."
	}
	return f
}

// Containment says what a connector can and cannot do on this machine.
func Containment(s confine.Support) host.Finding {
	f := host.Finding{ID: "containment", Title: "Containment", Status: "ok"}
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
		f.Status = "warn"
		f.Fix = "Linux 5.13 or newer with Landlock (lsm=landlock,…) contains connectors; until then install only those you trust."
	case !s.Network:
		f.Fix = "Connectors that declare `network tcp` are contained on Linux 6.7 or newer with Landlock; " +
			"until then install only those you trust."
	}
	if s.Landlock > 0 {
		f.Message += fmt.Sprintf(" (Landlock version %d, errata %#x)", s.Landlock, s.Errata)
	}
	return f
}

// Groups says whether the kernel or the host limits what connectors take.
func Groups(home *cgroup.Home) host.Finding {
	f := host.Finding{ID: "control_groups", Title: "Control groups", Status: "ok"}
	memory, tasks := home.Limits()
	switch {
	case home == nil:
		f.Message = "none are handed over to the agent; what connectors take is measured ten times a second"
	case memory && tasks:
		f.Message = "the kernel limits memory and processes of each connector, below " + home.Dir()
	default:
		f.Message = fmt.Sprintf("each connector has one below %s; of memory and processes the kernel limits what was handed over "+
			"(memory: %t, processes: %t)", home.Dir(), memory, tasks)
	}
	return f
}
