package packing

import (
	"context"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/auditpack"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
	"github.com/plumbline-dev/plumbline/host/internal/pack"
	"github.com/plumbline-dev/plumbline/host/internal/release"
)

// Where the key is.
const (
	keyDocument = "key"
	keySecret   = "evidence-pack-key"
	keyOwner    = "host" // stands for the connection where it is sealed
)

// storedKey is the document of the key.
type storedKey struct {
	Public string                    `json:"public"`
	MadeAt time.Time                 `json:"made_at"`
	Former []auditpack.FormerPackKey `json:"former,omitempty"`
}

func (p *Packer) keys() *documents.Collection[storedKey] {
	return documents.NewCollection(p.parts.Store.Documents, "evidence_key", func(k storedKey) string { return k.Public })
}

// stored returns the document of the key, with revision 0 when there is none.
func (p *Packer) stored() (documents.Document[storedKey], error) {
	found, err := p.keys().Get(keyDocument)
	if host.IsNotFound(err) {
		return documents.Document[storedKey]{}, nil
	}
	return found, err
}

// PackKey returns the key that signs packs, without its secret.
func (p *Packer) PackKey() (auditpack.PackKey, error) {
	found, err := p.stored()
	if err != nil || found.Revision == 0 {
		return auditpack.PackKey{Former: []auditpack.FormerPackKey{}}, err
	}
	k := found.Value
	_, lost := p.open(k)
	return auditpack.PackKey{
		Made: true, Public: k.Public, MadeAt: &k.MadeAt, Lost: lost != nil, Former: append([]auditpack.FormerPackKey{}, k.Former...),
	}, nil
}

// open opens the secret of a key.
func (p *Packer) open(k storedKey) (pack.Key, error) {
	sealed, err := p.parts.Store.HostSecret(keySecret)
	if err != nil {
		return pack.Key{}, err
	}
	plain, err := p.parts.Key.Open(keyOwner, keySecret, sealed)
	if err != nil {
		return pack.Key{}, host.Refused(auditpack.CodeKeyLost,
			"Make a new one with `plumbline evidence key --new`, and give the new public key to those who verify packs: keys are in no backup.",
			"the key that signs packs is not stored any more").Because(err)
	}
	return pack.Key{Private: plain, Public: k.Public}, nil
}

// signing returns the key that signs packs, and makes it for the first pack.
func (p *Packer) signing(ctx context.Context) (pack.Key, error) {
	found, err := p.stored()
	if err != nil {
		return pack.Key{}, err
	}
	if found.Revision == 0 {
		return p.make(ctx, found)
	}
	return p.open(found.Value)
}

// NewPackKey makes a new key. Packs of the former one stay valid under that one.
func (p *Packer) NewPackKey(ctx context.Context) (auditpack.PackKey, error) {
	return actor.Act(ctx, func(host.Actor) (auditpack.PackKey, error) {
		found, err := p.stored()
		if err != nil {
			return auditpack.PackKey{}, err
		}
		if _, err := p.make(ctx, found); err != nil {
			return auditpack.PackKey{}, err
		}
		return p.PackKey()
	})
}

// make makes and stores a key in place of another.
func (p *Packer) make(ctx context.Context, before documents.Document[storedKey]) (pack.Key, error) {
	made, err := release.NewKey("")
	if err != nil {
		return pack.Key{}, err
	}
	sealed, err := p.parts.Key.Seal(keyOwner, keySecret, made.Private)
	if err != nil {
		return pack.Key{}, err
	}
	now := p.parts.Now().UTC()
	k := storedKey{Public: made.Signer, MadeAt: now, Former: before.Value.Former}
	if before.Revision > 0 {
		former := auditpack.FormerPackKey{Public: before.Value.Public, MadeAt: before.Value.MadeAt, RetiredAt: now}
		k.Former = slices.Insert(slices.Clone(k.Former), 0, former)
	}
	if _, err := p.keys().PutWithSecret(ctx, keyDocument, k, before.Revision, keySecret, sealed); err != nil {
		return pack.Key{}, err
	}
	return pack.Key{Private: made.Private, Public: made.Signer}, nil
}
