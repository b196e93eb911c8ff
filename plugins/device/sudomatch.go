package main

import (
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// outcome is the result of a list for an account. Several bits mean that the result is unknown.
type outcome uint8

const (
	silent  outcome = 1 << iota // the list does not name the account
	allowed                     // the last matching entry allows it
	refused                     // the last matching entry refuses it
)

// outcomeOf returns the outcome of one name.
func outcomeOf(match kind.Tri) outcome {
	switch match {
	case kind.Yes:
		return allowed
	case kind.No:
		return silent
	}
	return allowed | silent
}

func (o outcome) negated(not bool) outcome {
	if !not || o&(allowed|refused) == 0 || o&(allowed|refused) == allowed|refused {
		return o
	}
	return o ^ (allowed | refused)
}

// judge returns the outcome of a list. Its last matching entry decides.
func judge(list []member, match func(string) outcome) outcome {
	var found outcome
	for _, m := range slices.Backward(list) {
		o := match(m.name).negated(m.not)
		found |= o &^ silent
		if o&silent == 0 {
			return found
		}
	}
	return found | silent
}

// asker is the account whose rights are determined.
type asker struct {
	user
	groups []string // nil = unknown
	gids   []int
	more   bool     // other sources than the local file may name more groups
	others []string // other names with the same id
}

// maxSteps limits how many aliases are followed for one user: nested aliases can take very long.
const maxSteps = 10_000

// aliased judges an alias. Seen has the aliases that led to it: an alias that contains itself has no
// known meaning.
func (s *sudoers) aliased(all map[string][]member, name string, seen []string, match func(string, []string) outcome) outcome {
	if s.steps++; s.steps > maxSteps || slices.Contains(seen, name) {
		return silent | allowed | refused
	}
	seen = append(slices.Clone(seen), name)
	return judge(all[name], func(inner string) outcome { return match(inner, seen) })
}

func (s *sudoers) matchUser(a asker, name string, seen []string) outcome {
	if name == "ALL" {
		return allowed
	}
	if _, ok := s.users[name]; ok {
		return s.aliased(s.users, name, seen, func(n string, seen []string) outcome { return s.matchUser(a, n, seen) })
	}
	return outcomeOf(a.matches(name))
}

// matches says whether a name in a list of users stands for the asker.
func (a asker) matches(name string) kind.Tri {
	group, isGroup := strings.CutPrefix(name, "%")
	switch {
	case isGroup:
		return a.isIn(group)
	case strings.HasPrefix(name, "+"):
		return kind.Unknown // a netgroup
	case strings.HasPrefix(name, "#"):
		uid, err := strconv.Atoi(name[1:])
		if err != nil {
			return kind.Unknown
		}
		return kind.TriOf(uid == a.uid)
	case name == a.name, slices.Contains(a.others, name):
		return kind.Yes
	case strings.EqualFold(name, a.name):
		return kind.Unknown // a setting decides whether case matters
	}
	return kind.No
}

func (a asker) isIn(group string) kind.Tri {
	id, isID := strings.CutPrefix(group, "#")
	gid, err := strconv.Atoi(id)
	fold := func(name string) bool { return strings.EqualFold(name, group) }
	switch {
	case isID && err == nil && slices.Contains(a.gids, gid), !isID && slices.Contains(a.groups, group):
		return kind.Yes
	case strings.HasPrefix(group, ":"), isID && err != nil, a.groups == nil, a.more, slices.ContainsFunc(a.groups, fold):
		return kind.Unknown // a group of a directory, or one that another source may name
	}
	return kind.No
}

func (s *sudoers) matchHost(name string, seen []string) outcome {
	if name == "ALL" {
		return allowed
	}
	if _, ok := s.hosts[name]; ok {
		return s.aliased(s.hosts, name, seen, s.matchHost)
	}
	certain, possible := s.machine.hostNames()
	return outcomeOf(isHost(certain, possible, name))
}

// hostNames returns the machine's own name, and its names in /etc/hosts, which sudo uses instead in some
// builds and configurations.
func (m *machine) hostNames() (certain, possible []string) {
	name := strings.ToLower(m.hostname())
	if name == "" {
		return nil, nil
	}
	short, _, _ := strings.Cut(name, ".")
	for line := range strings.Lines(m.read("etc/hosts")) {
		line, _, _ = strings.Cut(strings.ToLower(line), "#")
		if f := strings.Fields(line); len(f) > 1 && slices.Contains(f[1:], name) {
			label, _, _ := strings.Cut(f[1], ".")
			possible = append(possible, f[1], label)
			break
		}
	}
	return []string{name, short}, possible
}

// isHost says whether a name stands for this machine. It does not resolve addresses and names.
func isHost(certain, possible []string, name string) kind.Tri {
	lower := strings.ToLower(name)
	label, _, isLong := strings.Cut(lower, ".")
	address, _, _ := strings.Cut(lower, "/")
	_, notAddress := netip.ParseAddr(address)
	if len(certain) == 0 || strings.HasPrefix(name, "+") || notAddress == nil || strings.Contains(lower, ":") {
		return kind.Unknown
	}
	matches := func(known string) bool {
		found, err := path.Match(lower, known)
		return found && err == nil
	}
	found, foundOther := slices.ContainsFunc(certain, matches), len(possible) == 0 || slices.ContainsFunc(possible, matches)
	switch {
	case found && foundOther:
		return kind.Yes
	case found, len(possible) > 0 && foundOther, strings.ContainsAny(lower, "*?[\\"), isLong && slices.Contains(certain, label):
		return kind.Unknown
	}
	return kind.No
}

// matchRoot judges whether a name in a run-as list stands for root.
func (s *sudoers) matchRoot(root asker, name string, seen []string) outcome {
	if name == "ALL" {
		return allowed
	}
	if _, ok := s.runas[name]; ok {
		return s.aliased(s.runas, name, seen, func(n string, seen []string) outcome { return s.matchRoot(root, n, seen) })
	}
	return outcomeOf(root.matches(name))
}

// power is what an account may run as root. Several bits mean that it is unknown.
type power uint8

const (
	nothing power = 1 << iota
	something
	everything
)

// after returns the power after a command that a rule allows or refuses.
func (p power) after(c command, all bool) power {
	switch {
	case all && c.not && !c.narrowed:
		return nothing
	case all && !c.not && !c.narrowed:
		return everything
	case !c.not && p&nothing != 0:
		return p&^nothing | something
	}
	return p
}

// reach is what the rules allow an account.
type reach struct {
	root    power
	others  bool // a command as another user than root
	unclear bool // the connector does not know the meaning of a rule
}

// mayBecomeRoot says whether sudo allows an account every command as root. It is unknown for single
// commands and for commands as another user, which may lead to root.
func (s *sudoers) mayBecomeRoot(a, root asker) kind.Tri {
	r := reach{root: nothing}
	s.steps = 0
	for _, rule := range s.rules {
		who := judge(rule.users, func(n string) outcome { return s.matchUser(a, n, nil) })
		where := judge(rule.hosts, func(n string) outcome { return s.matchHost(n, nil) })
		if who&where&allowed == 0 {
			continue
		}
		for _, c := range rule.commands {
			s.apply(&r, root, c, who == allowed && where == allowed, nil)
		}
	}
	switch {
	case r.root == everything && !r.unclear:
		return kind.Yes
	case r.root == nothing && !r.others && !r.unclear && s.whole:
		return kind.No
	}
	return kind.Unknown
}

// apply adds a command to a reach. Sure says that the rule certainly applies to this user on this
// machine.
func (s *sudoers) apply(r *reach, root asker, c command, sure bool, seen []string) {
	if list, ok := s.commands[c.name]; ok {
		if s.steps++; s.steps > maxSteps || slices.Contains(seen, c.name) {
			r.unclear = true
			return
		}
		for _, inner := range list {
			one := c
			one.name, one.not, one.narrowed = inner.name, inner.not != c.not, c.narrowed || inner.narrowed
			s.apply(r, root, one, sure, append(slices.Clone(seen), c.name))
		}
		return
	}
	if c.name != "ALL" && aliasName.FindString(c.name) == c.name {
		r.unclear = true // an undefined alias
	}
	target := s.targetOf(c, root)
	all := c.name == "ALL"
	if !c.not && s.askRoot && !c.freely {
		all = false // an account without the other password gets nothing
	}
	if target&allowed != 0 {
		next := r.root.after(c, all)
		if !sure || target != allowed {
			next |= r.root
		}
		r.root = next
	}
	if target != allowed {
		r.others = r.others || !c.not
	} else if all && c.not && sure && slices.ContainsFunc(c.runas, func(m member) bool { return m.name == "ALL" && !m.not }) {
		r.others = false
	}
}

// targetOf says whether a command runs as root.
func (s *sudoers) targetOf(c command, root asker) outcome {
	if c.noTarget {
		return silent
	}
	runas := c.runas
	if runas == nil {
		runas = []member{{name: s.target}}
	}
	return judge(runas, func(n string) outcome { return s.matchRoot(root, n, nil) })
}
