package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/bits"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/digest"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/pack"
)

// tally is a set of changes, as their number and the sum of their hashes: in any order,
// and in little memory.
type tally struct {
	n      int
	lo, hi uint64
}

func (t *tally) add(c host.Change) {
	sum := changePrint(c)
	var carry uint64
	t.lo, carry = bits.Add64(t.lo, binary.BigEndian.Uint64(sum[:]), 0)
	t.hi, _ = bits.Add64(t.hi, binary.BigEndian.Uint64(sum[8:]), carry)
	t.n++
}

// changePrint is the fingerprint of a change within its stream.
func changePrint(c host.Change) layout.Fingerprint {
	raw := layout.AppendCounted(layout.AppendCounted(layout.AppendCounted(nil, c.Key), c.Run), c.Hash)
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(raw, uint64(c.At.UnixNano())))
	return layout.Fingerprint(sum[:16])
}

// changeOf returns the change that made a version.
func changeOf(record string, at time.Time, v *layout.Version) host.Change {
	c := host.Change{Key: record, Run: v.Run, At: at}
	if v.Packed() {
		c.Hash = hex.EncodeToString(v.Hash[:])
	}
	return c
}

// streamCheck reads one stream's versions, newest first within each record.
type streamCheck struct {
	*verifier
	header   layout.Header
	cache    *pack.Cache
	digest   *digest.Digest
	stored   tally
	records  int
	versions int
	packed   int // versions whose document is in a pack

	key   string // of the record being read
	newer *state // the version that was read last
}

// state is a version without its document.
type state struct {
	at   time.Time
	hash [32]byte
	gone bool
}

// stream checks a stream.
func (v *verifier) stream(txn *badgerdir.Txn, h layout.Header) (*streamCheck, error) {
	c := &streamCheck{verifier: v, header: h, cache: v.ledger.Cache(txn), digest: digest.New(v.ledger.Memory)}
	defer c.digest.Close()
	err := errors.Join(c.run(txn), c.digest.Err())
	return c, err
}

func (c *streamCheck) run(txn *badgerdir.Txn) error {
	h := c.header
	if err := c.digest.Load(txn, h); err != nil {
		c.bad(badDigest, host.BadEntry{Stream: h.Name}, "%v", err)
	}
	prefix := layout.StreamKey(layout.PrefixVersion, h.Number)
	err := layout.Each(txn, prefix, func(item *badgerdir.Item) error {
		c.versions++
		record, at, err := layout.CutVersion(item.Key()[len(prefix):])
		if err == nil {
			err = item.Value(func(raw []byte) error { return c.version(record, at, raw) })
		}
		if err != nil {
			c.bad(badVersion, host.BadEntry{Stream: h.Name, Key: record, At: &at}, "the version cannot be read: %v", err)
		}
		return c.step()
	})
	c.settle(nil)
	if err := errors.Join(err, c.packs(txn)); err != nil {
		return err
	}
	if c.records != h.Records {
		c.bad(badCount, host.BadEntry{Stream: h.Name}, "%d records are stored, %d are counted", c.records, h.Records)
	}
	if c.records != c.digest.Live() {
		c.bad(badDigest, host.BadEntry{Stream: h.Name}, "%d records are stored, the digest holds %d", c.records, c.digest.Live())
	}
	return nil
}

// packs compares the number of documents in packs with that of the versions they belong
// to. That each version has its document is known by then.
func (c *streamCheck) packs(txn *badgerdir.Txn) error {
	documents := 0
	err := layout.Each(txn, layout.StreamKey(layout.PrefixPack, c.header.Number), func(item *badgerdir.Item) error {
		err := item.Value(func(raw []byte) error {
			p, err := c.cache.Codec.Unpack(raw)
			documents += p.Live()
			return err
		})
		if err != nil {
			c.bad(badVersion, host.BadEntry{Stream: c.header.Name}, "documents cannot be read: %v", err)
		}
		return c.step()
	})
	if documents != c.packed {
		c.bad(badVersion, host.BadEntry{Stream: c.header.Name}, "%d documents are stored for %d versions", documents, c.packed)
	}
	return err
}

