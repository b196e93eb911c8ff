package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/kind"
)

// group is a group and its members.
type group struct {
	entry   *entry
	name    string
	members []string // distinguished names and user names, as the directory spells them
	hidden  bool     // the account may not read its members
}

// groupIndex holds every group that was read.
type groupIndex struct {
	groups []*group
	of     map[string][]*group // by member, in the form of normal
	byDN   map[string]*group   // by distinguished name, in the form of normal
	bySID  map[string]*group   // by security identifier, in Active Directory
	byGID  map[string][]*group // by POSIX group number
	named  map[string]int      // number of groups by name, in lower case
	gaps   []gap               // with a gap, an account may have other groups

	outside map[string]bool   // by name of a group that was not read: whether several groups have it
	bySelf  map[string]string // distinguished names of groups that were not read, by security identifier
}

type gap struct {
	scope string
	err   error
}

func newGroupIndex() *groupIndex {
	return &groupIndex{
		of: map[string][]*group{}, byDN: map[string]*group{}, bySID: map[string]*group{}, byGID: map[string][]*group{},
		named: map[string]int{}, outside: map[string]bool{}, bySelf: map[string]string{},
	}
}

func (x *groupIndex) add(g *group) {
	x.groups = append(x.groups, g)
	x.byDN[normal(g.entry.dn)] = g
	x.named[strings.ToLower(g.name)]++
	if id := sid(g.entry.raw["objectSid"]); id != "" {
		x.bySID[id] = g
	}
	if number := g.entry.value("gidNumber"); number != "" {
		x.byGID[number] = append(x.byGID[number], g)
	}
	for _, member := range g.members {
		x.of[normal(member)] = append(x.of[normal(member)], g)
	}
}

// readGroupsOnce reads the groups on its first call. Both streams need them.
func (d *directory) readGroupsOnce(ctx context.Context) (*groupIndex, error) {
	if d.groups != nil {
		return d.groups, nil
	}
	index, seen := newGroupIndex(), entries{}
	note := func(scope string, err error) { index.gaps = append(index.gaps, gap{scope, err}) }
	for _, base := range d.GroupBases {
		hidden := 0
		visit := func(e *entry) error {
			if seen.again(e, note) {
				return nil
			}
			g := &group{entry: e, name: nameOf(e)}
			for _, attribute := range []string{"member", "uniqueMember", "memberUid"} {
				g.members = append(g.members, e.all(attribute)...)
			}
			var err error
			if g.hidden, err = d.hidesMembers(ctx, g); g.hidden {
				hidden++
			}
			index.add(g)
			return err
		}
		err := d.readBase(ctx, d.groupsBelow(base), reading{visit, func() error { return nil }, note})
		if err != nil {
			return nil, err
		}
		if hidden > 0 {
			note(base, sdk.PermissionMissing([]string{readGroups}, "the account may not read the members of %d groups below %s", hidden, base).
				WithRemedy("Let the account "+d.BindDN+" read and search the members of the groups below "+base+"."))
		}
	}
	d.groups = index
	return index, nil
}

// hidesMembers reports whether a group without visible members may have hidden ones. A directory leaves
// out what the account may not read.
func (d *directory) hidesMembers(ctx context.Context, g *group) (bool, error) {
	if len(g.members) > 0 {
		return false, nil
	}
	var filter string
	if g.entry.holds("objectClass", "posixGroup") {
		filter += "(!(memberUid=*))"
	}
	if g.entry.holds("objectClass", "groupOfUniqueNames") {
		filter += "(!(uniqueMember=*))"
	}
	if g.entry.holds("objectClass", "groupOfNames") || g.entry.holds("objectClass", "group") {
		filter += "(!(member=*))"
	}
	if filter == "" {
		return false, nil // an unknown class, for which the search cannot prove anything
	}
	found, err := d.readOne(ctx, g.entry.dn, "(&"+filter+")", []string{"cn"})
	return found == nil, err
}

// groupRef is a group of an entry.
type groupRef struct {
	dn   string // empty when only its security identifier is known
	sid  string
	read *group // nil when it was not read
}

// membership is the known groups of an entry.
type membership struct {
	groups []string // names; nil = unknown
	admin  kind.Tri // yes or unknown: an account outside the admin groups may have other rights
}

// membershipOf returns the groups of an entry: those in its memberOf, those that list it, and its primary
// group. An empty list is known only if every group was read.
func (d *directory) membershipOf(ctx context.Context, e *entry, index *groupIndex) (membership, error) {
	refs, primary, err := d.refsOf(ctx, e, index)
	if err != nil {
		return membership{}, err
	}
	m := membership{}
	if hasKnownAdmins(e) && slices.ContainsFunc(index.ancestors(append(slices.Clone(refs), primary...)), isAdminGroup) {
		m.admin = kind.Yes
	}
	whole := len(d.GroupBases) > 0 && len(index.gaps) == 0
	if !whole && (len(refs) == 0 || len(index.gaps) > 0 && !e.has("memberOf")) {
		return m, nil
	}
	m.groups, err = d.labels(ctx, append(refs, primary...), index)
	return m, err
}

