package main

import (
	"context"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
)

func readUserStream(ctx context.Context, d *directory, out *sdk.Output) error {
	out.Note("Reading the groups and their members.")
	index, err := d.readGroupsOnce(ctx)
	if err != nil {
		return err
	}
	out.Note("")
	seen, now := entries{}, time.Now()
	visit := func(e *entry) error {
		if seen.again(e, out.Gap) {
			return nil
		}
		account := toAccount(e)
		if account.Status, err = d.statusOf(ctx, e, now); err != nil {
			return err
		}
		in, err := d.membershipOf(ctx, e, index)
		if err != nil {
			return err
		}
		account.Groups, account.Admin = in.groups, in.admin
		return out.Put(account.ExternalID, account)
	}
	for _, base := range d.UserBases {
		d.free = map[nameHash]bool{}
		if err := d.readFree(ctx, base); err != nil {
			return err
		}
		page := func() error { return out.Checkpoint(nil) }
		if err := d.readBase(ctx, d.people(base), reading{visit, page, out.Gap}); err != nil {
			return err
		}
	}
	return nil
}

// entries are the entries that were read, by their key.
type entries map[string]nameHash

// again reports whether an entry was read before. It reports a gap if the earlier entry with the key has another
// name: then one of the two has no record. Otherwise the entry is below two bases.
func (s entries) again(e *entry, gap func(scope string, err error)) bool {
	key, name := keyOf(e), hashOf(e.dn)
	other, read := s[key]
	if !read {
		s[key] = name
	} else if other != name {
		gap("record "+key, sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "%s has the id %s, which another entry has too", e.dn, key).
			WithRemedy("Sync again if the entry has just been moved. Otherwise give each entry its own id in the directory."))
	}
	return read
}

func readGroupStream(ctx context.Context, d *directory, out *sdk.Output) error {
	index, err := d.readGroupsOnce(ctx)
	if err != nil {
		return err
	}
	for _, g := range index.gaps {
		out.Gap(g.scope, g.err)
	}
	out.Expect(len(index.groups))
	for _, g := range index.groups {
		label, err := d.labels(ctx, []groupRef{{dn: g.entry.dn, read: g}}, index)
		if err != nil {
			return err
		}
		account := toGroup(g, label[0])
		in, err := d.membershipOf(ctx, g.entry, index)
		if err != nil {
			return err
		}
		account.Groups = in.groups
		if err := out.Put(keyOf(g.entry), account); err != nil {
			return err
		}
	}
	return nil
}
