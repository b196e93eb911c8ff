package pack

import (
	"encoding/json"
	"time"

	"github.com/plumbline-dev/plumbline/host/internal/release"
)

// CheckProofs checks a checkpoint and proofs without a pack around them.
func CheckProofs(checkpoint, raw []byte, key string, moment time.Time) error {
	public, err := release.Ed25519Public(key)
	if err != nil {
		return err
	}
	o, err := openCheckpoint(checkpoint, public, moment)
	if err != nil {
		return err
	}
	var p proofs
	if err := json.Unmarshal(raw, &p); err != nil {
		return err
	}
	return o.checkAll(p, nil)
}
