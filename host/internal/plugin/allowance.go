package plugin

import (
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk"
)

// Allowance is what a process may do besides computing. The zero value allows nothing.
type Allowance struct {
	// Link gives the process its connections through the call Tunnel. It can open no network socket by itself.
	Link bool
	// Proxy is the host's proxy with the process's credential, for a program that dials by
	// itself: the only address that it may connect to. Empty = none.
	Proxy string
	// Read are absolute paths of files, and of directories with all that is in them.
	Read []string
	// Inspect lets the process do what its user may do, for a connector of Plumbline that reports on this machine.
	Inspect bool
}

// Limits are what a process and its helpers may take. 0 = no limit.
type Limits struct {
	SoftMiB   int // memory that Go programs try to stay under
	MemoryMiB int
	DiskMiB   int // of its private directory
	Tasks     int // processes and threads
}

// port returns the proxy's port, 0 for none.
func (a Allowance) port() uint16 {
	u, err := url.Parse(a.Proxy)
	if err != nil {
		return 0
	}
	address, _ := netip.ParseAddrPort(u.Host) // port 0 for none
	return address.Port()
}

// environment returns the variables that lead the program to its link or proxy. The empty
// NO_PROXY sends connections to this machine through the proxy as well.
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

// without returns paths with links followed and forbidden taken out: a directory that
// contains forbidden is replaced by its other entries.
func without(paths []string, forbidden string) []string {
	if followed, err := filepath.EvalSymlinks(forbidden); err == nil {
		forbidden = followed
	}
	var kept []string
	for _, path := range paths {
		followed, err := filepath.EvalSymlinks(path)
		if err != nil {
			continue // it does not exist
		}
		kept = append(kept, around(followed, forbidden)...)
	}
	slices.Sort(kept)
	return slices.Compact(kept)
}

// around returns path, or its entries without forbidden.
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
		if e.Type()&os.ModeSymlink == 0 { // what a link leads to is allowed by its own path, or not
			kept = append(kept, around(filepath.Join(path, e.Name()), forbidden)...)
		}
	}
	return kept
}

// below reports whether path is dir or in it.
func below(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, string(filepath.Separator))+string(filepath.Separator))
}
