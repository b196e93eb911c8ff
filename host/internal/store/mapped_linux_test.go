package store_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/plumbline-dev/plumbline/host/internal/store"
)

// TestPageOut puts a mapped file away, and it still says the same.
func TestPageOut(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a store") // a name with a space
	must(t, os.Mkdir(dir, 0o700))
	f := ok(os.Create(filepath.Join(dir, "000001.sst")))(t)
	defer func() { must(t, f.Close()) }()
	const size = 16 << 20
	must(t, f.Truncate(size))
	mapped := ok(unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED))(t)
	defer func() { must(t, unix.Munmap(mapped)) }()
	for i := range mapped {
		mapped[i] = byte(i >> 12)
	}
	must(t, unix.Msync(mapped, unix.MS_SYNC))
	if all := ok(store.FileMemory())(t); all < size {
		t.Errorf("%d bytes of files are in memory, with one of %d", all, size)
	}
	must(t, store.PageOut(t.TempDir())) // another directory
	if left := resident(t, f.Name()); left != size {
		t.Errorf("files of another directory were put away: %d bytes are left", left)
	}
	must(t, store.PageOut(dir))
	var disk unix.Statfs_t
	must(t, unix.Statfs(dir, &disk))
	inMemory := disk.Type == unix.TMPFS_MAGIC // which has nowhere to put it
	if left := resident(t, f.Name()); left > size/4 && !inMemory {
		t.Errorf("%d bytes of %d are still in memory", left, size)
	}
	for i := 0; i < size; i += 1 << 12 {
		if mapped[i] != byte(i>>12) {
			t.Fatalf("byte %d is %d", i, mapped[i])
		}
	}
}

// resident returns how many bytes of a mapped file are in memory.
func resident(t *testing.T, file string) int {
	t.Helper()
	_, after, found := strings.Cut(string(ok(os.ReadFile("/proc/self/smaps"))(t)), file+"\n")
	if !found {
		t.Fatalf("%s is not mapped", file)
	}
	_, after, _ = strings.Cut(after, "\nRss:")
	kib, _, _ := strings.Cut(after, "kB")
	return ok(strconv.Atoi(strings.TrimSpace(kib)))(t) << 10
}

func TestMappedFiles(t *testing.T) {
	t.Parallel()
	const maps = "00400000-01000000 r-xp 00000000 fe:00 1 /usr/bin/plumbline\n" +
		"7f0000000000-7f0000200000 rw-s 00000000 fe:00 2 /data/store/000001.sst\n" +
		"7f0000300000-7f0000400000 rw-s 00000000 fe:00 3 /data/store.before/000001.sst\n" +
		"c000000000-c004000000 rw-p 00000000 00:00 0 \n" +
		"7f0000500000-7f0000600000 rw-s 00000000 fe:00 4 /data/store/000002.sst (deleted)\n"
	var found []uintptr
	must(t, store.EachMapped(strings.NewReader(maps), "/data/store", func(from, to uintptr) error {
		found = append(found, from, to)
		return nil
	}))
	same(t, "ranges", found, []uintptr{0x7f0000000000, 0x7f0000200000, 0x7f0000500000, 0x7f0000600000})
}
