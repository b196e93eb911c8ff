package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"time"

	badger "github.com/dgraph-io/badger/v4"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// OnCommit makes s call fn after every transaction.
func (s *Journal) OnCommit(fn func()) { s.committed = fn }

// Tamper changes the value of the n-th entry under a prefix, counted from the
// first key; an edit that returns nil deletes it.
func (s *Journal) Tamper(prefix byte, n int, edit func(value []byte) []byte) error {
	var k, value []byte
	err := s.view(func(txn *badgerdir.Txn) error {
		return each(txn, []byte{prefix}, func(item *badgerdir.Item) (err error) {
			if n > 0 {
				n--
				return nil
			}
			k = item.KeyCopy(nil)
			if value, err = item.ValueCopy(nil); err != nil {
				return err
			}
			return errStop
		})
	})
	if err != nil || k == nil {
		return fmt.Errorf("nothing under %c: %w", prefix, err)
	}
	return s.update(func(txn *badgerdir.Txn) error {
		if value = edit(value); value == nil {
			return txn.Delete(k)
		}
		return txn.Set(k, value)
	})
}

// Raw returns Badger's options for a store.
func Raw(o Options) badger.Options {
	if err := o.complete(); err != nil {
		panic(err)
	}
	disk := o.disk()
	return disk.Badger()
}

// KeepTables makes a store with these options leave its tables as they are.
func (o *Options) KeepTables() {
	still := defaultLimits
	still.keepTables = true
	o.limits = &still
}

// KeepDigest makes s put pieces of a digest together and never write it anew.
func (s *Journal) KeepDigest() { s.limits.compactEntries, s.limits.compactPieces = 1<<30, 1<<30 }

// Forge puts another document into the first slot of a pack.
func Forge(doc string) func(value []byte) []byte {
	return func(value []byte) []byte {
		codec, err := newCodec()
		if err != nil {
			panic(err)
		}
		p, err := codec.unpack(value)
		if err != nil {
			panic(err)
		}
		p.docs[0] = []byte(doc)
		return codec.repack(p)
	}
}

// DropOldest deletes the n oldest entries of a connection's change log and moves
// the anchor of its chain behind them.
func (s *Journal) DropOldest(connection string, n int) error {
	var doomed []entryPlace
	err := s.view(func(txn *badgerdir.Txn) error {
		return eachEntry(txn, connection, func(place entryPlace, _ logEntry, err error) error {
			if len(doomed) == n {
				return errStop
			}
			doomed = append(doomed, place)
			return err
		})
	})
	if err != nil {
		return err
	}
	return s.update(func(txn *badgerdir.Txn) error {
		if err := dropAnchored(txn, doomed[n-1]); err != nil {
			return err
		}
		for _, place := range doomed {
			if err := txn.Delete(keyChange(connection, place.epoch, place.at)); err != nil {
				return err
			}
		}
		return nil
	})
}

// KeepAnchors lets the anchors file be thinned out after this many lines.
func (s *Journal) KeepAnchors(lines int) { s.anchors.most = lines }

// Dump writes every key and value.
func (s *Journal) Dump(to io.Writer) error {
	return s.view(func(txn *badgerdir.Txn) error {
		return each(txn, nil, func(item *badgerdir.Item) error {
			return item.Value(func(value []byte) error {
				_, err := fmt.Fprintf(to, "%q %q\n", item.Key(), value)
				return err
			})
		})
	})
}

// InspectClosed looks at the files of a closed store alone.
func InspectClosed(ctx context.Context, o Options) (host.Verification, error) {
	v := newVerifier(ctx, time.Now, nil)
	if err := o.complete(); err != nil {
		return host.Verification{}, err
	}
	found, err := badgerdir.Inspect(ctx, o.disk(), v.tables)
	v.note(found)
	return v.finish(), err
}

// MakeSmall lets a few records fill a transaction and a chunk of the digest.
func (s *Journal) MakeSmall() {
	s.limits = limits{partRecords: 40, partBytes: 96 << 10, packRecords: 7, packBytes: 16 << 10, compactEntries: 10, compactPieces: 3, gatherPieces: 2, chunkEntries: 30, compactChunks: 2, pruneKeys: 12, pruneSeen: 60}
}

// SetSchema stores another schema number.
func (s *Journal) SetSchema(n byte) error {
	return s.update(func(txn *badgerdir.Txn) error {
		return txn.Set(keySchema, []byte{0, 0, 0, 0, 0, 0, 0, n})
	})
}

// CountKeys returns how many keys there are by prefix letter.
func (s *Journal) CountKeys() map[string]int {
	counts := map[string]int{}
	err := s.view(func(txn *badgerdir.Txn) error {
		return eachKey(txn, nil, func(k []byte) error {
			counts[string(k[:1])]++
			return nil
		})
	})
	if err != nil {
		panic(err)
	}
	return counts
}

