package badgerdir

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"github.com/dgraph-io/ristretto/v2"
	"golang.org/x/sync/errgroup"

	"github.com/plumbline-dev/plumbline/host"
)

// inspector reads the files with Badger's own readers, before Badger acts on them: an open
// database cuts off what it cannot read at the end of the manifest or of a log, skips or
// deletes tables, and ends the process at some damage.
type inspector struct {
	ctx     context.Context
	options Options
	open    func() []badger.TableInfo // tables of the open database, whose logs are being written; nil = it is closed
	shallow bool                      // of a table only the index and the last block are read, as Badger does when it opens it
	aside   bool                      // in the background: one table at a time, a fifth of the time
	report  func(done, total int)

	keys    *badger.KeyRegistry
	indexes *ristretto.Cache[uint64, *fb.TableIndex] // Badger reads no encrypted table without one

	mu     sync.Mutex // guards what follows
	found  []Finding
	blocks map[string][]block // damaged ones by file, in order
	names  Names
	done   int
}

// inspect reads every file. The error is for what prevented it.
func (i *inspector) inspect() error {
	i.names, i.blocks = i.options.Names(), map[string][]block{}
	tables, err := i.heads()
	if tables == nil || err != nil {
		return err // nothing else can be read
	}
	if err := i.tables(tables); err != nil || i.open != nil {
		return err
	}
	for _, path := range append(i.list("*.mem"), i.list("*.vlog")...) {
		if err := errors.Join(i.log(path), i.ctx.Err()); err != nil {
			return fmt.Errorf("read log of store: %w", err)
		}
	}
	return nil
}

func (i *inspector) list(pattern string) []string {
	found, _ := filepath.Glob(filepath.Join(i.options.Dir, pattern)) // the patterns are well-formed
	return found
}

func (i *inspector) add(path string, offset int, what damage, format string, args ...any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	b := host.BadEntry{Kind: "file", File: path, Offset: int64(offset), Message: fmt.Sprintf(format, args...)}
	i.found = append(i.found, Finding{b, what})
}

// heads reads the key registry and the manifest and returns the tables that count, or nil
// when that cannot be said. A power cut in the first opening may leave only a manifest.
func (i *inspector) heads() (tables map[uint64]badger.TableManifest, err error) {
	manifest, registry := filepath.Join(i.options.Dir, badger.ManifestFilename), filepath.Join(i.options.Dir, badger.KeyRegistryFileName)
	stored := i.list("*.sst")
	i.keys, err = badger.OpenKeyRegistry(badger.KeyRegistryOptions{Dir: i.options.Dir, ReadOnly: true, EncryptionKey: i.options.Key})
	switch {
	case !there(manifest) && len(stored) == 0:
	case !there(manifest):
		i.add(manifest, 0, lost, "the file is missing, and it says which of the others count")
	case errors.Is(err, badger.ErrEncryptionKeyMismatch):
		i.add(registry, 0, lost, registryHeadBad)
	case err != nil:
		i.add(registry, 0, lost, "the keys in the file were changed after they were written, or cannot be read (%v)", err)
	case there(registry):
		return i.manifest(manifest, stored)
	case len(stored)+len(i.list("*.mem"))+len(i.list("*.vlog")) > 0 || i.options.Begun:
		i.add(registry, 0, lost, "the file is missing, and without it no other can be decrypted")
	}
	return nil, nil
}

func (i *inspector) manifest(path string, stored []string) (map[uint64]badger.TableManifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read manifest of store: %w", err)
	}
	defer f.Close()
	manifest, end, err := badger.ReplayManifestFile(f, 0, badger.Options{})
	if err != nil {
		i.add(path, 0, lost, "the file was changed after it was written (%v)", err)
		return nil, nil
	}
	unlisted := func(path string) bool {
		id, _ := table.ParseFileID(path)
		_, listed := manifest.Tables[id]
		return !listed
	}
	n, err := f.ReadAt(make([]byte, 1), end)
	switch {
	case n == 0 && errors.Is(err, io.EOF) || i.open != nil:
	case len(stored) == len(manifest.Tables) && !slices.ContainsFunc(stored, unlisted): // no table has come or gone since
		i.add(path, int(end), cut, "the last entry of the file is cut short")
	default:
		i.add(path, int(end), lost, "the entry there was changed after it was written")
		return nil, nil
	}
	return manifest.Tables, nil
}

