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

// memory is what a data directory remembers of its key: never the key itself.
type memory struct {
	Backend     string `json:"backend"`
	ID          string `json:"id"`          // of the keychain entry
	Fingerprint string `json:"fingerprint"` // of the key
}

func memoryPath(dir string) string { return filepath.Join(dir, "key.json") }

// recall returns what dir remembers, or nil for a directory without a key.
func recall(dir string) (*memory, error) {
	raw, err := os.ReadFile(memoryPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read where the key is: %w", err)
	}
	var m memory
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, damagedMemory(memoryPath(dir)).Because(err)
	}
	switch m.Backend {
	case BackendFile, BackendKeyring, BackendSystemd:
		return &m, nil
	}
	return nil, damagedMemory(memoryPath(dir))
}

// save writes m so that a crash leaves the whole file or none.
func (m memory) save(dir string) error {
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("remember where the key is: %w", err)
	}
	if err := durable.WriteBytes(memoryPath(dir), 0o600, raw); err != nil {
		return fmt.Errorf("remember where the key is: %w", err)
	}
	return nil
}

// home returns where m says the key of dir is.
func (m memory) home(dir string) home {
	switch m.Backend {
	case BackendSystemd:
		return credential{path: credentialPath()}
	case BackendKeyring:
		return keychain{id: m.ID}
	}
	return keyFile{path: filepath.Join(dir, "master.key")}
}
