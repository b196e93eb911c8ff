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
	return eachMapped(maps, dir, func(from, to uintptr) error {
		// The range is of no Go object, so it is never a slice.
		_, _, errno := unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_PAGEOUT)
		if errno != 0 && errno != unix.ENOMEM && errno != unix.EINVAL { // gone meanwhile; a system that cannot
			return fmt.Errorf("put mapped file away: %w", errno)
		}
		return nil
	})
}

// eachMapped calls fn with the addresses of every file of dir in a list like
// /proc/self/maps.
func eachMapped(maps io.Reader, dir string, fn func(from, to uintptr) error) error {
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
		if err := fn(uintptr(from), uintptr(to)); err != nil {
			return err
		}
	}
	return lines.Err()
}
