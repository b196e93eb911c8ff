package documents

import (
	"cmp"
	"context"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
)

func (d *Documents) drafts() *Collection[host.Draft] {
	return NewCollection(d, "draft", func(draft host.Draft) string { return draft.Alias })
}

// PutDraft stores a draft under its id and returns it with its time, actor and revision.
// IfRevision is the revision that the caller has read, 0 for any.
func (d *Documents) PutDraft(ctx context.Context, draft host.Draft, ifRevision uint64) (host.Draft, error) {
	actor, err := host.Acting(ctx)
	if err != nil {
		return host.Draft{}, err
	}
	if err := draft.Validate(); err != nil {
		return host.Draft{}, err
	}
	if err := d.ledger.Disk.Check(); err != nil {
		return host.Draft{}, err
	}
	draft.UpdatedBy, draft.ConnectorName = &actor, ""
	var stored Document[host.Draft]
	err = d.Edit(ctx, func(e *Edit) error {
		if ifRevision != 0 {
			if err := d.drafts().expect(e.Txn, draft.ID, ifRevision); err != nil {
				return err
			}
		}
		stored, err = d.drafts().put(e, draft.ID, draft)
		return err
	})
	return draftOf(stored), err
}

// Draft returns the draft with this id.
func (d *Documents) Draft(id string) (host.Draft, error) {
	stored, err := d.drafts().Get(id)
	return draftOf(stored), err
}

// Drafts returns all drafts, the latest changed first.
func (d *Documents) Drafts() ([]host.Draft, error) {
	stored, err := d.drafts().List()
	all := make([]host.Draft, 0, len(stored))
	for _, one := range stored {
		all = append(all, draftOf(one))
	}
	slices.SortFunc(all, func(a, b host.Draft) int {
		return cmp.Or(b.UpdatedAt.Compare(a.UpdatedAt), cmp.Compare(a.ID, b.ID))
	})
	return all, err
}

// DeleteDraft deletes the draft with this id.
func (d *Documents) DeleteDraft(ctx context.Context, id string) error {
	return d.drafts().Delete(ctx, id, 0)
}

// draftOf returns a stored draft with what the journal says of it.
func draftOf(stored Document[host.Draft]) host.Draft {
	draft := stored.Value
	draft.Revision, draft.UpdatedAt = stored.Revision, stored.UpdatedAt
	draft.Prerequisites, draft.Steps = filled(draft.Prerequisites), filled(draft.Steps)
	return draft
}

func filled(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