// LargestValue returns the size of the largest stored value under a prefix.
func (s *Journal) LargestValue(prefix byte) int64 {
	var largest int64
	err := s.view(func(txn *badgerdir.Txn) error {
		return each(txn, []byte{prefix}, func(item *badgerdir.Item) error {
			largest = max(largest, item.ValueSize())
			return nil
		})
	})
	if err != nil {
		panic(err)
	}
	return largest
}

// Damage overwrites or removes one entry of a stream, to see Verify notice.
func (s *Journal) Damage(what byte) error {
	k, err := s.first([]byte{what})
	if err != nil || k == nil {
		return fmt.Errorf("nothing under %c: %w", what, err)
	}
	return s.deleteKeys(k)
}

// DigestMemory fills a digest with n records and returns the greatest number of
// bytes a record took while it grew.
func DigestMemory(n int) float64 {
	var d digest
	most := 0
	for i := range n {
		d.put(keyPrint(fmt.Sprint("user-", i)), contentPrint([32]byte{1, byte(i)}))
		if i > 10000 && i%1000 == 0 {
			most = max(most, int(d.held)*1000/(i+1))
		}
	}
	runtime.KeepAlive(&d)
	return float64(most) / 1000
}

// DigestAgrees runs the same random steps on a digest and on a map and reports the
// first difference, also between what each visits.
func DigestAgrees(steps []uint32, keys uint32) (err error) {
	memory := newAllowance(1 << 30)
	d := digest{memory: memory}
	defer func() {
		err = errors.Join(err, d.check())
		d.close()
		if left := memory.left.Load(); left != memory.most {
			err = errors.Join(err, fmt.Errorf("%d bytes of memory are left of %d", left, memory.most))
		}
	}()
	model := map[string]fingerprint{}
	marks := map[string]bool{}
	for _, step := range steps {
		key := fmt.Sprint(step % keys)
		id := keyPrint(key)
		switch step >> 20 % 7 {
		case 0:
			d.put(id, fingerprint{})
			delete(model, key)
			delete(marks, key)
		case 1, 2:
			d.mark(id)
			if _, ok := model[key]; ok {
				marks[key] = true
			}
		case 3:
			if step>>8%1021 == 0 {
				d.unmark()
				clear(marks)
			}
		default:
			content := contentPrint([32]byte{byte(step), byte(step >> 8), 15: 0xFF})
			d.put(id, content)
			model[key] = content
			delete(marks, key)
		}
		if d.live != len(model) || d.seen != len(marks) {
			return fmt.Errorf("after %d: live %d of %d, seen %d of %d", step, d.live, len(model), d.seen, len(marks))
		}
		got, ok := d.content(id)
		if want, exists := model[key]; ok != exists || got != want || d.marked(id) != marks[key] {
			return fmt.Errorf("after %d: key %s is %x %v, want %x %v", step, key, got, ok, want, exists)
		}
	}
	return d.sameAs(model, marks)
}

// sameAs holds everything that each visits, and all marks, against the model.
func (d *digest) sameAs(model map[string]fingerprint, marks map[string]bool) error {
	visited := map[fingerprint]fingerprint{}
	if err := d.each(func(k, content fingerprint) error { visited[k] = content; return nil }); err != nil {
		return err
	}
	for key, content := range model {
		if visited[keyPrint(key)] != content {
			return fmt.Errorf("each visits key %s with %x, want %x", key, visited[keyPrint(key)], content)
		}
		if d.marked(keyPrint(key)) != marks[key] {
			return fmt.Errorf("key %s is marked: %v, want %v", key, d.marked(keyPrint(key)), marks[key])
		}
	}
	if len(visited) != len(model) {
		return fmt.Errorf("each visits %d keys of %d", len(visited), len(model))
	}
	return nil
}

// KeyText returns the encoded form of a text, for the order test.
func KeyText(s string) []byte { return key('t', s) }

// CutKeyText is the inverse of KeyText.
func CutKeyText(k []byte) (string, []byte, error) { return cutText(k[1:]) }

// Allocated returns the bytes of the disk a file takes.
func Allocated(info fs.FileInfo) uint64 { return badgerdir.Allocated(info) }

// TakeOff takes a commit time as a transaction would; the returned function lands
// it.
func (s *Journal) TakeOff() func() {
	at := s.takeOff()
	return func() { s.landed(at) }
}

// Stale is the size of what is deleted and still in the tables, in bytes.
func (s *Journal) Stale() (bytes int) {
	for _, t := range s.disk.Tables() {
		bytes += int(t.StaleDataSize)
	}
	return bytes
}
