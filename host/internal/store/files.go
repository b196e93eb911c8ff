package store

import (
	"bytes"
	"cmp"
	"context"
	"crypto/aes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"github.com/plumbline-dev/plumbline/host"
)

// inspector reads the files of a store below Badger, because Badger cannot be
// left to do it: what it cannot read at the end of a manifest or a log it cuts off
// without a word, then deletes the tables the manifest no longer names; and some
// damage ends the whole process. Every file is read by its own checksums, and the
// first damaged place is named by the keys next to it.
type inspector struct {
	ctx     context.Context
	dir     string
	key     []byte
	running bool // the store is open: logs and the end of the manifest are being written
	aside   bool // it is to be noticed by nobody: one table at a time, a fifth of the time
	shallow bool // of a table only its index is read, not its blocks
	report  func(Progress)
	bad     func(host.BadEntry, string, ...any)
	badLog  func(host.BadEntry, string, ...any) // damage in the middle of a log; nil = as bad
	cut     func(host.BadEntry, string, ...any) // a write that was not finished

	dataKeys map[uint64][]byte
	names    *fileNames

	mu     sync.Mutex // guards what follows, and names, while tables are read
	files  int
	bytes  int64
	done   int
	blocks []badBlock
}

// badBlock is a damaged part of a table.
type badBlock struct {
	file             string
	offset           int64
	first, following []byte // its first key, and the next block's; nil for the last one
	cause            error
}

// tableFacts is what the manifest says of a table.
type tableFacts struct {
	id, dataKey uint64
	compression uint32
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// run inspects every file. The error is for what kept it from looking.
func (i *inspector) run() error {
	tables, err := i.heads()
	if err != nil {
		return err
	}
	if i.dataKeys == nil || tables == nil {
		return nil // nothing can be read without them
	}
	if err := i.tables(tables); err != nil {
		return err
	}
	if i.running {
		return nil
	}
	for _, pattern := range []string{"*.mem", "*.vlog"} {
		logs, err := filepath.Glob(filepath.Join(i.dir, pattern))
		if err != nil {
			return fmt.Errorf("list logs: %w", err)
		}
		for _, path := range logs {
			if err := i.log(path); err != nil {
				return err
			}
		}
	}
	return nil
}

// tables checks every table, several at a time, and then names what is damaged:
// only when all are read are all names known.
func (i *inspector) tables(tables []tableFacts) error {
	group, ctx := errgroup.WithContext(i.ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	if i.aside {
		group.SetLimit(1)
	}
	for _, t := range tables {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			begun := time.Now()
			err := i.table(t)
			if i.aside {
				i.rest(4 * time.Since(begun))
			}
			i.mu.Lock()
			defer i.mu.Unlock()
			i.done++
			i.report(Progress{Phase: "files", Done: int64(i.done), Total: int64(len(tables))})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	slices.SortFunc(i.blocks, func(a, b badBlock) int { return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.offset, b.offset)) })
	for _, b := range i.blocks {
		i.badBlock(b)
	}
	return i.ctx.Err()
}

// rest waits, or until it is to end.
func (i *inspector) rest(d time.Duration) {
	select {
	case <-time.After(d):
	case <-i.ctx.Done():
	}
}

// heads reads the key registry and the manifest: the files without which no other
// can be read. A new, empty store has neither, or, when its first opening was cut
// off, a manifest only.
func (i *inspector) heads() ([]tableFacts, error) {
	manifest, err := i.read(filepath.Join(i.dir, badger.ManifestFilename))
	if err != nil {
		return nil, err
	}
	registry, err := i.read(filepath.Join(i.dir, badger.KeyRegistryFileName))
	if err != nil {
		return nil, err
	}
	stored, err := filepath.Glob(filepath.Join(i.dir, "*.sst"))
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	switch {
	case manifest == nil && registry == nil && len(stored) == 0:
		return nil, nil
	case manifest == nil && len(stored) > 0:
		i.bad(host.BadEntry{File: filepath.Join(i.dir, badger.ManifestFilename)}, "the file is missing, and it says which of the others count")
		return nil, nil
	case registry == nil && manifest != nil:
		if unused, err := i.unused(); unused || err != nil {
			return nil, err
		}
		i.bad(host.BadEntry{File: filepath.Join(i.dir, badger.KeyRegistryFileName)}, "the file is missing, and without it no other can be decrypted")
		return nil, nil
	case manifest == nil:
		return nil, nil
	}
	i.registry(registry)
	return i.manifest(manifest, stored), nil
}

// unused reports whether nothing was ever written into the store. Badger makes the
// manifest, then the key registry, then the logs; the anchors file begins with the
// first entry. A power cut in between leaves the first of them.
func (i *inspector) unused() (bool, error) {
	for _, pattern := range []string{"*.sst", "*.mem", "*.vlog"} {
		if found, err := filepath.Glob(filepath.Join(i.dir, pattern)); err != nil || len(found) > 0 {
			return false, err
		}
	}
	return !there(AnchorsFile(i.dir)), nil
}

// read returns a file, or nil when there is none.
func (i *inspector) read(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read file of store: %w", err)
	}
	i.count(int64(len(raw)))
	return raw, nil
}

