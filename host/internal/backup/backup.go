package backup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

// Suffix ends the name of every backup: it is an age file.
const Suffix = ".plumbline.age"

// Write backs a store up into a new file: all of it, or no file. Version is the
// host's.
func Write(
	ctx context.Context, s *journal.Journal, file string, key secret.BackupKey, version string, report func(journal.Progress),
) (b host.Backup, err error) {
	return WriteWith(ctx, s, "", file, key, version, report)
}

// WriteWith is Write with the files below a directory, each named by the SHA-256 of its content.
func WriteWith(
	ctx context.Context, s *journal.Journal, files, file string, key secret.BackupKey, version string, report func(journal.Progress),
) (b host.Backup, err error) {
	content := func(w io.Writer) (err error) {
		b, err = s.Backup(ctx, w, version, report)
		return err
	}
	found, err := filesIn(files)
	if err != nil {
		return b, fmt.Errorf("list files: %w", err)
	}
	archive := len(found) > 0
	if b, err = write(file, key, &b, content, files, archive); err != nil || archive {
		return b, err
	}
	if found, err = filesIn(files); err != nil || len(found) == 0 {
		return b, err
	}
	return write(file, key, &b, content, files, true) // the first file was added meanwhile
}

// write writes one sealed file: the content of the journal alone, or an archive with the files below a directory.
func write(
	file string, key secret.BackupKey, b *host.Backup, content func(io.Writer) error, files string, archive bool,
) (_ host.Backup, err error) {
	if err := durable.MakeDirs(filepath.Dir(file), 0o700); err != nil {
		return *b, fmt.Errorf("create directory of backup: %w", err)
	}
	err = durable.Write(file, 0o600, func(w io.Writer) error {
		sealed, err := secret.SealBackup(w, key)
		if err != nil {
			return err
		}
		if archive {
			b.Files, err = writeArchive(sealed, files, content)
		} else {
			err = content(sealed)
		}
		if err != nil {
			return err
		}
		if err := sealed.Close(); err != nil {
			return fmt.Errorf("write backup: %w", err)
		}
		return nil
	})
	if errors.Is(err, syscall.ENOSPC) {
		err = (&host.Problem{
			Code: host.CodeDiskFull, Message: "the disk that holds " + file + " is full",
			Remedy: "Free some space, or name a file on another disk with --to.", Fault: host.FaultHost, Retry: host.RetryAfter,
		}).Because(err)
	}
	if err != nil {
		return host.Backup{}, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return *b, fmt.Errorf("read size of backup: %w", err)
	}
	b.File, b.Bytes, b.SealedWith = file, info.Size(), sealedAs(key)
	return *b, nil
}

func sealedAs(key secret.BackupKey) string {
	switch {
	case key.Host != nil:
		return secret.SealedHostKey
	case key.Passphrase != "":
		return secret.SealedPassphrase
	}
	return secret.SealedRecipients
}

// Dir is where backups go unless a person names another file.
func Dir(dataDir string) string { return filepath.Join(dataDir, "backups") }

// List returns the backups in a data directory, newest first.
func List(dataDir string) ([]host.Backup, error) {
	dir := Dir(dataDir)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list backups: %w", err)
	}
	var backups []host.Backup
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() || !strings.HasSuffix(entry.Name(), Suffix) {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		begin, err := readBegin(path)
		if err != nil {
			return nil, fmt.Errorf("list backups: %w", err)
		}
		backups = append(backups, host.Backup{
			File: path, Bytes: info.Size(), CreatedAt: info.ModTime().UTC(), SealedWith: secret.SealedWith(begin),
		})
	}
	slices.SortFunc(backups, func(a, b host.Backup) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return backups, nil
}

func readBegin(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	begin := make([]byte, 200)
	n, err := io.ReadFull(f, begin)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return begin[:n], err
}

// Read opens a backup, and use reads its content. Files in it are compared with their names.
func Read(file string, key secret.BackupKey, use func(io.Reader) (host.Backup, error)) (host.Backup, error) {
	return ReadWith(file, key, use, func(string, io.Reader) error { return nil })
}

// ReadWith is Read, and keep reads each file in the backup. The reader fails at its end when the content is not what the name says.
func ReadWith(
	file string, key secret.BackupKey, use func(io.Reader) (host.Backup, error), keep func(name string, r io.Reader) error,
) (host.Backup, error) {
	f, err := os.Open(file)
	if err != nil {
		return host.Backup{}, host.Invalid("file", file, "cannot be read: "+err.Error()).Because(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return host.Backup{}, fmt.Errorf("read backup: %w", err)
	}
	begin, err := readBegin(file)
	if err != nil {
		return host.Backup{}, fmt.Errorf("read backup: %w", err)
	}
	opened, err := secret.OpenBackup(f, key)
	if err != nil {
		return host.Backup{}, err
	}
	b, err := readArchive(bufio.NewReaderSize(opened, chunkBytes), use, keep)
	b.File, b.Bytes, b.SealedWith = file, info.Size(), secret.SealedWith(begin)
	return b, err
}
