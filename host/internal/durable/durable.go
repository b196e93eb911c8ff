package durable

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// unfinished is in the name of every file that is not renamed yet.
const unfinished = ".unfinished-"

// disk has the calls whose order matters; a test records them.
type disk struct {
	sync    func(*os.File) error
	rename  func(from, to string) error
	syncDir func(dir string) error
}

func system() disk {
	return disk{
		sync:    (*os.File).Sync,
		rename:  os.Rename,
		syncDir: SyncDir,
	}
}

// Write replaces the file with what write writes. After it, content and name are on disk.
func Write(path string, mode fs.FileMode, write func(io.Writer) error) error {
	return system().replace(path, mode, write)
}

// WriteBytes replaces the content of the file with raw.
func WriteBytes(path string, mode fs.FileMode, raw []byte) error {
	return Write(path, mode, func(w io.Writer) error { _, err := w.Write(raw); return err })
}

// Create is Write for a new file; it returns fs.ErrExist for an existing one. The caller owns the directory.
func Create(path string, mode fs.FileMode, write func(io.Writer) error) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(&fs.PathError{Op: "create", Path: path, Err: syscall.EEXIST}, err)
	}
	return system().replace(path, mode, write)
}

// replace writes a file beside path and renames it.
func (d disk) replace(path string, mode fs.FileMode, write func(io.Writer) error) (err error) {
	dir, name := filepath.Split(path)
	beside, err := os.CreateTemp(filepath.Clean(dir), "."+name+unfinished+"*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err == nil {
			return
		}
		_ = beside.Close() // it may be closed already
		if left := os.Remove(beside.Name()); !errors.Is(left, fs.ErrNotExist) {
			err = errors.Join(err, left)
		}
	}()
	buffered := bufio.NewWriter(beside)
	if err := write(buffered); err != nil {
		return err
	}
	if err := errors.Join(buffered.Flush(), beside.Chmod(mode), d.sync(beside)); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := beside.Close(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := d.rename(beside.Name(), path); err != nil {
		return fmt.Errorf("name %s: %w", path, err)
	}
	return d.syncDir(filepath.Dir(path))
}

// Rename renames a file or directory whose content is on disk, and waits until the new name is on disk.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	if err := SyncDir(filepath.Dir(to)); err != nil || filepath.Dir(from) == filepath.Dir(to) {
		return err
	}
	return SyncDir(filepath.Dir(from))
}

// MakeDirs makes a directory and the missing ones above it, and waits until their names are on disk.
func MakeDirs(dir string, mode fs.FileMode) error {
	info, err := os.Stat(dir)
	if err == nil && info.IsDir() {
		return nil
	}
	if above := filepath.Dir(dir); errors.Is(err, fs.ErrNotExist) && above != dir {
		if err := MakeDirs(above, mode); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, mode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return errors.Join(fmt.Errorf("make directory %s: %w", dir, syscall.ENOTDIR), err)
	}
	return SyncDir(filepath.Dir(dir))
}

// SyncDir waits until the names in a directory are on disk. Windows and some file systems cannot be asked for that.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	if err := errors.Join(err, d.Close()); err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	return nil
}

// Sweep deletes the unfinished files in a directory of the caller, which may not exist.
func Sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sweep %s: %w", dir, err)
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), ".") || !strings.Contains(entry.Name(), unfinished) || !entry.Type().IsRegular() {
			continue
		}
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil {
			return fmt.Errorf("sweep %s: %w", dir, err)
		}
	}
	return nil
}
