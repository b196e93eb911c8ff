package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/plumbline-dev/plumbline/host/internal/store"
)

// TestPageOut puts a mapped file away, and it still says the same.
func TestPageOut(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a store") // a name with a space
	must(t, os.Mkdir(dir, 0o700))
	const size = 16 << 20
	name := filepath.Join(dir, "000001.sst")
	mapped := mapFile(t, name, size)
	elsewhere, here := ok(store.NewPager(t.TempDir()))(t), ok(store.NewPager(dir))(t)
	defer func() { must(t, errors.Join(elsewhere.Close(), here.Close())) }()
	if all := ok(here.Memory())(t); all < size {
		t.Errorf("%d bytes of files are in memory, with one of %d", all, size)
	}
	must(t, elsewhere.PageOut())
	if left := resident(t, name); left != size {
		t.Errorf("files of another directory were put away: %d bytes are left", left)
	}
	must(t, here.PageOut())
	if left := resident(t, name); left > size/4 && !inMemory(t, dir) {
		t.Errorf("%d bytes of %d are still in memory", left, size)
	}
	for i := 0; i < size; i += 1 << 12 {
		if mapped[i] != byte(i>>12) {
			t.Fatalf("byte %d is %d", i, mapped[i])
		}
	}
}

// TestPutAwayAmongGoneFiles puts files away while others, before, between and
// behind them, were unmapped after they had been listed: with more of them than
// the system takes in one call, and on a system that takes only one.
func TestPutAwayAmongGoneFiles(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	for name, putAway := range map[string]func([]store.Span) error{
		"in one call": store.PutAway, "one by one": store.PutAwayEach,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Nothing is mapped in the first page of any program.
			gone := store.SpanAt(0, uintptr(os.Getpagesize()))
			dir, ranges := t.TempDir(), []store.Span{gone}
			var files []string
			for i, behind := range []int{2, 3000, 1} {
				file := filepath.Join(dir, fmt.Sprintf("%06d.sst", i))
				files = append(files, file)
				ranges = append(ranges, store.SpanOf(mapFile(t, file, size)))
				ranges = append(ranges, slices.Repeat([]store.Span{gone}, behind)...)
			}
			must(t, putAway(ranges))
			for _, file := range files {
				if left := resident(t, file); left > size/4 && !inMemory(t, dir) {
					t.Errorf("%d bytes of %d of %s are still in memory", left, size, filepath.Base(file))
				}
			}
		})
	}
}

// TestMappedFilesArePutAwayUntilTheStoreIsClosed has Close wait, as it does for a
// merge, and looks whether what is mapped meanwhile stays in memory.
func TestMappedFilesArePutAwayUntilTheStoreIsClosed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.whole(record("a", "1"))
	reading, read := make(chan struct{}), make(chan struct{})
	both, ctx := errgroup.WithContext(t.Context())
	both.Go(func() error {
		_, err := b.EachVersion(ctx, b.conn.ID, "users", func(store.Version) error {
			close(reading)
			<-read
			return nil
		})
		return err
	})
	<-reading
	const size = 64 << 20
	name := filepath.Join(b.dir, "large.mapped")
	mapFile(t, name, size)
	both.Go(b.Close)
	for deadline := time.Now().Add(5 * time.Second); resident(t, name) > size/4 && !inMemory(t, b.dir); <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("%d bytes of %d are in memory while the store is closed", resident(t, name), size)
			break
		}
	}
	close(read)
	must(t, both.Wait())
}

// mapFile maps a new file, all of it in memory and on the disk.
func mapFile(t *testing.T, name string, size int) []byte {
	t.Helper()
	f := ok(os.Create(name))(t)
	must(t, f.Truncate(int64(size)))
	mapped := ok(unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED))(t)
	must(t, f.Close())
	t.Cleanup(func() { must(t, unix.Munmap(mapped)) })
	for i := range mapped {
		mapped[i] = byte(i >> 12)
	}
	must(t, unix.Msync(mapped, unix.MS_SYNC))
	return mapped
}

// inMemory reports whether dir is on a disk that is memory, which has nowhere to
// put a file away to.
func inMemory(t *testing.T, dir string) bool {
	t.Helper()
	var disk unix.Statfs_t
	must(t, unix.Statfs(dir, &disk))
	return disk.Type == unix.TMPFS_MAGIC
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
	found := ok(store.AppendMapped(nil, []byte(maps), []byte(" /data/store/")))(t)
	want := []store.Span{store.SpanAt(0x7f0000000000, 0x200000), store.SpanAt(0x7f0000500000, 0x100000)}
	if !slices.Equal(found, want) {
		t.Errorf("files are mapped at %x; want %x", found, want)
	}
}
