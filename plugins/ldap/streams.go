package main

import (
	"context"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
)

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
	seen, now := map[string]nameHash{}, time.Now()
	visit := func(e *entry) error {
		key := keyOf(e)
		if other, ok := seen[key]; ok {
			if other != hashOf(e.dn) {
				out.Gap("record "+key, twoOfOneID(e, key))
			}
			return nil // below two bases
		}
		seen[key] = hashOf(e.dn)
		account := toAccount(e)
		if account.Status, err = d.statusOf(ctx, e, now); err != nil {
			return err
		}
		in, err := d.membershipOf(ctx, e, index)
		if err != nil {
			return err
		}
		account.Groups, account.Admin = in.groups, in.admin
		return out.Put(key, account)
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

// twoOfOneID is the error of two entries that show the same id: one of them has no
// record.
func twoOfOneID(e *entry, id string) error {
	return sdk.Errorf(sdk.CodeUpstreamInvalidResponse, "%s has the id %s, which another entry has too", e.dn, id).
		WithRemedy("Sync again if the entry was moved just now. Otherwise give each entry an id of its own in the directory.")
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
