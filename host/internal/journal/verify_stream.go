package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
)

// tally is a set of changes, told by their number and the sum of their hashes: in
// any order, and in little memory.
type tally struct {
	n      int
	lo, hi uint64
}

func (t *tally) add(key, run string, at time.Time, hash string) {
	sum := changePrint(key, run, at, hash)
	var carry uint64
	t.lo, carry = bits.Add64(t.lo, binary.BigEndian.Uint64(sum[:]), 0)
	t.hi, _ = bits.Add64(t.hi, binary.BigEndian.Uint64(sum[8:]), carry)
	t.n++
}

// changePrint is the fingerprint of a change: hash is empty for a removal.
func changePrint(key, run string, at time.Time, hash string) fingerprint {
	raw := appendCounted(appendCounted(appendCounted(nil, key), run), hash)
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(raw, uint64(at.UnixNano())))
	return fingerprint(sum[:16])
}

// audit walks one stream's versions, newest first within each record.
type audit struct {
	*verifier
	header    header
	documents *documents
	digest    digest
	logged    tally // what the change log says
	stored    tally
	records   int
	versions  int
	packed    int // versions whose document is in a pack

	key   string // of the record being walked
	newer *step  // the version after the one to be looked at next
}

type step struct {
	at   time.Time
	hash [32]byte
	gone bool
}

func (a *audit) run(txn *badgerdir.Txn) error {
	h := a.header
	if err := a.store.loadDigest(txn, h, &a.digest); err != nil {
		a.bad(badDigest, host.BadEntry{Stream: h.Name}, "%v", err)
	}
	prefix := numbered(prefixVersion, h.Number)
	err := each(txn, prefix, func(item *badgerdir.Item) error {
		a.versions++
		record, at, err := cutVersion(item.Key()[len(prefix):])
		if err == nil {
			err = item.Value(func(raw []byte) error { return a.version(record, at, raw) })
		}
		if err != nil {
			a.bad(badVersion, host.BadEntry{Stream: h.Name, Key: record, At: moment(at)}, "the version cannot be read: %v", err)
		}
		return a.step()
	})
	a.settle(nil)
	if err := a.packs(txn); err != nil {
		return err
	}
	if a.records != h.Records {
		a.bad(badCount, host.BadEntry{Stream: h.Name}, "%d records are stored, %d are counted", a.records, h.Records)
	}
	if a.records != a.digest.live {
		a.bad(badDigest, host.BadEntry{Stream: h.Name}, "%d records are stored, the digest holds %d", a.records, a.digest.live)
	}
	return err
}

// packs holds the number of documents in packs against that of the versions they
// belong to. That each version has its document is known by then.
func (a *audit) packs(txn *badgerdir.Txn) error {
	documents := 0
	err := each(txn, numbered(prefixPack, a.header.Number), func(item *badgerdir.Item) error {
		err := item.Value(func(raw []byte) error {
			p, err := a.documents.codec.unpack(raw)
			documents += p.live()
			return err
		})
		if err != nil {
			a.bad(badVersion, host.BadEntry{Stream: a.header.Name}, "documents cannot be read: %v", err)
		}
		return a.step()
	})
	if documents != a.packed {
		a.bad(badVersion, host.BadEntry{Stream: a.header.Name}, "%d documents are stored for %d versions", documents, a.packed)
	}
	return err
}

func cutVersion(rest []byte) (record string, at time.Time, err error) {
	record, rest, err = cutText(rest)
	if err != nil {
		return record, at, err
	}
	at, _, err = cutTime(rest)
	return record, at, err
}

// version checks one version and its document.
func (a *audit) version(record string, at time.Time, raw []byte) error {
	v, err := a.documents.version(a.header.Number, at, raw)
	if err != nil {
		return err
	}
	if v.packed() {
		a.packed++
	}
	gone := v.kind == changeRemoved
	bad := host.BadEntry{Stream: a.header.Name, Key: record, Run: v.run, At: moment(at)}
	hash := ""
	if !gone {
		hash = hex.EncodeToString(v.hash[:])
		if sha256.Sum256(v.doc) != v.hash {
			a.bad(badVersion, bad, "the document is not the one its hash was made of")
		}
	} else if len(v.doc) > 0 || v.hash != [32]byte{} {
		a.bad(badVersion, bad, "a removal has a document or a hash")
	}
	if at.After(a.since) {
		a.stored.add(record, v.run, at, hash)
	}
	a.visit(record, step{at: at, hash: v.hash, gone: gone}, bad)
	return nil
}

