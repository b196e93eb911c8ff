package export_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/export"
)

const id = "01JDXXXXXXXXXXXXXXXXXXXXXX"

func TestAFileIsKeptForADay(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "exports")
	files := export.In(dir)
	now := time.Now()
	if _, err := files.Find(id, now); !host.IsNotFound(err) {
		t.Errorf("before there is a directory: %v", err)
	}
	err := files.Write(id, "plumbline-x.csv", func(w io.Writer) error {
		_, err := io.WriteString(w, "x")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := files.Find(id, now)
	if err != nil || found.Name != "plumbline-x.csv" {
		t.Fatalf("found %+v, %v", found, err)
	}
	if info, err := os.Stat(found.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if n, err := files.Sweep(now.Add(23 * time.Hour)); n != 0 || err != nil {
		t.Errorf("after 23 hours %d files were deleted, %v", n, err)
	}
	for _, other := range []string{"", ".", "../x", "01jdxxxxxxxxxxxxxxxxxxxxxx"} {
		if _, err := files.Find(other, now); !host.IsNotFound(err) {
			t.Errorf("found %q: %v", other, err)
		}
	}
	later := now.Add(24*time.Hour + time.Second)
	if _, err := files.Find(id, later); !host.IsNotFound(err) {
		t.Errorf("after a day: %v", err)
	}
	if n, err := files.Sweep(later); n != 1 || err != nil {
		t.Errorf("after a day %d files were deleted, %v", n, err)
	}
	if left, err := os.ReadDir(dir); len(left) != 0 || err != nil {
		t.Errorf("%v are left, %v", left, err)
	}
}

func TestAWriteThatFailsLeavesNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	broken := errors.New("broken")
	if err := export.In(dir).Write(id, "x.csv", func(io.Writer) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("it says %v", err)
	}
	if left, err := os.ReadDir(dir); len(left) != 0 || err != nil {
		t.Errorf("%v are left, %v", left, err)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for want, parts := range map[string][]string{
		"plumbline-accounts-2026-11-29T0912Z.csv":     {"accounts"},
		"plumbline-hq-users-2026-11-29T0912Z.csv":     {"hq", "users"},
		"plumbline-etc-passwd-x-2026-11-29T0912Z.csv": {"../../etc/passwd\r\n", "X\""},
		"plumbline-" + x60 + "-2026-11-29T0912Z.csv":  {x60 + "yyy"},
	} {
		if got := export.Name(parts, at, "csv"); got != want {
			t.Errorf("%q becomes %q, want %q", parts, got, want)
		}
	}
}

const x60 = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
