package backup_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/artifact"
	"github.com/plumbline-dev/plumbline/host/internal/backup"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	stored "github.com/plumbline-dev/plumbline/host/internal/journal/backup"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

// TestFilesAreInABackup writes a backup with files, reads them back, and changes a byte of one.
func TestFilesAreInABackup(t *testing.T) {
	t.Parallel()
	p := hosttest.OpenParts(t, t.TempDir())
	dir := filepath.Join(p.Dir, "evidence")
	files := artifact.In(dir, nil)
	want := map[string]string{}
	for _, content := range []string{"one", strings.Repeat("two", 100_000)} {
		file, err := files.Put(strings.NewReader(content), "a.txt", 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		want[file.SHA256] = content
	}
	key := secret.BackupKey{Passphrase: "correct horse battery staple"}
	made := filepath.Join(p.Dir, "made.age")
	b, err := backup.WriteWith(t.Context(), p.Store, dir, made, key, "1", func(journal.Progress) {})
	if err != nil || b.Files != 2 {
		t.Fatalf("it has %d files, %v", b.Files, err)
	}
	read := func(r io.Reader) (host.Backup, error) {
		return stored.Read(context.Background(), r, func(journal.Progress) {})
	}
	got := map[string]string{}
	again, err := backup.ReadWith(made, key, read, func(name string, r io.Reader) error {
		raw, err := io.ReadAll(r)
		got[name] = string(raw)
		return err
	})
	if err != nil || again.Files != 2 || again.Entries != b.Entries {
		t.Errorf("it is read as %+v, %v", again, err)
	}
	for name, content := range want {
		if got[name] != content {
			t.Errorf("the file %s has %d bytes, want %d", name, len(got[name]), len(content))
		}
	}
	if checked, err := backup.Read(made, key, read); err != nil || checked.Files != 2 {
		t.Errorf("it is checked as %+v, %v", checked, err)
	}
	for name := range want {
		if err := os.WriteFile(filepath.Join(dir, name[:2], name), []byte("changed"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err = backup.WriteWith(t.Context(), p.Store, dir, filepath.Join(p.Dir, "second.age"), key, "1", func(journal.Progress) {})
	if hosttest.Problem(t, err).Code != host.CodeStoreDamaged {
		t.Errorf("with a changed byte it is refused with %v", err)
	}
	if _, err := os.Stat(filepath.Join(p.Dir, "second.age")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a backup is left: %v", err)
	}
}

// TestABackupWithoutFilesIsReadByEarlierVersions: it is the content of the journal alone.
func TestABackupWithoutFilesIsReadByEarlierVersions(t *testing.T) {
	t.Parallel()
	p := hosttest.OpenParts(t, t.TempDir())
	key := secret.BackupKey{Passphrase: "correct horse battery staple"}
	made := filepath.Join(p.Dir, "made.age")
	_, err := backup.WriteWith(t.Context(), p.Store, filepath.Join(p.Dir, "evidence"), made, key, "1", func(journal.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(made)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	opened, err := secret.OpenBackup(file, key)
	if err == nil {
		_, err = stored.Read(t.Context(), opened, func(journal.Progress) {})
	}
	if err != nil {
		t.Error(err)
	}
}