// tables checks every table, several at a time, and then names what is damaged:
// only when all are read are all names known.
func (i *inspector) tables(tables map[uint64]badger.TableManifest) (err error) {
	i.indexes, err = ristretto.NewCache(&ristretto.Config[uint64, *fb.TableIndex]{NumCounters: 1000, MaxCost: 4 << 20, BufferItems: 64})
	if err != nil {
		return fmt.Errorf("make cache of indexes: %w", err)
	}
	defer i.indexes.Close()
	group, ctx := errgroup.WithContext(i.ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	if i.aside {
		group.SetLimit(1)
	}
	for _, id := range slices.Sorted(maps.Keys(tables)) {
		group.Go(func() error {
			begun := time.Now()
			err := errors.Join(ctx.Err(), i.table(id, tables[id]))
			if i.aside {
				select {
				case <-time.After(4 * time.Since(begun)):
				case <-ctx.Done():
				}
			}
			i.mu.Lock()
			defer i.mu.Unlock()
			i.done++
			i.report(i.done, len(tables))
			return err
		})
	}
	err = errors.Join(group.Wait(), i.ctx.Err())
	for _, path := range slices.Sorted(maps.Keys(i.blocks)) {
		for _, b := range i.blocks[path] {
			i.found = append(i.found, Finding{i.lost(path, b), lost})
		}
	}
	return err
}

// table checks the index and the blocks of a table.
func (i *inspector) table(id uint64, facts badger.TableManifest) error {
	path := table.NewFilename(id, i.options.Dir)
	if i.shallow {
		if blocks, err := i.openTable(path, id, facts, tableEnd); err == nil && blocks[len(blocks)-1].readable() {
			return nil
		}
	}
	blocks, err := i.openTable(path, id, facts, math.MaxInt64)
	switch {
	case i.open != nil && !there(path): // it was merged meanwhile
	case errors.Is(err, fs.ErrNotExist):
		i.add(path, 0, lost, "the table is missing")
	case errors.Is(err, errDataKey):
		i.add(path, 0, lost, "the table was encrypted with key %d, which does not exist", facts.KeyID)
	case errors.Is(err, errTable):
		i.add(path, 0, lost, "the index of the table, or its last block, was changed after it was written: %s", i.within(id))
	case err != nil:
		return fmt.Errorf("read table: %w", err)
	}
	for _, b := range blocks {
		whole := b.readable()
		i.mu.Lock()
		if whole {
			i.learn(b)
		} else {
			i.blocks[path] = append(i.blocks[path], b)
		}
		i.mu.Unlock()
	}
	return nil
}

var (
	errTable   = errors.New("the table cannot be read")
	errDataKey = errors.New("the table's key does not exist")
)

// tableEnd is enough of a table to have its index and its last block, nearly always.
const tableEnd = 96 << 10

// openTable reads a table, or so much of its end, into memory and returns its blocks:
// Badger may delete the file meanwhile. The checksum of the last block is not compared
// yet, so that the keys are known even if it is damaged. Badger panics at some damage.
func (i *inspector) openTable(path string, id uint64, facts badger.TableManifest, most int64) (blocks []block, err error) {
	defer func() {
		if recover() != nil {
			blocks, err = nil, errTable
		}
	}()
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	data, from := make([]byte, size), max(size-most, 0)
	if _, err := f.ReadAt(data[from:], from); err != nil {
		return nil, err
	}
	key, err := i.keys.DataKey(facts.KeyID)
	if err != nil {
		return nil, errDataKey
	}
	o := &table.Options{DataKey: key, Compression: facts.Compression, BlockSize: blockBytes, IndexCache: i.indexes}
	t, err := table.OpenInMemoryTable(data, id, o)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errTable, err)
	}
	o.ChkMode = options.OnBlockRead         // it was NoVerification
	firsts := t.KeySplits(math.MaxInt, nil) // the first key of each block
	for n, first := range firsts {
		next := strings.Join(firsts[n+1:min(n+2, len(firsts))], "")
		blocks = append(blocks, block{t, []byte(first), []byte(next)})
	}
	return blocks, nil
}

