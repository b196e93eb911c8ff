//go:build unix

package desktop_test

import (
	"os"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/api/access"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
)

func TestTheSocketIsPrivate(t *testing.T) {
	t.Parallel()
	dir := hosttest.Dir(t)
	first(t, dir)
	info, err := os.Stat(access.WindowSocketPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("others may use it: %v", info.Mode())
	}
}
