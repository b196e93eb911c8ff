package documents

import (
	"context"
	"fmt"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/verdict"
)

// CollectionVerdict holds what each test found, by the id of the test. Its edits are the history of the test.
const CollectionVerdict = "verdict"

// verdictsOfEdit is how many verdicts one edit has at most.
const verdictsOfEdit = 20

func newVerdicts(d *Documents) *Collection[verdict.Recorded] {
	return NewCollection(d, CollectionVerdict, func(r verdict.Recorded) string { return r.Test })
}

// Verdicts returns what every test found last.
func (d *Documents) Verdicts() ([]Document[verdict.Recorded], error) { return d.verdicts.List() }

// PutVerdicts adds what tests found to their histories. The context names who or what had them judged.
func (d *Documents) PutVerdicts(ctx context.Context, found []verdict.Recorded) error {
	for part := range slices.Chunk(found, verdictsOfEdit) {
		err := d.Edit(ctx, func(e *Edit) error {
			for _, r := range part {
				if _, err := d.verdicts.put(e, r.Test, r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("write %s: %w", CollectionVerdict, err)
		}
	}
	return nil
}

// VerdictHistory returns what a test found, newest first, at most limit.
func (d *Documents) VerdictHistory(id string, limit int) ([]host.Entry, error) {
	return d.verdicts.History(id, limit)
}
