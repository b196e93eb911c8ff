package boot_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
)

func TestNothingIsRestoredWithoutAnActor(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(dataDir(t), "data")
	_, err := boot.Restore(t.Context(), options(t, dir, nil), "/missing", boot.BackupKey{HostKey: true}, nil)
	if p := problem(t, err); p.Code != host.CodeNoActor {
		t.Errorf("it is refused as %s: %s", p.Code, p.Message)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the data directory was made: %v", err)
	}
}
