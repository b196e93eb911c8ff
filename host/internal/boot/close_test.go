package boot_test

import (
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/datadir"
)

func TestASecondCloseTakesNothingFromTheNextOwner(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	first := open(t, options(t, dir, nil))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, options(t, dir, nil))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if owner, ok := datadir.ReadOwner(dir); !ok {
		t.Errorf("the next owner's note is gone: %+v", owner)
	}
}