// visit takes in the next version, which is older than the one before or
// another record's newest.
func (a *audit) visit(record string, v step, bad host.BadEntry) {
	if a.newer != nil && record == a.key {
		a.settle(&v)
	} else {
		a.settle(nil)
		a.newest(record, v, bad)
	}
	a.key, a.newer = record, &v
}

// newest holds a record's newest version against the digest.
func (a *audit) newest(record string, v step, bad host.BadEntry) {
	content, exists := a.digest.content(keyPrint(record))
	if exists == v.gone || (exists && content != contentPrint(v.hash)) {
		a.bad(badDigest, bad, "the newest version is not the one the digest holds")
	}
	if !v.gone {
		a.records++
	}
}

// settle looks at the transition to a.newer, now that what was before is known.
func (a *audit) settle(older *step) {
	v := a.newer
	if v == nil {
		return
	}
	a.newer = nil
	if !v.at.After(a.since) {
		return
	}
	if older != nil && older.gone == v.gone && older.hash == v.hash || older == nil && v.gone {
		a.bad(badVersion, host.BadEntry{Stream: a.header.Name, Key: a.key, At: moment(v.at)}, "the version repeats the one before")
	}
}

// firstDifference names a version that is not logged, or a logged change without
// its version, when the sums say that there is one.
func (v *verifier) firstDifference(txn *badgerdir.Txn, connection string, h header) error {
	logged := map[fingerprint]bool{}
	err := eachEntry(txn, connection, func(place entryPlace, e logEntry, err error) error {
		if err != nil {
			return v.ctx.Err()
		}
		changes, _ := unpackChanges(e.body, place.at)
		for _, k := range changes {
			if k.Stream == h.Name && k.At.After(v.since) {
				logged[changePrint(k.Key, k.Run, k.At, k.Hash)] = true
			}
		}
		return v.ctx.Err()
	})
	if err != nil {
		return err
	}
	prefix, docs := numbered(prefixVersion, h.Number), v.store.documents(txn)
	err = each(txn, prefix, func(item *badgerdir.Item) error {
		record, at, err := cutVersion(item.Key()[len(prefix):])
		if err != nil {
			return v.ctx.Err() // named already
		}
		if !at.After(v.since) {
			return v.ctx.Err() // may be pruned
		}
		return item.Value(func(raw []byte) error {
			stored, err := docs.version(h.Number, at, raw)
			if err != nil {
				return v.ctx.Err() // named already
			}
			hash := ""
			if stored.kind != changeRemoved {
				hash = hex.EncodeToString(stored.hash[:])
			}
			id := changePrint(record, stored.run, at, hash)
			if !logged[id] {
				v.bad(badVersion, host.BadEntry{Stream: h.Name, Key: record, Run: stored.run, At: moment(at)}, "the change log does not know this version")
			}
			delete(logged, id)
			return v.ctx.Err()
		})
	})
	if err != nil || len(logged) == 0 {
		return err
	}
	return v.firstLost(txn, connection, h, logged)
}

// firstLost names the oldest logged change that has no version.
func (v *verifier) firstLost(txn *badgerdir.Txn, connection string, h header, lost map[fingerprint]bool) error {
	return eachEntry(txn, connection, func(place entryPlace, e logEntry, err error) error {
		if err != nil {
			return v.ctx.Err()
		}
		changes, _ := unpackChanges(e.body, place.at)
		for _, k := range changes {
			if k.Stream == h.Name && lost[changePrint(k.Key, k.Run, k.At, k.Hash)] {
				v.bad(badChangeLog, host.BadEntry{Stream: h.Name, Key: k.Key, Run: k.Run, At: moment(k.At), Number: e.number}, "the change is logged, but its version is not stored")
			}
		}
		return v.ctx.Err()
	})
}
