package rulebook

import (
	"context"

	"github.com/plumbline-dev/plumbline/host/verdict"
)

// PutVersion stores a published version as it is, as an earlier version of the product may have.
func (b *Rulebook) PutVersion(ctx context.Context, v verdict.CustomVersion) error {
	_, err := b.versions().Put(ctx, versionKey(v.Test.ID, v.Version), v, 0)
	return err
}
