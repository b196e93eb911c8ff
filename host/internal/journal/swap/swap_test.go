package swap_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/journal/anchor"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
	"github.com/plumbline-dev/plumbline/host/internal/journal/swap"
)

// TestSwapCrashes stops a swap after each of its renames; the next start must
// finish it, with the old store kept whole. The disk may be mounted somewhere else by then.
func TestSwapCrashes(t *testing.T) {
	t.Parallel()
	for crash := range 10 {
		dir := filepath.Join(t.TempDir(), "store")
		before := dir + ".before-restore-x" // as the swap was begun
		if crash >= 5 {
			crash -= 5
			before = filepath.Join(t.TempDir(), "store.before-restore-x")
			Must(t, os.Mkdir(before, 0o700)) // the disk that this one is a copy of
		}
		write := func(path, text string) { Must(t, os.WriteFile(path, []byte(text), 0o600)) }
		Must(t, errors.Join(os.Mkdir(dir, 0o700), os.Mkdir(swap.Fresh(dir), 0o700)))
		write(filepath.Join(dir, "x"), "old")
		write(anchor.Path(dir), "old")
		write(filepath.Join(swap.Fresh(dir), "x"), "new")
		write(anchor.Path(swap.Fresh(dir)), "new")
		old := dir + ".before-restore-x"
		write(dir+".swap", `{"old":"`+before+`"}`)
		for _, step := range [][2]string{
			{anchor.Path(dir), anchor.Path(old)}, {dir, old},
			{anchor.Path(swap.Fresh(dir)), anchor.Path(dir)}, {swap.Fresh(dir), dir},
		}[:crash] {
			Must(t, os.Rename(step[0], step[1]))
		}
		Must(t, swap.Finish(dir))
		Must(t, swap.Finish(dir))
		for path, want := range map[string]string{
			filepath.Join(dir, "x"): "new", anchor.Path(dir): "new", filepath.Join(old, "x"): "old", anchor.Path(old): "old",
		} {
			if got := string(OK(os.ReadFile(path))(t)); got != want {
				t.Errorf("after %d renames %s holds %q", crash, filepath.Base(path), got)
			}
		}
	}
}
