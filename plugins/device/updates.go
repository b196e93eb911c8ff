package main

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// listsAge is the age above which package lists are not used: an old list has no new updates.
const listsAge = 7 * 24 * time.Hour

// update is a package for which a newer version is known.
type update struct {
	name, from, to string
	security       bool
}

// packageManager returns the machine's package manager, "" for an unknown one.
func (m *machine) packageManager() string {
	for _, p := range []struct{ name, program string }{
		{"apt", "usr/bin/apt-get"}, {"dnf", "usr/bin/dnf"}, {"pacman", "usr/bin/pacman"}, {"apk", "sbin/apk"}, {"zypper", "usr/bin/zypper"},
	} {
		if m.linux && m.exists(p.program) {
			return p.name
		}
	}
	return ""
}

func unknownUpdates(why string) error {
	return sdk.Errorf(sdk.CodeNotFoundResource, "the number of waiting updates is unknown: %s", why).
		WithRemedy("Let the package manager refresh its lists regularly.")
}

// updates gets the list of waiting updates from the package manager. It uses the existing lists and
// changes nothing.
func (m *machine) updates(ctx context.Context) ([]update, error) {
	switch m.packageManager() {
	case "apt":
		if err := m.fresh("var/lib/apt/lists/*Packages*"); err != nil {
			return nil, err
		}
		text, code, err := m.run(ctx, "apt-get", "--simulate", "-o", "Debug::NoLocking=1", "dist-upgrade")
		if err != nil || code != 0 {
			return nil, unknownUpdates("apt-get gave no answer")
		}
		return parseApt(string(text)), nil
	case "dnf":
		if err := m.fresh("var/cache/dnf/*/repodata/repomd.xml", "var/cache/libdnf5/*/repodata/repomd.xml"); err != nil {
			return nil, err
		}
		text, code, err := m.run(ctx, "dnf", "--cacheonly", "--quiet", "check-update")
		if err != nil || code != 0 && code != 100 {
			return nil, unknownUpdates("dnf gave no answer")
		}
		return parseDNF(string(text)), nil
	case "pacman":
		if err := m.fresh("var/lib/pacman/sync/*.db"); err != nil {
			return nil, err
		}
		text, code, err := m.run(ctx, "pacman", "-Qu")
		if err != nil || code > 1 {
			return nil, unknownUpdates("pacman gave no answer")
		}
		return parsePacman(string(text)), nil
	}
	return nil, unknownUpdates("the connector does not know the package manager of this machine")
}

// fresh returns nil when one of the lists is not older than listsAge.
func (m *machine) fresh(patterns ...string) error {
	newest := time.Time{}
	for _, pattern := range patterns {
		files, _ := filepath.Glob(m.path(pattern)) // only a bad pattern fails
		for _, name := range files {
			if info, err := os.Stat(name); err == nil && info.ModTime().After(newest) {
				newest = info.ModTime()
			}
		}
	}
	switch {
	case newest.IsZero():
		return unknownUpdates("there are no package lists")
	case m.now().Sub(newest) > listsAge:
		return unknownUpdates("the package lists are older than a week")
	}
	return nil
}

// parseApt parses lines such as
// "Inst libc6 [2.36-9] (2.36-10 Debian-Security:12/stable-security [amd64])".
func parseApt(text string) []update {
	var found []update
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "Inst ")
		if !ok {
			continue
		}
		name, rest, _ := strings.Cut(rest, " ")
		from := between(rest, "[", "]")
		if from == "" || strings.HasPrefix(rest, "(") {
			continue // a new package, not an update
		}
		source := between(rest, "(", ")")
		to, origin, _ := strings.Cut(source, " ")
		found = append(found, update{name: name, from: from, to: to, security: strings.Contains(strings.ToLower(origin), "-security")})
	}
	return found
}

func between(text, open, end string) string {
	_, after, ok := strings.Cut(text, open)
	if !ok {
		return ""
	}
	inside, _, _ := strings.Cut(after, end)
	return inside
}

// parseDNF parses "name version repository" up to the list of obsolete packages.
func parseDNF(text string) []update {
	var found []update
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "Obsoleting") {
			break
		}
		if f := strings.Fields(line); len(f) == 3 {
			found = append(found, update{name: f[0], to: f[1]})
		}
	}
	return found
}

// parsePacman parses "name 1.0-1 -> 1.1-1".
func parsePacman(text string) []update {
	var found []update
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) >= 4 && f[2] == "->" {
			found = append(found, update{name: f[0], from: f[1], to: f[3]})
		}
	}
	return found
}

// reply is the package manager's answer in this run. It takes long, and two streams need it.
type reply struct {
	updates []update
	err     error
}

func (m *machine) updatesOnce(ctx context.Context, s *sdk.Session) ([]update, error) {
	if a, err := sdk.From[*reply](s); err == nil {
		return a.updates, a.err
	}
	a := &reply{}
	a.updates, a.err = m.updates(ctx)
	s.Set(a)
	return a.updates, a.err
}

func readUpdates(ctx context.Context, m *machine, s *sdk.Session, out *sdk.Output) error {
	updates, err := m.updatesOnce(ctx, s)
	if err != nil {
		out.Gap("waiting updates", err)
		return nil
	}
	for _, u := range updates {
		f := kind.Finding{
			ExternalID: u.name, Title: "Update of " + u.name + " to " + u.to, Severity: "info", Status: "open",
			Resource: m.hostname(), Fix: "Install version " + u.to + ".",
		}
		if u.security {
			// The package manager does not say how serious it is.
			f.Title, f.Severity = "Security update of "+u.name+" to "+u.to, "unknown"
		}
		if u.from != "" {
			f.Description = "Version " + u.from + " is installed."
		}
		if err := out.Put(u.name, f); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) hostname() string {
	return cmp.Or(m.read("proc/sys/kernel/hostname"), m.read("etc/hostname"))
}
