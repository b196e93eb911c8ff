package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// rights are the rules by which accounts may become root: those of sudo, doas and polkit, and groups
// whose members can read or write root's files.
type rights struct {
	sudo   []*sudoers // one for each location
	spare  []*sudoers // of a sudo that may not be installed
	doas   []*doas
	polkit []string // users, and groups with a %, in the rules of polkit
	root   asker
	groups *memberships
	more   bool // groups may have members that the local files do not name
	whole  bool // the machine has no other known source of rights
}

// rights reads all sources of the rights.
func (m *machine) rights(users []user, groups *memberships) *rights {
	r := &rights{groups: groups, whole: true}
	sources := m.sources()
	r.more = !sources.local("passwd") || !sources.local("group") || !sources.local("initgroups") || m.usesUserdb()
	r.root = r.asker(user{name: "root"})
	for _, u := range users {
		if u.uid == 0 && u.name != "root" {
			r.root.others = append(r.root.others, u.name)
		}
	}
	m.readSudo(r, sources)
	if m.present("etc/doas.conf") || m.present("etc/doas.d") {
		more, err := filepath.Glob(m.path("etc/doas.d/*.conf"))
		names := []string{"etc/doas.conf"}
		for _, name := range more {
			names = append(names, filepath.Join("etc/doas.d", filepath.Base(name)))
		}
		if _, readErr := os.ReadDir(m.path("etc/doas.d")); err != nil || readErr != nil && !os.IsNotExist(readErr) {
			r.whole = false
		}
		r.doas = append(r.doas, m.doas(names...))
	}
	if m.present("usr/local/etc/doas.conf") {
		r.doas = append(r.doas, m.doas("usr/local/etc/doas.conf"))
	}
	m.readPolkit(r)
	return r
}

// readSudo reads the files of sudo. It does not read rights from a directory server. If sudo uses one, an
// account without a rule in the files may have one there.
func (m *machine) readSudo(r *rights, sources sources) {
	r.whole = r.whole && sources.local("sudoers") && m.plainSudo()
	if sources.has("sudoers") && !slices.Contains(sources["sudoers"], "files") {
		return // sudo does not read the files
	}
	etc := "etc/sudoers"
	if !m.present(etc) && m.present("usr/etc/sudoers") {
		etc = "usr/etc/sudoers" // the distribution's own file
	}
	if m.present(etc) {
		r.sudo = append(r.sudo, m.sudoers(etc))
	}
	if m.present("etc/sudoers-rs") {
		r.spare = append(r.spare, m.sudoers("etc/sudoers-rs"))
	}
	if m.present("usr/local/etc/sudoers") {
		s := m.sudoers("usr/local/etc/sudoers")
		s.directory("usr/local/etc/sudoers.d", 0)
		if m.exists("usr/local/bin/sudo") {
			r.sudo = append(r.sudo, s)
		} else {
			r.spare = append(r.spare, s)
		}
	}
}

// plainSudo reports whether sudo uses the policy of its own files. The file sudo.conf can name another
// policy.
func (m *machine) plainSudo() bool {
	raw, err := os.ReadFile(m.path("etc/sudo.conf"))
	if err != nil {
		return os.IsNotExist(err)
	}
	for line := range strings.Lines(string(raw)) {
		f := strings.Fields(line)
		if len(f) > 0 && f[0] == "Plugin" && (len(f) != 3 || !strings.HasPrefix(f[1], "sudoers_") || filepath.Base(f[2]) != "sudoers.so") {
			return false
		}
	}
	return true
}

// usesUserdb reports whether systemd has its own files of users and groups.
func (m *machine) usesUserdb() bool {
	for _, dir := range []string{"etc/userdb", "run/userdb", "usr/local/lib/userdb", "usr/lib/userdb"} {
		names, _ := filepath.Glob(m.path(dir + "/*")) // only a bad pattern fails
		if len(names) > 0 {
			return true
		}
	}
	return false
}

// present reports whether a file exists, even if it cannot be read.
func (m *machine) present(name string) bool {
	_, err := os.Lstat(m.path(name))
	return err == nil || !os.IsNotExist(err)
}

var (
	polkitIdentity = regexp.MustCompile(`unix-(user|group):([A-Za-z0-9._\\-]+)`)
	polkitTest     = regexp.MustCompile(`(isInGroup\(|\w\.user\s*===?\s*)\s*["']([^"']+)["']`)
)

// readPolkit finds the users and groups in the rules of polkit. The rules are programs, which the
// connector does not run. So a named user may become root through pkexec or run0, or may not.
func (m *machine) readPolkit(r *rights) {
	if !m.exists("usr/bin/pkexec") && !m.exists("usr/bin/run0") {
		return
	}
	r.polkit = []string{"%sudo", "%wheel", "%admin"} // the administrators' groups of distributions
	for _, pattern := range []string{
		"etc/polkit-1/rules.d/*.rules", "usr/share/polkit-1/rules.d/*.rules",
		"usr/local/share/polkit-1/rules.d/*.rules", "run/polkit-1/rules.d/*.rules",
		"etc/polkit-1/localauthority.conf.d/*.conf", "etc/polkit-1/localauthority/*/*.pkla", "var/lib/polkit-1/localauthority/*/*.pkla",
	} {
		names, _ := filepath.Glob(m.path(pattern)) // only a bad pattern fails
		for _, name := range names {
			raw, err := os.ReadFile(name)
			r.whole = r.whole && err == nil
			for _, found := range polkitIdentity.FindAllStringSubmatch(string(raw), -1) {
				r.polkit = append(r.polkit, map[string]string{"user": "", "group": "%"}[found[1]]+found[2])
			}
			for _, found := range polkitTest.FindAllStringSubmatch(string(raw), -1) {
				sign := ""
				if strings.HasPrefix(found[1], "isInGroup") {
					sign = "%"
				}
				r.polkit = append(r.polkit, sign+found[2])
			}
		}
	}
}

func (r *rights) asker(u user) asker {
	return asker{user: u, groups: r.groups.of(u), gids: r.groups.idsOf(u), more: r.more}
}

// allows says whether an account may become root: yes when a rule allows every command as root, and no
// only when the connector has read everything and no rule or group applies.
func (r *rights) allows(u user) kind.Tri {
	if u.uid == 0 {
		return kind.Yes
	}
	a := r.asker(u)
	var answers []kind.Tri
	for _, s := range r.sudo {
		answers = append(answers, s.mayBecomeRoot(a, r.root))
	}
	for _, d := range r.doas {
		answers = append(answers, d.mayBecomeRoot(a, r.root))
	}
	if slices.Contains(answers, kind.Yes) {
		return kind.Yes
	}
	known := r.whole && a.groups != nil && !a.more
	for _, s := range r.spare {
		known = known && s.mayBecomeRoot(a, r.root) == kind.No
	}
	for _, name := range r.polkit {
		known = known && a.matches(name) == kind.No
	}
	// Members of these groups can start containers and virtual machines, or read and write disks and memory.
	for _, name := range []string{"docker", "lxd", "incus", "incus-admin", "libvirt", "disk", "kmem", "shadow"} {
		known = known && a.isIn(name) == kind.No
	}
	if known && !slices.Contains(answers, kind.Unknown) {
		return kind.No
	}
	return kind.Unknown
}
