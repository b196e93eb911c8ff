package plugin_test

import (
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/host/internal/plugin"
)

func TestKnownStartsNoProgram(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fake(t)
	b.program(t, "other", "no connector")
	// A launcher that cannot start anything will do.
	fresh := plugin.NewCatalog([]string{b.dir}, filepath.Join(b.work, "empty"), "test", nil)
	known, others, err := fresh.Known(nil)
	if err != nil || len(known) != 0 || !slices.Equal(others, []string{"fake", "other"}) {
		t.Fatalf("a fresh catalog knows %v, not %v: %v", known, others, err)
	}
	known, others, err = b.catalog.Known(nil)
	if err != nil || len(known) != 1 || known[0].Name != "Fake" || !slices.Equal(others, []string{"other"}) {
		t.Fatalf("with one described it knows %v, not %v: %v", known, others, err)
	}
	if _, err := b.catalog.Lookup(t.Context(), "other", nil); err == nil {
		t.Fatal("a text is a connector")
	}
	known, others, err = b.catalog.Known(nil)
	if err != nil || len(known) != 2 || len(others) != 0 || known[1].Problem == nil {
		t.Errorf("with both asked it knows %v, not %v: %v", known, others, err)
	}
	b.program(t, "fake", "replaced")
	if _, others, err = b.catalog.Known(nil); err != nil || !slices.Equal(others, []string{"fake"}) {
		t.Errorf("after a program changed it does not know %v: %v", others, err)
	}
}

func TestCallersAtOneMomentShareOneQuestion(t *testing.T) {
	t.Parallel()
	b := setup(t)
	want := b.fake(t)
	b.catalog = plugin.NewCatalog([]string{b.dir}, filepath.Join(b.work, "again"), "test", b.launcher)
	before := b.launcher.Starts()
	var callers errgroup.Group
	for range 8 {
		callers.Go(func() error {
			got, err := b.catalog.Lookup(t.Context(), "fake", nil)
			if err == nil && got.SHA256 != want.SHA256 {
				t.Errorf("one of eight got %q", got.SHA256)
			}
			return err
		})
	}
	if err := callers.Wait(); err != nil {
		t.Error(err)
	}
	if n := b.launcher.Starts() - before; n != 1 {
		t.Errorf("eight callers had the program started %d times", n)
	}
}
