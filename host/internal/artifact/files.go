package artifact

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/assurance"
	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// Dir is where the files of a data directory are.
func Dir(dataDir string) string { return filepath.Join(dataDir, "evidence") }

// Files are the files in a directory. Its methods may be called from any goroutine.
type Files struct {
	dir  string
	room func() error // refuses while the disk is nearly full

	writer func(*os.File) io.Writer // what writes into a file; a test has it fail
}

// In returns the files in a directory, which need not exist. Room refuses an upload while the disk is nearly full; nil = never.
func In(dir string, room func() error) *Files {
	return &Files{dir: dir, room: room, writer: func(file *os.File) io.Writer { return file }}
}

// Sweep deletes what an upload that did not end left behind.
func (f *Files) Sweep() error { return durable.Sweep(f.dir) }

var hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// path returns where the file with a hash is, or refuses a text that is no hash.
func (f *Files) path(sha256 string) (string, error) {
	if !hashForm.MatchString(sha256) {
		return "", host.Invalid("sha256", sha256, "must be 64 lower-case hex digits")
	}
	return filepath.Join(f.dir, sha256[:2], sha256), nil
}

// Put stores what it reads from r, at most most bytes, under the hash of its content; nothing is stored if it refuses. The name is the one
// that the uploader gives it: it says the type, which the content must have.
func (f *Files) Put(r io.Reader, name string, most int64) (assurance.File, error) {
	cleaned, kind, err := named(name)
	if err != nil {
		return assurance.File{}, err
	}
	return f.put(r, assurance.File{Name: cleaned, Type: kind.Media}, most, kind.check)
}

// PutData is Put for content that the host made itself, without a check of its type.
func (f *Files) PutData(r io.Reader, name, media string, most int64) (assurance.File, error) {
	return f.put(r, assurance.File{Name: name, Type: media}, most, func(io.ReaderAt, int64) error { return nil })
}

func (f *Files) put(r io.Reader, file assurance.File, most int64, check func(io.ReaderAt, int64) error) (_ assurance.File, err error) {
	if f.room != nil {
		if err := f.room(); err != nil {
			return assurance.File{}, err
		}
	}
	if err := durable.MakeDirs(f.dir, 0o700); err != nil {
		return assurance.File{}, fmt.Errorf("make directory of files: %w", err)
	}
	beside, err := os.CreateTemp(f.dir, ".upload.unfinished-*")
	if err != nil {
		return assurance.File{}, fmt.Errorf("create file: %w", err)
	}
	defer func() {
		_ = beside.Close() // it may be closed already
		if left := os.Remove(beside.Name()); err == nil && !errors.Is(left, fs.ErrNotExist) {
			err = left
		}
	}()
	if file.SHA256, file.Bytes, err = fill(f.writer(beside), r, most); err != nil {
		return assurance.File{}, err
	}
	if err := check(beside, file.Bytes); err != nil {
		return assurance.File{}, err
	}
	return file, f.keep(beside, file.SHA256)
}

// fill copies what r has into a file, and returns its hash and how many bytes there are.
func fill(to io.Writer, r io.Reader, most int64) (sum string, n int64, err error) {
	hashed := sha256.New()
	from := &source{r: r}
	n, err = io.Copy(io.MultiWriter(to, hashed), io.LimitReader(from, most+1))
	switch {
	case from.err != nil:
		return "", 0, host.Refused(host.CodeInvalid, "Upload the file again.", "the upload ended early after %d bytes", n).Because(from.err)
	case errors.Is(err, syscall.ENOSPC):
		return "", 0, (&host.Problem{
			Code: host.CodeDiskFull, Message: "the disk that holds the data directory is full", Remedy: "Free some space and upload it again.",
			Fault: host.FaultHost, Retry: host.RetryAfter,
		}).Because(err)
	case err != nil:
		return "", 0, fmt.Errorf("write file: %w", err)
	case n == 0:
		return "", 0, host.Invalid("file", nil, "is empty")
	case n > most:
		return "", 0, host.Invalid("file", nil, fmt.Sprintf("has more than %d MB, which is the most", most/1_000_000))
	}
	return hex.EncodeToString(hashed.Sum(nil)), n, nil
}