// block is a part of a table with a checksum of its own.
type block struct {
	table       *table.Table
	first, next []byte // its first key, and the next block's; empty for the last one
}

// readable reports whether the block is undamaged.
func (b block) readable() (whole bool) {
	defer func() { whole = recover() == nil && whole }()
	it := b.table.NewIterator(table.NOCACHE)
	defer func() { _ = it.Close() }()
	it.Seek(b.first)
	return it.Valid()
}

// logHead is the size of a log's head: the number of a data key, and what begins every
// IV. A log is longer than what was written: the rest is 0.
const logHead = 8 + 12

// log checks the head of a log, and all of the write-ahead log of a memtable, of which
// Badger exports no reader. It ends where an entry cannot be read; if one that can be
// read comes after it, it is no end but damage.
func (i *inspector) log(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	most := int64(math.MaxInt64)
	if filepath.Ext(path) == ".vlog" {
		most = logHead // its values are checked when they are read
	}
	raw, err := io.ReadAll(io.LimitReader(f, most))
	written := len(bytes.TrimRight(raw, "\x00"))
	if written == 0 || err != nil {
		return err // its maker was killed before it wrote anything
	}
	raw = append(raw[:written], make([]byte, logHead)...) // the last entry may end in zeros
	id := binary.BigEndian.Uint64(raw)
	dataKey, err := i.keys.DataKey(id)
	if err != nil || dataKey == nil {
		i.add(path, 0, lost, "the log was encrypted with key %d, which does not exist", id)
		return nil
	}
	at := logHead
	for k, next := cutLogEntry(raw, at, dataKey.Data); next > 0; k, next = cutLogEntry(raw, at, dataKey.Data) {
		if len(k) <= 8 || !i.names.Ours(k) && !bytes.HasPrefix(k, []byte("!badger!")) {
			i.add(path, 8, inLog, "the beginning of the log was changed after it was written: what follows decrypts to no entry of a store")
			return nil
		}
		at = next
	}
	for try := at + 1; try < written; try++ {
		if _, next := cutLogEntry(raw, try, dataKey.Data); next > 0 {
			i.add(path, at, inLog, "the entry there was changed after it was written; others that were written later follow")
			return nil
		}
	}
	if at < written {
		i.add(path, at, cut, "the last entry of the log cannot be read: its write was cut off, or it was changed later")
	}
	return nil
}

// cutLogEntry returns the key of the log's entry at an offset, and where the next begins;
// 0 when there is no entry. An entry is two bytes, three counted numbers (the lengths of
// key and value, and a time), key and value encrypted together, and CRC-32C.
func cutLogEntry(raw []byte, at int, dataKey []byte) (k []byte, next int) {
	from := at + 2
	var numbers [3]uint64
	for n := range numbers {
		value, size := binary.Uvarint(raw[min(from, len(raw)):])
		if size <= 0 || n < 2 && value > uint64(len(raw)) {
			return nil, 0
		}
		numbers[n], from = value, from+size
	}
	body := from + int(numbers[0])
	end := body + int(numbers[1])
	if numbers[0] == 0 || end+crc32.Size > len(raw) ||
		crc32.Checksum(raw[at:end], y.CastagnoliCrcTable) != binary.BigEndian.Uint32(raw[end:]) {
		return nil, 0
	}
	iv := binary.BigEndian.AppendUint32(bytes.Clone(raw[8:logHead]), uint32(at))
	k, _ = y.XORBlockAllocate(raw[from:body], dataKey, iv) // it refuses keys of other lengths alone
	return k, end + crc32.Size
}
