package backup_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/backup"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	stored "github.com/plumbline-dev/plumbline/host/internal/journal/backup"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

func quiet(journal.Progress) {}

func TestABackupIsListedAndOpensWithItsKeyAlone(t *testing.T) {
	t.Parallel()
	p := hosttest.OpenParts(t, "")
	p.Connect(t, host.Connection{Alias: "corp", Settings: []byte("{}")}, nil)
	const recipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
	const identity = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
	for with, test := range map[string]struct{ seal, open secret.BackupKey }{
		secret.SealedPassphrase: {secret.BackupKey{Passphrase: "sesame"}, secret.BackupKey{Passphrase: "sesame"}},
		secret.SealedRecipients: {secret.BackupKey{Recipients: []string{recipient}}, secret.BackupKey{Identities: identity}},
		secret.SealedHostKey:    {secret.BackupKey{Host: p.Key}, secret.BackupKey{Host: p.Key}},
	} {
		file := filepath.Join(backup.Dir(p.Dir), with+backup.Suffix)
		b, err := backup.Write(t.Context(), p.Store, file, test.seal, "1.2.3", quiet)
		if err != nil || b.File != file || b.Bytes == 0 || b.SealedWith != with || len(b.Connections) != 1 {
			t.Fatalf("%s: wrote %+v, %v", with, b, err)
		}
		read := func(r io.Reader) (host.Backup, error) { return stored.Read(t.Context(), r, quiet) }
		if again, err := backup.Read(file, test.open, read); err != nil || again.Version != "1.2.3" || again.Entries != b.Entries {
			t.Errorf("%s: read %+v, %v", with, again, err)
		}
		if _, err := backup.Read(file, secret.BackupKey{Passphrase: "wrong"}, read); hosttest.Problem(t, err).Code != host.CodeBackupKey {
			t.Errorf("%s: opened with another key: %v", with, err)
		}
	}
	if err := os.WriteFile(filepath.Join(backup.Dir(p.Dir), "notes.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := backup.List(p.Dir)
	if err != nil || len(list) != 3 {
		t.Fatalf("listed are %+v, %v", list, err)
	}
	for i, b := range list {
		if b.SealedWith+backup.Suffix != filepath.Base(b.File) || i > 0 && b.CreatedAt.After(list[i-1].CreatedAt) {
			t.Errorf("place %d has %s, sealed with %s", i, b.File, b.SealedWith)
		}
	}
}

func TestWhatIsNoBackup(t *testing.T) {
	t.Parallel()
	p := hosttest.OpenParts(t, "")
	if list, err := backup.List(p.Dir); err != nil || len(list) > 0 {
		t.Errorf("without a directory: %v, %v", list, err)
	}
	never := func(io.Reader) (host.Backup, error) { return host.Backup{}, errors.New("its content was read") }
	if _, err := backup.Read(filepath.Join(p.Dir, "none"), secret.BackupKey{}, never); hosttest.Fields(hosttest.Problem(t, err)) != "file" {
		t.Errorf("a file that does not exist: %v", err)
	}
	other := filepath.Join(p.Dir, "other")
	if err := os.WriteFile(other, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Read(other, secret.BackupKey{Passphrase: "x"}, never); hosttest.Problem(t, err).Code != host.CodeBackupDamaged {
		t.Errorf("another file: %v", err)
	}
	file := filepath.Join(p.Dir, "new", "b"+backup.Suffix)
	_, err := backup.Write(t.Context(), p.Store, file, secret.BackupKey{}, "1", quiet)
	if hosttest.Fields(hosttest.Problem(t, err)) != "passphrase" {
		t.Errorf("without a key: %v", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a backup that failed left its file: %v", err)
	}
}