// version checks one version and its document. The version's hash is that of its document;
// the digest and the change log say what it must be.
func (c *streamCheck) version(record string, at time.Time, raw []byte) error {
	v, err := c.cache.Version(c.header.Number, at, raw)
	if err != nil {
		return err
	}
	if v.Packed() {
		c.packed++
	}
	if at.After(c.since) {
		c.stored.add(changeOf(record, at, &v))
	}
	bad := host.BadEntry{Stream: c.header.Name, Key: record, Run: v.Run, At: &at}
	c.visit(record, state{at: at, hash: v.Hash, gone: !v.Packed()}, bad)
	return nil
}

// visit takes the next version, which is older than the one before or another record's
// newest.
func (c *streamCheck) visit(record string, v state, bad host.BadEntry) {
	if c.newer != nil && record == c.key {
		c.settle(&v)
	} else {
		c.settle(nil)
		c.newest(record, v, bad)
	}
	c.key, c.newer = record, &v
}

// newest compares a record's newest version with the digest.
func (c *streamCheck) newest(record string, v state, bad host.BadEntry) {
	want := layout.Fingerprint{}
	if !v.gone {
		want = layout.ContentPrint(v.hash)
		c.records++
	}
	if content, _ := c.digest.Get(layout.KeyPrint(record)); content != want {
		c.bad(badDigest, bad, "the newest version is not the one the digest holds")
	}
}

// settle checks the transition to c.newer from the version before it; nil = none.
func (c *streamCheck) settle(older *state) {
	v := c.newer
	if v == nil {
		return
	}
	c.newer = nil
	if !v.at.After(c.since) {
		return
	}
	if older != nil && older.gone == v.gone && older.hash == v.hash || older == nil && v.gone {
		c.bad(badVersion, host.BadEntry{Stream: c.header.Name, Key: c.key, At: &v.at}, "the version repeats the one before")
	}
}

// firstDifference names a version that is not logged, or a logged change without its
// version, when the tallies say that there is one.
func (v *verifier) firstDifference(txn *badgerdir.Txn, connection string, h layout.Header) error {
	logged := map[layout.Fingerprint]bool{}
	err := v.eachChange(txn, connection, h.Name, func(_ uint64, c host.Change) { logged[changePrint(c)] = true })
	if err != nil {
		return err
	}
	prefix, cache := layout.StreamKey(layout.PrefixVersion, h.Number), v.ledger.Cache(txn)
	err = layout.Each(txn, prefix, func(item *badgerdir.Item) error {
		record, at, err := layout.CutVersion(item.Key()[len(prefix):])
		if err != nil || !at.After(v.since) {
			return v.ctx.Err() // named already, or may be pruned
		}
		return item.Value(func(raw []byte) error {
			stored, err := cache.Version(h.Number, at, raw)
			if err != nil {
				return v.ctx.Err() // named already
			}
			id := changePrint(changeOf(record, at, &stored))
			if !logged[id] {
				v.bad(badVersion, host.BadEntry{Stream: h.Name, Key: record, Run: stored.Run, At: &at}, "the change log does not know this version")
			}
			delete(logged, id)
			return v.ctx.Err()
		})
	})
	if err != nil || len(logged) == 0 {
		return err
	}
	return v.eachChange(txn, connection, h.Name, func(number uint64, c host.Change) {
		if logged[changePrint(c)] {
			v.bad(badChangeLog, host.BadEntry{Stream: h.Name, Key: c.Key, Run: c.Run, At: &c.At, Number: number},
				"the change is logged, but its version is not stored")
		}
	})
}

// eachChange calls fn with the logged changes of a stream that cannot have been pruned,
// oldest first, and the numbers of their entries. It skips an entry that cannot be read.
func (v *verifier) eachChange(txn *badgerdir.Txn, connection, stream string, fn func(number uint64, c host.Change)) error {
	return layout.EachEntry(txn, connection, func(entry layout.EntryID, e layout.Entry, err error) error {
		if err == nil {
			changes, _ := layout.UnpackChanges(e.Body, entry.At)
			for _, c := range changes {
				if c.Stream == stream && c.At.After(v.since) {
					fn(e.Number, c)
				}
			}
		}
		return v.ctx.Err()
	})
}
