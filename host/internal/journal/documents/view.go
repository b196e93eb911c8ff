package documents

import (
	"context"
	"fmt"
	"strings"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

// viewKey is the key of a saved view: names that differ in their case are one.
func viewKey(page, name string) string { return page + "/" + strings.ToLower(name) }

// Views returns the saved views of a page, by name.
func (d *Documents) Views(page string) ([]host.SavedView, error) {
	all, err := d.views.List()
	views := make([]host.SavedView, 0, len(all))
	for _, v := range all {
		if v.Value.Page == page {
			views = append(views, v.Value)
		}
	}
	return views, err
}

// SaveView stores a view, in place of one of the same page and name.
func (d *Documents) SaveView(ctx context.Context, v host.SavedView) error {
	key := viewKey(v.Page, v.Name)
	err := d.Edit(ctx, func(e *Edit) error {
		before, err := layout.LoadDocument(e.Txn, layout.CollectionView, key)
		if err != nil {
			return err
		}
		if before.Revision > 0 {
			if stored, err := d.views.load(e.Txn, key); err != nil || stored.Value == v {
				return err
			}
		}
		_, err = d.views.put(e, key, v)
		return err
	})
	if err != nil {
		return fmt.Errorf("save view: %w", err)
	}
	return nil
}

// RemoveView deletes a view, or answers a host.not_found problem.
func (d *Documents) RemoveView(ctx context.Context, page, name string) error {
	return d.views.Delete(ctx, viewKey(page, name), 0)
}
