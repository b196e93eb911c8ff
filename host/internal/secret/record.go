package secret

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// record is DIR/key.json: where the key of a data directory is, never the key itself.
type record struct {
	Backend     string `json:"backend"`
	ID          string `json:"id"`          // of the keychain entry
	Fingerprint string `json:"fingerprint"` // of the key
}

func recordPath(dir string) string { return filepath.Join(dir, "key.json") }

// readRecord returns the record of dir, nil for a directory without a key.
func readRecord(dir string) (*record, error) {
	raw, err := os.ReadFile(recordPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read key record: %w", err)
	}
	var r record
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, damagedRecord(recordPath(dir)).Because(err)
	}
	switch r.Backend {
	case BackendFile, BackendKeyring, BackendSystemd:
		return &r, nil
	}
	return nil, damagedRecord(recordPath(dir))
}

func (r record) save(dir string) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		err = durable.WriteBytes(recordPath(dir), 0o600, raw)
	}
	if err != nil {
		return fmt.Errorf("write key record: %w", err)
	}
	return nil
}

// location returns where the key of dir is kept.
func (r record) location(dir string) location {
	switch r.Backend {
	case BackendSystemd:
		return credential{path: credentialPath()}
	case BackendKeyring:
		return keychain{id: r.ID}
	}
	return keyFile{path: filepath.Join(dir, "master.key")}
}
