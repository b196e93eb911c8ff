package calls

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/auditpack"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/route"
	"github.com/plumbline-dev/plumbline/host/internal/packing"
)

// StartPack begins to put evidence into one file.
func (c *Client) StartPack(ctx context.Context, request packing.Request) (host.Task, error) {
	return call[host.Task](ctx, c, http.MethodPost, route.EvidencePacks, operation.Body[packing.Request]{Body: request})
}

// Packs returns the packs that were made.
func (c *Client) Packs(ctx context.Context) ([]auditpack.Pack, error) {
	return items[auditpack.Pack](ctx, c, route.EvidencePacks, struct{}{})
}

// Pack returns one pack.
func (c *Client) Pack(ctx context.Context, id string) (auditpack.Pack, error) {
	return call[auditpack.Pack](ctx, c, http.MethodGet, route.EvidencePack, operation.IDParam{ID: id})
}

// PackFile writes the file of a pack, which has so many bytes, to w.
func (c *Client) PackFile(ctx context.Context, one auditpack.Pack, w io.Writer) error {
	if err := c.file(ctx, route.EvidencePackFile, one.ID, one.Bytes, w); err != nil {
		return fmt.Errorf("read pack: %w", err)
	}
	return nil
}

// DeletePack deletes a pack with its file.
func (c *Client) DeletePack(ctx context.Context, id string) error {
	return remove(ctx, c, route.EvidencePack, operation.IDParam{ID: id})
}

// PackKey returns the public key that verifies packs.
func (c *Client) PackKey(ctx context.Context) (auditpack.PackKey, error) {
	return call[auditpack.PackKey](ctx, c, http.MethodGet, route.EvidencePackKey, struct{}{})
}

// NewPackKey makes a new key that signs packs.
func (c *Client) NewPackKey(ctx context.Context) (auditpack.PackKey, error) {
	return call[auditpack.PackKey](ctx, c, http.MethodPost, route.EvidencePackKey, struct{}{})
}
