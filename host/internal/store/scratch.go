package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
)

// digestMemory is what all digests may take together, so that memory does not
// grow with the number of records: a stored stream of a million records just fits.
const digestMemory = 48 << 20

// scratch is what digests have in common: an allowance of memory, and a directory
// for what does not fit. A nil scratch has memory without end.
type scratch struct {
	dir   string
	space *space
	share int64        // bytes of memory that a digest with a file may have
	left  atomic.Int64 // bytes of the allowance
}

// newScratch empties dir: files of a process that was killed may still be there.
func newScratch(dir string, memory int64, room *space) (*scratch, error) {
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("empty scratch directory: %w", err)
	}
	s := &scratch{dir: dir, space: room, share: memory / 4}
	s.left.Store(memory)
	return s, nil
}

// take asks for memory.
func (s *scratch) take(bytes int64) bool {
	if s == nil || s.left.Add(-bytes) >= 0 {
		return true
	}
	s.left.Add(bytes)
	return false
}

// give returns memory.
func (s *scratch) give(bytes int64) {
	if s != nil {
		s.left.Add(bytes)
	}
}

// create returns a new file of zeros. Where the system allows it, the file has no
// name any more, so that nothing is left of it whatever happens.
func (s *scratch) create(size int64) (*os.File, error) {
	if err := s.space.check(); err != nil {
		return nil, err
	}
	s.space.wrote(int(size))
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, fmt.Errorf("create scratch directory: %w", err)
	}
	file, err := os.CreateTemp(s.dir, "digest-*")
	if err != nil {
		return nil, fmt.Errorf("create scratch file: %w", err)
	}
	// Windows keeps the name of an open file; discard takes it away there.
	if err := os.Remove(file.Name()); err != nil && !errors.Is(err, fs.ErrPermission) {
		file.Close()
		return nil, fmt.Errorf("create scratch file: %w", err)
	}
	if err := file.Truncate(size); err != nil {
		return nil, errors.Join(fmt.Errorf("create scratch file: %w", err), s.discard(file))
	}
	return file, nil
}

// discard ends a file of create.
func (s *scratch) discard(file *os.File) error {
	err := file.Close()
	if gone := os.Remove(file.Name()); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

func scratchDir(store string) string { return filepath.Join(store, "scratch") }
