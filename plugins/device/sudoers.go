package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// sudoers is the content of sudo's files. Whole says that the connector read and understood everything.
// Then an account without a matching rule cannot become root by sudo.
type sudoers struct {
	rules    []rule
	users    map[string][]member
	runas    map[string][]member
	hosts    map[string][]member
	commands map[string][]command

	target  string // the user of commands if a rule names none
	askRoot bool   // sudo asks for another password than the user's
	whole   bool
	machine *machine
	steps   int // see maxSteps
}

// rule allows or refuses users commands on hosts.
type rule struct {
	users, hosts []member
	commands     []command
}

const (
	maxSudoersBytes = 4 << 20
	maxIncludes     = 128 // depth of includes, as in sudo
)

func newSudoers(m *machine) *sudoers {
	return &sudoers{
		users: map[string][]member{}, runas: map[string][]member{}, hosts: map[string][]member{}, commands: map[string][]command{},
		target: "root", whole: true, machine: m,
	}
}

// sudoers reads a file of sudo with its includes, which needs root.
func (m *machine) sudoers(name string) *sudoers {
	s := newSudoers(m)
	s.file(name, 0)
	return s
}

// file reads one regular file. It does not open other types, such as a named pipe.
func (s *sudoers) file(name string, depth int) {
	path := s.machine.path(name)
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSudoersBytes || depth > maxIncludes {
		s.whole = false
		return
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		s.whole = false
		return
	}
	s.parse(string(raw), name, depth)
}

func (s *sudoers) parse(text, name string, depth int) {
	for _, line := range logicalLines(text) {
		if m := includeLine.FindStringSubmatch(line); m != nil {
			s.include(m[1], m[2], name, depth)
		} else if !s.line(line) {
			s.whole = false
		}
	}
}

// include follows a line that names a file or a directory. A relative name is relative to the directory of
// the file that names it.
func (s *sudoers) include(verb, rest, from string, depth int) {
	path, ok := includePath(rest)
	host := s.machine.hostname()
	short, _, _ := strings.Cut(host, ".")
	if !ok || strings.Contains(path, "%h") && host == "" {
		s.whole = false
		return
	}
	path = strings.ReplaceAll(path, "%h", short)
	if !strings.HasPrefix(path, "/") {
		path = filepath.Join("/", filepath.Dir(from), path)
	}
	path = strings.TrimPrefix(path, "/")
	if verb == "include" {
		s.file(path, depth+1)
		return
	}
	s.directory(path, depth)
}

// includePath returns the path after an include. It ends at a blank, except in quotes or after a
// backslash.
func includePath(text string) (string, bool) {
	l := lexer{text: strings.TrimSpace(text)}
	var b strings.Builder
	if strings.HasPrefix(l.text, `"`) {
		path, ok := l.quoted(&b)
		return path, ok && l.done()
	}
	for ; l.at < len(l.text) && l.text[l.at] != ' ' && l.text[l.at] != '\t'; l.at++ {
		if l.text[l.at] == '\\' && l.at+1 < len(l.text) {
			l.at++
		}
		b.WriteByte(l.text[l.at])
	}
	return b.String(), b.Len() > 0 && (l.done() || l.text[l.at] == '#')
}

func (s *sudoers) directory(dir string, depth int) {
	entries, err := os.ReadDir(s.machine.path(dir))
	if os.IsNotExist(err) {
		return
	}
	if err != nil {
		s.whole = false
		return
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), ".") || strings.HasSuffix(e.Name(), "~") {
			continue // sudo skips these too
		}
		name := filepath.Join(dir, e.Name())
		if info, err := os.Stat(s.machine.path(name)); err == nil && !info.Mode().IsRegular() {
			continue
		}
		s.file(name, depth+1)
	}
}

// line parses a logical line and reports whether it understood it.
func (s *sudoers) line(text string) bool {
	l := &lexer{text: text}
	if l.done() {
		return true
	}
	first := firstWord.FindString(l.text[l.at:])
	after := l.text[l.at+len(first):]
	blank := strings.HasPrefix(after, " ") || strings.HasPrefix(after, "\t")
	switch {
	case first == "Defaults" && (after == "" || blank || strings.ContainsRune("@:!>", rune(after[0]))):
		s.defaults(after)
		return true
	case blank && strings.HasSuffix(first, "_Alias"):
		l.at += len(first)
		return s.aliases(first, l)
	}
	return s.rule(l)
}

// defaults applies the settings that change the meaning of rules.
func (s *sudoers) defaults(text string) {
	if m := runasDefault.FindStringSubmatch(text); m != nil {
		s.target = m[1]
	}
	if otherSecret.MatchString(text) {
		s.askRoot = true
	}
}

// aliases parses the definitions NAME = list : NAME = list.
func (s *sudoers) aliases(sort string, l *lexer) bool {
	for {
		l.skip()
		name := aliasName.FindString(l.text[l.at:])
		l.at += len(name)
		if name == "" || !l.take('=') {
			return false
		}
		ok := false
		switch sort {
		case "User_Alias":
			ok = define(s.users, name, func() ([]member, bool) { return l.members(false) })
		case "Runas_Alias":
			ok = define(s.runas, name, func() ([]member, bool) { return l.members(false) })
		case "Host_Alias":
			ok = define(s.hosts, name, func() ([]member, bool) { return l.members(true) })
		case "Cmnd_Alias", "Cmd_Alias":
			ok = define(s.commands, name, l.commands)
		}
		if !ok || l.done() {
			return ok
		}
		if !l.take(':') {
			return false
		}
	}
}

// define stores the list of an alias. Sudo refuses a second alias with the same name.
func define[T any](all map[string][]T, name string, parse func() ([]T, bool)) bool {
	list, ok := parse()
	if _, twice := all[name]; !ok || twice {
		return false
	}
	all[name] = list
	return true
}

var (
	runasDefault = regexp.MustCompile(`\brunas_default\s*=\s*"?([^\s,"]+)`)
	otherSecret  = regexp.MustCompile(`(^|[\s,])(targetpw|rootpw|runaspw)\b`)
	firstWord    = regexp.MustCompile(`^[A-Za-z_]+`)
)

// rule parses users hosts = commands : hosts = commands.
func (s *sudoers) rule(l *lexer) bool {
	users, ok := l.members(false)
	if !ok {
		return false
	}
	var rules []rule
	for {
		r := rule{users: users}
		if r.hosts, ok = l.members(true); !ok || !l.take('=') {
			return false
		}
		if r.commands, ok = l.commands(); !ok {
			return false
		}
		rules = append(rules, r)
		if l.done() {
			s.rules = append(s.rules, rules...)
			return true
		}
		if !l.take(':') {
			return false
		}
	}
}
