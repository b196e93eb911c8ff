package main

import (
	"context"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/plumbline-dev/plumbline/sdk"
)

// group is a group and who is in it, as the directory writes them.
type group struct {
	entry   *ldap.Entry
	name    string
	members []string // distinguished names and user names
}

// groupIndex is every group that was read.
type groupIndex struct {
	groups []group
	of     map[string][]string // group names by member, as normal writes it
	gaps   []gap               // with one, a membership that is not listed is not known
}

type gap struct {
	scope string
	err   error
}

// readGroupsOnce reads the groups the first time it is called: both streams need
// them.
func (d *directory) readGroupsOnce(ctx context.Context) (*groupIndex, error) {
	if d.groups != nil {
		return d.groups, nil
	}
	index, seen := &groupIndex{of: map[string][]string{}}, map[string]bool{}
	visit := func(entry *ldap.Entry) error {
		if seen[keyOf(entry)] {
			return nil // below two bases
		}
		seen[keyOf(entry)] = true
		g := group{entry: entry, name: nameOf(entry)}
		for _, attribute := range []string{"member", "uniqueMember", "memberUid"} {
			g.members = append(g.members, entry.GetAttributeValues(attribute)...)
		}
		index.groups = append(index.groups, g)
		for _, member := range g.members {
			index.of[normal(member)] = append(index.of[normal(member)], g.name)
		}
		return nil
	}
	for _, base := range d.GroupBases {
		err := d.search(ctx, base, d.GroupFilter, readGroups, visit, func() error { return nil },
			func(scope string, err error) { index.gaps = append(index.gaps, gap{scope, err}) })
		if err != nil {
			return nil, err
		}
	}
	d.groups = index
	return index, nil
}

// groupsOf returns the names of the groups an entry is in, nil when that is not
// known. The entry's own memberOf counts, and so do the groups that were read;
// that nobody lists it means something only when every group was read.
func (d *directory) groupsOf(entry *ldap.Entry, index *groupIndex) []string {
	var names []string
	for _, dn := range entry.GetAttributeValues("memberOf") {
		names = append(names, commonName(dn))
	}
	names = append(names, index.of[normal(entry.DN)]...)
	if uid := entry.GetAttributeValue("uid"); uid != "" {
		names = append(names, index.of[normal(uid)]...)
	}
	if len(names) == 0 && (len(d.GroupBases) == 0 || len(index.gaps) > 0) {
		return nil
	}
	slices.Sort(names)
	if names == nil {
		return []string{}
	}
	return slices.Compact(names)
}

func readUserStream(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	d, err := sdk.From[*directory](s)
	if err != nil {
		return err
	}
	out.Note("Reading groups, to know who is in which.")
	index, err := d.readGroupsOnce(ctx)
	if err != nil {
		return err
	}
	out.Note("")
	seen := map[string]bool{}
	visit := func(entry *ldap.Entry) error {
		key := keyOf(entry)
		if seen[key] {
			return nil // below two bases
		}
		seen[key] = true
		account := toAccount(entry)
		account.Groups = d.groupsOf(entry, index)
		return out.Put(key, account)
	}
	for _, base := range d.UserBases {
		err := d.search(ctx, base, d.UserFilter, readUsers, visit, func() error { return out.Checkpoint(nil) }, out.Gap)
		if err != nil {
			return err
		}
	}
	return nil
}

func readGroupStream(ctx context.Context, s *sdk.Session, out *sdk.Output) error {
	d, err := sdk.From[*directory](s)
	if err != nil {
		return err
	}
	index, err := d.readGroupsOnce(ctx)
	if err != nil {
		return err
	}
	for _, g := range index.gaps {
		out.Gap(g.scope, g.err)
	}
	out.Expect(len(index.groups))
	for _, g := range index.groups {
		account := toGroup(g)
		account.Groups = d.groupsOf(g.entry, index)
		if err := out.Put(keyOf(g.entry), account); err != nil {
			return err
		}
	}
	return nil
}

// normal writes a distinguished name so that two spellings of it meet; a user
// name is merely put into lower case.
func normal(name string) string {
	dn, err := ldap.ParseDN(name)
	if err != nil || !strings.Contains(name, "=") {
		return strings.ToLower(name)
	}
	return strings.ToLower(dn.String())
}

// commonName returns the first value of a distinguished name.
func commonName(dn string) string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil || len(parsed.RDNs) == 0 || len(parsed.RDNs[0].Attributes) == 0 {
		return dn
	}
	return parsed.RDNs[0].Attributes[0].Value
}
