package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// pager tells how much of mapped files is in memory, and puts it away. One
// goroutine at a time uses it.
type pager struct {
	prefix      []byte // of the names of files to put away, and what is before them in maps
	statm, maps int    // what the system tells of this process, open for good
	text        []byte // what was read last
	files       []span
}

// newPager returns one for the files in dir. The caller closes it.
func newPager(dir string) (*pager, error) {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, fmt.Errorf("measure mapped memory: %w", err)
	}
	p := &pager{prefix: []byte(" " + dir + string(filepath.Separator))}
	if p.statm, err = unix.Open("/proc/self/statm", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return nil, fmt.Errorf("measure mapped memory: %w", err)
	}
	if p.maps, err = unix.Open("/proc/self/maps", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return nil, errors.Join(fmt.Errorf("list mapped files: %w", err), unix.Close(p.statm))
	}
	return p, nil
}

func (p *pager) close() error { return errors.Join(unix.Close(p.statm), unix.Close(p.maps)) }

// memory returns how many bytes of files this process has mapped and in memory.
func (p *pager) memory() (int64, error) {
	if err := p.read(p.statm); err != nil {
		return 0, fmt.Errorf("measure mapped memory: %w", err)
	}
	const files = 2 // size, resident, those of them that are of files
	text := p.text
	for range files {
		_, text, _ = bytes.Cut(text, []byte(" "))
	}
	text, _, _ = bytes.Cut(text, []byte(" "))
	pages, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("measure mapped memory: %w", err)
	}
	return pages * int64(os.Getpagesize()), nil
}

// read reads all that one of the files says now. It does not tell Go's scheduler:
// the system answers at once, but whoever tells it stands at the end of the queue
// when a call returns. While two cores merged, that took up to 90 ms, in which 20
// MiB were filled.
func (p *pager) read(file int) error {
	if _, _, errno := unix.RawSyscall(unix.SYS_LSEEK, uintptr(file), 0, io.SeekStart); errno != 0 {
		return errno
	}
	p.text = p.text[:0]
	for {
		p.text = slices.Grow(p.text, os.Getpagesize()) // what it tells at a time
		free := p.text[len(p.text):cap(p.text)]
		n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(file), uintptr(unsafe.Pointer(unsafe.SliceData(free))), uintptr(len(free)))
		if errno != 0 {
			return errno
		}
		if n == 0 {
			return nil
		}
		p.text = p.text[:len(p.text)+int(n)]
	}
}

// pageOut gives the memory of mapped tables and logs back to the system. It only
// ever asks for pages to be put away, which takes nothing from anybody: a table may
// be unmapped, and its addresses used again, while this looks at it.
func (p *pager) pageOut() error {
	err := p.read(p.maps)
	if err == nil {
		p.files, err = appendMapped(p.files[:0], p.text, p.prefix)
	}
	if err != nil {
		return fmt.Errorf("list mapped files: %w", err)
	}
	return putAway(p.files)
}

// span is a range of addresses, laid out as the system's struct iovec. It is of no
// Go object, so it never holds a pointer.
type span struct{ from, size uintptr }

// maxSpans is how many ranges the system takes in one call, its UIO_MAXIOV.
const maxSpans = 1024

// putAway asks for all ranges in one call, because between two calls a merge may
// take the processor and fill memory faster than it is emptied: asking for 450
// tables one by one took up to 650 ms while two cores merged.
func putAway(ranges []span) error {
	self, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		return putAwayEach(ranges) // a system that does not know it
	}
	defer func() { _ = unix.Close(self) }() // nothing is written to it
	for len(ranges) > 0 {
		part := ranges[:min(len(ranges), maxSpans)]
		done, _, errno := unix.Syscall6(unix.SYS_PROCESS_MADVISE, uintptr(self),
			uintptr(unsafe.Pointer(unsafe.SliceData(part))), uintptr(len(part)), unix.MADV_PAGEOUT, 0, 0)
		switch errno {
		case 0:
			ranges = ranges[tried(part, done):]
		case unix.ENOMEM: // the first is gone meanwhile
			ranges = ranges[1:]
		default:
			return putAwayEach(ranges) // a system that does not allow it
		}
	}
	return nil
}

// tried returns how many ranges the system went through in done bytes. If it
// stopped before the end, the one it stopped at is gone, and was tried as well.
func tried(ranges []span, done uintptr) (n int) {
	for n < len(ranges) && done >= ranges[n].size {
		done -= ranges[n].size
		n++
	}
	return min(n+1, len(ranges))
}

// putAwayEach asks for one range after the other.
func putAwayEach(ranges []span) error {
	for _, r := range ranges {
		_, _, errno := unix.Syscall(unix.SYS_MADVISE, r.from, r.size, unix.MADV_PAGEOUT)
		if errno != 0 && errno != unix.ENOMEM && errno != unix.EINVAL { // gone meanwhile; a system that cannot
			return fmt.Errorf("put mapped file away: %w", errno)
		}
	}
	return nil
}

// appendMapped appends where files are mapped whose names have a prefix, in a list
// like /proc/self/maps.
func appendMapped(files []span, maps, prefix []byte) ([]span, error) {
	for line := range bytes.Lines(maps) {
		if !bytes.Contains(line, prefix) {
			continue
		}
		addresses, _, _ := bytes.Cut(line, []byte(" "))
		low, high, _ := bytes.Cut(addresses, []byte("-"))
		from, err := address(low)
		if err != nil {
			return nil, err
		}
		to, err := address(high)
		if err != nil {
			return nil, err
		}
		files = append(files, span{from: from, size: to - from})
	}
	return files, nil
}

func address(hex []byte) (uintptr, error) {
	n, err := strconv.ParseUint(string(hex), 16, int(8*unsafe.Sizeof(uintptr(0))))
	return uintptr(n), err
}
