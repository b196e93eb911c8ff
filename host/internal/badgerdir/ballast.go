package badgerdir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/plumbline-dev/plumbline/host/internal/durable"
)

// ballast is a file that takes up room until that room is needed to end in good
// order. Its methods are called one at a time.
type ballast struct {
	path string
	size uint64 // wanted; 0 = none
}

const ballastName = "ballast"

func ballastIn(dir string, size uint64) ballast {
	return ballast{path: filepath.Join(dir, ballastName), size: size}
}

// held returns how many bytes are set aside now.
func (b ballast) held() uint64 {
	info, err := os.Stat(b.path)
	if err != nil {
		return 0
	}
	return uint64(info.Size())
}

// make sets the bytes aside for real: a file of holes would not help.
func (b ballast) make() (err error) {
	if b.size == 0 {
		return nil
	}
	// Under another name until it is whole: half a ballast is none.
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

// release gives the bytes back and reports whether there were any.
func (b ballast) release() bool { return os.Remove(b.path) == nil }

// ReleaseBallast gives back what a closed store in dir has set aside, so that
// somebody who has to write a few bytes before opening it can.
func ReleaseBallast(dir string) error {
	err := os.Remove(filepath.Join(dir, ballastName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("release ballast: %w", err)
	}
	return nil
}

// fill writes size bytes that no file system can do without: one byte again and
// again might be kept as a hole, or compressed away.
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
