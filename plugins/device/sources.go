package main

import (
	"slices"
	"strings"
)

// sources are the services that the machine uses for users, groups and rights, by database, from
// nsswitch.conf.
type sources map[string][]string

func (m *machine) sources() sources {
	s := sources{}
	for line := range strings.Lines(m.read("etc/nsswitch.conf")) {
		line, _, _ = strings.Cut(line, "#")
		database, services, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		action := false
		for word := range strings.FieldsSeq(strings.NewReplacer("[", " [ ", "]", " ] ").Replace(services)) {
			switch {
			case word == "[":
				action = true
			case word == "]":
				action = false
			case !action:
				name := strings.TrimSpace(database)
				s[name] = append(s[name], strings.ToLower(word))
			}
		}
	}
	if compat := m.read("etc/passwd") + "\n" + m.read("etc/group"); strings.HasPrefix(compat, "+") || strings.Contains(compat, "\n+") {
		s["passwd"] = append(s["passwd"], "nis")
	}
	return s
}

func (s sources) has(database string) bool { return len(s[database]) > 0 }

// local reports whether a database comes only from this machine's own files. Systemd adds users of
// running services, which no rule names; usesUserdb checks its files in /etc/userdb.
func (s sources) local(database string) bool {
	known := []string{"files", "systemd", "compat", "mymachines", "db"}
	return !slices.ContainsFunc(s[database], func(service string) bool { return !slices.Contains(known, service) })
}
