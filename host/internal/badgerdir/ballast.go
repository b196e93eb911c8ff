package badgerdir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// ballast is a file that takes up room until a close needs that room. Its methods are
// called one at a time.
type ballast struct {
	path string
	size uint64 // wanted; 0 = none
}

const ballastName = "ballast"

// held returns the size of the file.
func (b ballast) held() uint64 {
	info, err := os.Stat(b.path)
	if err != nil {
		return 0
	}
	return uint64(info.Size())
}

// make makes the file with allocated blocks: a file of holes would not help.
func (b ballast) make() (err error) {
	if b.size == 0 {
		return nil
	}
	// Under another name until it is complete: half a ballast is none.
	part := b.path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(allocate(f, int64(b.size)), f.Sync(), f.Close())
	if err == nil {
		err = durable.Rename(part, b.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return nil
}

// release deletes the file and reports whether there was one.
func (b ballast) release() bool { return os.Remove(b.path) == nil }

// ReleaseBallast deletes the ballast of a closed directory, so that a few bytes can be
// written before it is opened.
func ReleaseBallast(dir string) error {
	err := os.Remove(filepath.Join(dir, ballastName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("release ballast: %w", err)
	}
	return nil
}

// fill writes size bytes that no file system can leave out: equal bytes might be stored as
// a hole, or compressed.
func fill(f *os.File, size int64) error {
	block := make([]byte, 1<<20)
	state := uint64(0x9E3779B97F4A7C15)
	for written := int64(0); written < size; {
		for i := range block {
			state ^= state << 13
			state ^= state >> 7
			state ^= state << 17
			block[i] = byte(state)
		}
		n, err := f.Write(block[:min(int64(len(block)), size-written)])
		if err != nil {
			return err
		}
		written += int64(n)
	}
	return nil
}
