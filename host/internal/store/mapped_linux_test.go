package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/plumbline-dev/plumbline/host/internal/store"
)

// TestPageOut puts a mapped file away, and it still says the same.
func TestPageOut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a store") // a name with a space
	must(t, os.Mkdir(dir, 0o700))
	f := ok(os.Create(filepath.Join(dir, "000001.sst")))(t)
	defer func() { must(t, f.Close()) }()
	const size = 64 << 20
	must(t, f.Truncate(size))
	mapped := ok(unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED))(t)
	defer func() { must(t, unix.Munmap(mapped)) }()
	for i := range mapped {
		mapped[i] = byte(i >> 12)
	}
	must(t, unix.Msync(mapped, unix.MS_SYNC))
	before := ok(store.FileMemory())(t)
	must(t, store.PageOut(t.TempDir())) // another directory
	if now := ok(store.FileMemory())(t); now < before-size/2 {
		t.Errorf("files of another directory were put away: %d MiB of %d are left", now>>20, before>>20)
	}
	must(t, store.PageOut(dir))
	if after := ok(store.FileMemory())(t); after > before-size/2 {
		t.Errorf("%d MiB of files in memory, %d before", after>>20, before>>20)
	}
	for i := 0; i < size; i += 1 << 12 {
		if mapped[i] != byte(i>>12) {
			t.Fatalf("byte %d is %d", i, mapped[i])
		}
	}
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