// source notes why reading failed, so that it can be told from a failed write.
type source struct {
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// keep gives a file its final name. A file that has the name already has the same content, unless a byte was changed since: it is replaced.
func (f *Files) keep(beside *os.File, sha256 string) error {
	path, err := f.path(sha256)
	if err != nil {
		return err
	}
	if err := errors.Join(beside.Chmod(0o600), beside.Sync(), beside.Close()); err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	if err := durable.MakeDirs(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make directory of files: %w", err)
	}
	return durable.Rename(beside.Name(), path)
}

// Open opens a file. The caller closes it.
func (f *Files) Open(sha256 string) (*os.File, error) {
	path, err := f.path(sha256)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, host.NotFound("file", sha256, "Upload it again; a backup has it too.")
	}
	return file, err
}

// Named returns a file that was uploaded, as its name and its content on disk say, or refuses one that is not there.
func (f *Files) Named(of assurance.File) (assurance.File, error) {
	name, kind, err := named(of.Name)
	if err != nil {
		return of, err
	}
	file, err := f.Open(of.SHA256)
	if err != nil {
		return of, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return of, fmt.Errorf("read file: %w", err)
	}
	if err := kind.check(file, info.Size()); err != nil { // another name would make it another type
		return of, err
	}
	return assurance.File{Name: name, Type: kind.Media, Bytes: info.Size(), SHA256: of.SHA256}, nil
}

// List returns the hashes of all files, in order.
func (f *Files) List() ([]string, error) {
	var all []string
	err := filepath.WalkDir(f.dir, func(_ string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && entry.Type().IsRegular() && hashForm.MatchString(entry.Name()) {
			all = append(all, entry.Name())
		}
		return err
	})
	slices.Sort(all)
	return all, err
}

// Check compares the content of a file with its name. It returns what is wrong, empty if nothing is, and how many bytes it has.
func (f *Files) Check(ctx context.Context, sha256Hex string) (wrong string, bytes int64, err error) {
	file, err := f.Open(sha256Hex)
	if host.IsNotFound(err) {
		return "the file is missing", 0, ctx.Err()
	}
	if err != nil {
		return "the file cannot be read: " + err.Error(), 0, ctx.Err()
	}
	defer file.Close()
	sum := sha256.New()
	if bytes, err = io.Copy(sum, file); err != nil {
		return "the file cannot be read: " + err.Error(), bytes, ctx.Err()
	}
	if hex.EncodeToString(sum.Sum(nil)) != sha256Hex {
		return "its content is not what was added: a byte was changed", bytes, ctx.Err()
	}
	return "", bytes, ctx.Err()
}

// CheckAll is Check for every file that is there. It knows no name of theirs.
func (f *Files) CheckAll(ctx context.Context) (files int, bytes int64, bad []host.BadEntry, err error) {
	all, err := f.List()
	if err != nil {
		return 0, 0, nil, fmt.Errorf("list files: %w", err)
	}
	for _, sha256 := range all {
		wrong, size, err := f.Check(ctx, sha256)
		if err != nil {
			return files, bytes, bad, err
		}
		files, bytes = files+1, bytes+size
		if wrong != "" {
			bad = append(bad, host.BadEntry{Kind: "file", File: f.Path(sha256), Message: "a file of evidence: " + wrong})
		}
	}
	return files, bytes, bad, nil
}

// Restore stores a file of a backup under its hash, unless it is there and unchanged.
func (f *Files) Restore(sha256 string, r io.Reader) error {
	if wrong, _, err := f.Check(context.Background(), sha256); err != nil || wrong == "" {
		return err
	}
	path, err := f.path(sha256)
	if err != nil {
		return err
	}
	if err := durable.MakeDirs(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make directory of files: %w", err)
	}
	return durable.Write(path, 0o600, func(w io.Writer) error {
		_, err := io.Copy(w, r)
		return err
	})
}

// Path returns the path of a file below the data directory, for people.
func (f *Files) Path(sha256 string) string {
	return filepath.Join(filepath.Base(f.dir), sha256[:min(2, len(sha256))], sha256)
}

// Delete deletes the files that are older than a moment and that named does not have. It returns how many.
func (f *Files) Delete(before time.Time, named map[string]bool) (n int, err error) {
	all, err := f.List()
	if err != nil {
		return 0, fmt.Errorf("list files: %w", err)
	}
	for _, sha256 := range all {
		path, err := f.path(sha256)
		if err != nil || named[sha256] {
			continue
		}
		info, err := os.Stat(path)
		if err != nil || !info.ModTime().Before(before) {
			continue
		}
		if err := os.Remove(path); err != nil {
			return n, fmt.Errorf("delete file: %w", err)
		}
		n++
	}
	return n, nil
}
