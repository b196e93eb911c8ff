package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// sudoers is who may become root. Whole says that everything was read and
// understood, so that somebody it does not name is not an admin.
type sudoers struct {
	users  map[string]bool
	groups map[string]bool
	whole  bool
}

// sudoers reads the files of sudo. As a plain user they cannot be read, and
// nobody but root is then known to be an admin or not to be one.
func (m *machine) sudoers() sudoers {
	s := sudoers{users: map[string]bool{}, groups: map[string]bool{}, whole: true}
	if m.exists("etc/doas.conf") {
		s.whole = false // another way to become root, which is not read here
	}
	if _, err := os.Lstat(m.path("etc/sudoers")); os.IsNotExist(err) {
		return s // no sudo
	}
	s.file(m, "etc/sudoers", 0)
	return s
}

func (s *sudoers) file(m *machine, name string, depth int) {
	raw, err := os.ReadFile(m.path(name))
	if err != nil || depth > 8 {
		s.whole = false
		return
	}
	text := strings.ReplaceAll(string(raw), "\\\n", " ")
	for line := range strings.Lines(text) {
		s.line(m, strings.TrimSpace(line), depth)
	}
}

func (s *sudoers) line(m *machine, line string, depth int) {
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return
	}
	switch first := fields[0]; {
	case (first == "@includedir" || first == "#includedir") && len(fields) == 2:
		s.directory(m, fields[1], depth)
	case (first == "@include" || first == "#include") && len(fields) == 2:
		s.file(m, strings.TrimPrefix(fields[1], "/"), depth+1)
	case strings.HasPrefix(first, "#"), strings.HasPrefix(first, "Defaults"), first == "Cmnd_Alias", first == "Host_Alias", first == "Runas_Alias":
	case first == "User_Alias", strings.HasPrefix(first, "+"), strings.ContainsAny(first, `"!,\`):
		s.whole = false // an indirection: whom it names is not resolved
	case !strings.Contains(line, "="):
		s.whole = false
	case strings.HasPrefix(first, "%"):
		s.groups[strings.TrimPrefix(first, "%")] = true
	case first == "ALL", first == strings.ToUpper(first) && first != strings.ToLower(first):
		s.whole = false // everybody, or an alias
	default:
		s.users[first] = true
	}
}

func (s *sudoers) directory(m *machine, dir string, depth int) {
	entries, err := os.ReadDir(m.path(strings.TrimPrefix(dir, "/")))
	if os.IsNotExist(err) {
		return
	}
	if err != nil {
		s.whole = false
		return
	}
	for _, e := range entries {
		if !strings.Contains(e.Name(), ".") && !strings.HasSuffix(e.Name(), "~") { // sudo skips these too
			s.file(m, filepath.Join(strings.TrimPrefix(dir, "/"), e.Name()), depth+1)
		}
	}
}

// allows says whether somebody may become root.
func (s sudoers) allows(u user, groups []string) kind.Tri {
	inGroup := func(name string) bool { return s.groups[name] }
	switch {
	case u.uid == 0, s.users[u.name], slices.ContainsFunc(groups, inGroup):
		return kind.Yes
	case s.whole && groups != nil:
		return kind.No
	}
	return kind.Unknown
}
