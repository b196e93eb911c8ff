package plugin

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
)

// Allowance is what one use of a program may do beside computing: by default
// nothing but describe itself.
type Allowance struct {
	// Link says that its connections go through its link to the host, in the call
	// Tunnel. The process can open no network socket by itself.
	Link bool
	// Proxy is the address of the host's proxy with this process's credential in it,
	// for a program that dials by itself: the only address it may connect to. Empty =
	// it may connect to none.
	Proxy string
	// Read are absolute paths of files, and of directories with all that is in them.
	Read []string
	// Inspect lets it do to this machine what its user may do: for a connector of the
	// house that reports on the machine itself.
	Inspect bool
}

// Limits are what a process may take before it is ended. 0 = no limit.
type Limits struct {
	SoftMiB   int // memory it is asked to stay under
	MemoryMiB int // memory of it and its helpers together
	DiskMiB   int // of its private directory
	Tasks     int // processes and threads of it and its helpers together
}

// port returns the proxy's port, or 0 when there is none.
func (a Allowance) port() uint16 {
	u, err := url.Parse(a.Proxy)
	if err != nil {
		return 0
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		return 0
	}
	return uint16(port)
}

// environment returns the variables that say how the program reaches the outside.
// Libraries read either spelling of a proxy's variable. An empty NO_PROXY sends
// connections to this machine through the proxy as well.
func (a Allowance) environment() []string {
	var env []string
	if a.Link {
		env = append(env, sdk.EgressVariable+"="+sdk.EgressLink)
	}
	if a.Proxy == "" {
		return env
	}
	env = append(env, sdk.ProxyVariable+"="+a.Proxy, "NO_PROXY=", "no_proxy=")
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"} {
		env = append(env, name+"="+a.Proxy, strings.ToLower(name)+"="+a.Proxy)
	}
	return env
}

// without returns paths so that nothing below forbidden can be read by them: a
// directory that holds forbidden is given as what else is in it. Every path is
// given with its links followed.
func without(paths []string, forbidden string) []string {
	if followed, err := filepath.EvalSymlinks(forbidden); err == nil {
		forbidden = followed
	}
	var kept []string
	for _, path := range paths {
		followed, err := filepath.EvalSymlinks(path)
		if err != nil {
			continue // what is not there cannot be read either way
		}
		kept = append(kept, around(followed, forbidden)...)
	}
	slices.Sort(kept)
	return slices.Compact(kept)
}

// around returns what can be read of path when forbidden must not be.
func around(path, forbidden string) []string {
	switch {
	case below(path, forbidden):
		return nil
	case !below(forbidden, path):
		return []string{path}
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil
	}
	var kept []string
	for _, e := range entries {
		if e.Type()&os.ModeSymlink == 0 { // a link leads to what is allowed, or not, where it is
			kept = append(kept, around(filepath.Join(path, e.Name()), forbidden)...)
		}
	}
	return kept
}

// below reports whether path is dir or in it.
func below(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, string(filepath.Separator))+string(filepath.Separator))
}
