package store

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// fileMemory returns how many bytes of files this process has mapped and in memory.
func fileMemory() (int64, error) {
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, fmt.Errorf("measure mapped memory: %w", err)
	}
	fields := strings.Fields(string(raw))
	if len(fields) < 3 {
		return 0, fmt.Errorf("measure mapped memory: %q", raw)
	}
	pages, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("measure mapped memory: %w", err)
	}
	return pages * int64(os.Getpagesize()), nil
}

// pageOut gives the memory of mapped tables and logs in dir back to the system. It
// only ever asks for pages to be put away, which takes nothing from anybody: a
// table may be unmapped, and its addresses used again, while this looks at it.
func pageOut(dir string) error {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return fmt.Errorf("read mapped files: %w", err)
	}
	defer func() { _ = maps.Close() }() // it was only read
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return fmt.Errorf("read mapped files: %w", err)
	}
	var files []span
	err = eachMapped(maps, dir, func(from, to uintptr) {
		files = append(files, span{from: from, size: to - from})
	})
	if err != nil {
		return err
	}
	return putAway(files)
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

// eachMapped calls fn with the addresses of every file of dir in a list like
// /proc/self/maps.
func eachMapped(maps io.Reader, dir string, fn func(from, to uintptr)) error {
	prefix := []byte(" " + dir + string(filepath.Separator))
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		line := lines.Bytes()
		if !bytes.Contains(line, prefix) {
			continue
		}
		addresses, _, _ := bytes.Cut(line, []byte(" "))
		low, high, _ := bytes.Cut(addresses, []byte("-"))
		from, err := strconv.ParseUint(string(low), 16, int(8*unsafe.Sizeof(uintptr(0))))
		if err != nil {
			return fmt.Errorf("read mapped files: %w", err)
		}
		to, err := strconv.ParseUint(string(high), 16, int(8*unsafe.Sizeof(uintptr(0))))
		if err != nil {
			return fmt.Errorf("read mapped files: %w", err)
		}
		fn(uintptr(from), uintptr(to))
	}
	return lines.Err()
}
