package packing

import (
	"context"

	"github.com/plumbline-dev/plumbline/host/auditpack"
	"github.com/plumbline-dev/plumbline/host/internal/task"
)

// Build makes and keeps a pack without a task.
func (p *Packer) Build(ctx context.Context, r Request, report func(task.Progress)) (auditpack.Pack, error) {
	w, err := p.understand(r)
	if err != nil {
		return auditpack.Pack{}, err
	}
	one := auditpack.Pack{ID: task.NewID(), Framework: w.framework.ID, From: w.from, Until: w.until, Moment: w.moment, Status: "running"}
	one.File = fileName(one)
	return p.build(ctx, one, w, report)
}

// LoseKey deletes the secret of the key, as a restore from a backup does.
func (p *Packer) LoseKey(ctx context.Context) error {
	found, err := p.stored()
	if err != nil {
		return err
	}
	_, err = p.keys().PutWithSecret(ctx, keyDocument, found.Value, found.Revision, keySecret, nil)
	return err
}

// What is tested alone.
var (
	Spans = spans
	Full  = full
)