func (i *inspector) count(size int64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.files++
	i.bytes += size
}

const (
	registrySanity  = "Hello Badger"
	registryHeadBad = "the beginning of the file is not as it was written, or was written with another key"
)

// registry reads the keys that tables and logs are encrypted with.
func (i *inspector) registry(raw []byte) {
	bad := host.BadEntry{File: filepath.Join(i.dir, badger.KeyRegistryFileName)}
	head := aes.BlockSize + len(registrySanity)
	if len(raw) < head {
		i.bad(bad, "the file is cut short")
		return
	}
	sanity, err := y.XORBlockAllocate(raw[aes.BlockSize:head], i.key, raw[:aes.BlockSize])
	if err != nil || string(sanity) != registrySanity {
		i.bad(bad, "%s", registryHeadBad)
		return
	}
	keys := map[uint64][]byte{}
	for at := head; at < len(raw); {
		bad.Offset = int64(at)
		body, next, ok := cutChecked(raw, at)
		if !ok {
			i.bad(bad, "the key there is not as it was written")
			return
		}
		var key pb.DataKey
		if err := proto.Unmarshal(body, &key); err != nil {
			i.bad(bad, "the key there cannot be read: %v", err)
			return
		}
		plain, err := y.XORBlockAllocate(key.Data, i.key, key.Iv)
		if err != nil {
			i.bad(bad, "the key there cannot be decrypted: %v", err)
			return
		}
		keys[key.KeyId], at = plain, next
	}
	i.dataKeys = keys
}

// cutChecked reads length, checksum and body, as manifest and registry have them.
func cutChecked(raw []byte, at int) (body []byte, next int, ok bool) {
	if len(raw)-at < 8 {
		return nil, at, false
	}
	length, sum := binary.BigEndian.Uint32(raw[at:]), binary.BigEndian.Uint32(raw[at+4:])
	if int64(length) > int64(len(raw)-at-8) {
		return nil, at, false
	}
	next = at + 8 + int(length)
	body = raw[at+8 : next]
	return body, next, crc32.Checksum(body, castagnoli) == sum
}

// manifestHead is how a manifest of this version of Badger begins.
var manifestHead = []byte{'B', 'd', 'g', 'r', 0, 0, 0, 8}