// refsOf returns the groups of an entry, and apart from them its primary ones.
func (d *directory) refsOf(ctx context.Context, e *entry, index *groupIndex) (refs, primary []groupRef, err error) {
	for _, dn := range e.all("memberOf") {
		refs = append(refs, index.ref(dn))
	}
	listed := slices.Clone(index.of[normal(e.dn)])
	for _, uid := range e.all("uid") {
		listed = append(listed, index.of[normal(uid)]...)
	}
	for _, g := range listed {
		refs = append(refs, g.ref())
	}
	if index.byDN[normal(e.dn)] != nil {
		return refs, nil, nil // a group has no primary group
	}
	for _, g := range index.byGID[e.value("gidNumber")] {
		primary = append(primary, g.ref())
	}
	if id := primarySID(e); id != "" {
		ref := groupRef{sid: id, read: index.bySID[id]}
		if ref.read == nil {
			ref.dn, err = d.nameOfSID(ctx, id, index)
		} else {
			ref.dn = ref.read.entry.dn
		}
		primary = append(primary, ref)
	}
	return refs, primary, err
}

func (g *group) ref() groupRef {
	return groupRef{dn: g.entry.dn, sid: sid(g.entry.raw["objectSid"]), read: g}
}

func (x *groupIndex) ref(dn string) groupRef {
	if g := x.byDN[normal(dn)]; g != nil {
		return groupRef{dn: dn, sid: g.ref().sid, read: g}
	}
	return groupRef{dn: dn}
}

// nameOfSID searches for a group that was not read. It returns "" if the server does not show it.
func (d *directory) nameOfSID(ctx context.Context, id string, index *groupIndex) (string, error) {
	if dn, ok := index.bySelf[id]; ok {
		return dn, nil
	}
	found, err := d.everywhere(ctx, "(objectSid="+id+")")
	if err != nil {
		return "", err
	}
	dn := ""
	if len(found) == 1 {
		dn = found[0].dn
	}
	index.bySelf[id] = dn
	return dn, nil
}

// everywhere searches all trees of the server for a few entries.
func (d *directory) everywhere(ctx context.Context, filter string) ([]*entry, error) {
	if d.conn == nil {
		return nil, nil
	}
	s, err := d.about(ctx)
	if err != nil {
		return nil, err
	}
	var found []*entry
	for _, base := range s.contexts {
		more, err := d.readAll(ctx, base, filter, []string{"cn"})
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	return found, nil
}

// labels returns the sorted names of groups. If several groups have a name, it adds the container:
// "finance (ou=emea,dc=example,dc=com)".
func (d *directory) labels(ctx context.Context, refs []groupRef, index *groupIndex) ([]string, error) {
	byDN, count := map[string]groupRef{}, map[string]int{}
	for _, ref := range refs {
		id := normal(cmp.Or(ref.dn, ref.sid))
		if _, ok := byDN[id]; !ok {
			byDN[id] = ref
			count[strings.ToLower(ref.name())]++
		}
	}
	names := []string{}
	for _, ref := range byDN {
		several, err := d.isSeveral(ctx, ref, index)
		if err != nil {
			return nil, err
		}
		if several || count[strings.ToLower(ref.name())] > 1 {
			names = append(names, ref.name()+" ("+containerOf(ref.dn)+")")
		} else {
			names = append(names, ref.name())
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (r groupRef) name() string {
	switch {
	case r.read != nil:
		return r.read.name
	case r.dn != "":
		return commonName(r.dn)
	}
	return r.sid
}

// isSeveral reports whether the directory shows several groups with the name.
func (d *directory) isSeveral(ctx context.Context, ref groupRef, index *groupIndex) (bool, error) {
	name := strings.ToLower(ref.name())
	read := index.named[name]
	switch {
	case ref.dn == "":
		return false, nil
	case ref.read != nil:
		return read > 1, nil
	case read > 0:
		return true, nil
	}
	if several, ok := index.outside[name]; ok {
		return several, nil
	}
	found, err := d.everywhere(ctx, "(&"+d.GroupFilter+"(cn="+ldap.EscapeFilter(ref.name())+"))")
	if err != nil {
		return false, err
	}
	index.outside[name] = len(found) > 1
	return len(found) > 1, nil
}

// ancestors returns the groups with all groups that contain them, directly or not.
func (x *groupIndex) ancestors(refs []groupRef) []groupRef {
	seen := map[string]bool{}
	for i := 0; i < len(refs); i++ { // refs grows
		id := normal(refs[i].dn)
		if seen[id] || refs[i].read == nil {
			continue
		}
		seen[id] = true
		for _, dn := range refs[i].read.entry.all("memberOf") {
			refs = append(refs, x.ref(dn))
		}
		for _, g := range x.of[id] {
			refs = append(refs, g.ref())
		}
	}
	return refs
}

// hasKnownAdmins reports whether the entry belongs to a system with known admin groups: Active Directory or
// FreeIPA.
func hasKnownAdmins(e *entry) bool {
	return isWindows(e) || e.has("objectSid") || e.has("ipaUniqueID")
}

// isAdminGroup reports whether a group administers an Active Directory domain or FreeIPA. The identifiers
// are the same in every language; the names are those of an English installation.
func isAdminGroup(ref groupRef) bool {
	if ref.sid == "S-1-5-32-544" {
		return true
	}
	if strings.HasPrefix(ref.sid, "S-1-5-21-") {
		switch ref.sid[strings.LastIndexByte(ref.sid, '-')+1:] {
		case "512", "518", "519": // Domain Admins, Schema Admins, Enterprise Admins
			return true
		}
	}
	lower := normal(ref.dn)
	switch commonName(lower) {
	case "domain admins", "enterprise admins", "schema admins", "administrators":
		return strings.Contains(lower, "dc=")
	}
	return strings.HasPrefix(lower, "cn=admins,cn=groups,cn=accounts,")
}
