package main

import "strings"

// sources are the places that the machine asks for users, groups and rights, by
// database, as nsswitch.conf has them.
type sources map[string][]string

func (m *machine) sources() sources {
	s := sources{}
	for line := range strings.Lines(m.read("etc/nsswitch.conf")) {
		line, _, _ = strings.Cut(line, "#")
		database, places, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		action := false
		for place := range strings.FieldsSeq(strings.NewReplacer("[", " [ ", "]", " ] ").Replace(places)) {
			switch {
			case place == "[":
				action = true
			case place == "]":
				action = false
			case !action:
				name := strings.TrimSpace(database)
				s[name] = append(s[name], strings.ToLower(place))
			}
		}
	}
	if compat := m.read("etc/passwd") + "\n" + m.read("etc/group"); strings.HasPrefix(compat, "+") || strings.Contains(compat, "\n+") {
		s["passwd"] = append(s["passwd"], "nis")
	}
	return s
}

func (s sources) has(database string) bool { return len(s[database]) > 0 }

// local reports whether a database is read from this machine's own files alone.
// Systemd adds users of running services, which are in no rule; what it reads from
// /etc/userdb is looked for by itself.
func (s sources) local(database string) bool {
	for _, place := range s[database] {
		switch place {
		case "files", "systemd", "compat", "mymachines", "db":
		default:
			return false
		}
	}
	return true
}