// manifest returns the tables that count, or nil when that cannot be said.
func (i *inspector) manifest(raw []byte, stored []string) []tableFacts {
	bad := host.BadEntry{File: filepath.Join(i.dir, badger.ManifestFilename)}
	if !bytes.HasPrefix(raw, manifestHead) {
		i.bad(bad, "the beginning of the file is not as it was written, or another version wrote it")
		return nil
	}
	tables := map[uint64]tableFacts{}
	for at := len(manifestHead); at < len(raw); {
		bad.Offset = int64(at)
		body, next, ok := cutChecked(raw, at)
		var set pb.ManifestChangeSet
		if ok && proto.Unmarshal(body, &set) == nil {
			for _, c := range set.Changes {
				if c.Op == pb.ManifestChange_CREATE {
					tables[c.Id] = tableFacts{c.Id, c.KeyId, c.Compression}
				} else {
					delete(tables, c.Id)
				}
			}
			at = next
			continue
		}
		if i.running {
			break // it may be being written
		}
		// Badger takes what it cannot read at the end for a write that was cut off.
		// It is one when no table has come or gone since.
		if next == at && sameTables(tables, stored) {
			i.cut(bad, "the last entry of the file is cut short")
			break
		}
		i.bad(bad, "the entry there is not as it was written")
		return nil
	}
	list := slices.Collect(maps.Values(tables))
	slices.SortFunc(list, func(a, b tableFacts) int { return int(a.id) - int(b.id) })
	if list == nil {
		list = []tableFacts{}
	}
	return list
}

func sameTables(tables map[uint64]tableFacts, stored []string) bool {
	for _, path := range stored {
		id, ok := table.ParseFileID(filepath.Base(path))
		if _, known := tables[id]; !ok || !known {
			return false
		}
	}
	return len(stored) == len(tables)
}

// examine refuses a store whose files are damaged, before Badger gets at them:
// what Badger cannot read in the manifest or in a log it cuts off, and a damaged
// index of a table can end the process. A damaged log is told and not refused,
// since a power failure can leave the same. Blocks of tables are not read, which
// would be reading everything: that is for Examine.
func examine(o Options) error {
	var first *host.BadEntry
	i := &inspector{ctx: context.Background(), dir: o.Dir, key: o.Key, shallow: true, report: func(Progress) {}, names: newFileNames()}
	i.bad = func(b host.BadEntry, format string, args ...any) {
		if first == nil {
			b.Kind, b.Message = badFile, fmt.Sprintf(format, args...)
			first = &b
		}
	}
	i.cut = func(b host.BadEntry, format string, args ...any) {
		o.Logger.Warn("store was not closed", "file", b.File, "offset", b.Offset, "problem", fmt.Sprintf(format, args...))
	}
	i.badLog = func(b host.BadEntry, format string, args ...any) {
		o.Logger.Error("log of the store is damaged, and what follows in it is lost", "file", b.File, "offset", b.Offset,
			"connection", b.Alias, "stream", b.Stream, "record", b.Key, "run", b.Run, "problem", fmt.Sprintf(format, args...))
	}
	err := i.run()
	switch {
	case err != nil || first == nil:
		return err
	case filepath.Base(first.File) == badger.KeyRegistryFileName && strings.HasPrefix(first.Message, registryHeadBad):
		return wrongKey(o.Dir)
	}
	return damaged(*first)
}

// Examine reads every table of the open store and returns the first entry in each
// that is damaged. The database passes over what it cannot read without a word, so
// whoever keeps a store open calls it soon after. It reads little at a time.
func (s *Store) Examine(ctx context.Context) ([]host.BadEntry, error) {
	var found []host.BadEntry
	i := &inspector{ctx: ctx, dir: s.dir, key: s.options.Key, running: true, aside: true, report: func(Progress) {}, names: newFileNames()}
	i.bad = func(b host.BadEntry, format string, args ...any) {
		b.Kind, b.Message = badFile, fmt.Sprintf(format, args...)
		if len(found) == 0 || found[len(found)-1].File != b.File {
			found = append(found, b)
		}
	}
	err := i.run()
	return found, err
}

// openBadger opens the database. Badger panics at some of what it cannot read;
// what it has open by then stays so until the process ends.
func openBadger(o badger.Options) (db *badger.DB, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the database gave up: %v", r)
		}
	}()
	return badger.Open(o)
}
