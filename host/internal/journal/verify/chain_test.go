package verify_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	. "github.com/plumbline-dev/plumbline/host/internal/journal/internal/journaltest"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
	"github.com/plumbline-dev/plumbline/host/internal/journal/ledger"
	"github.com/plumbline-dev/plumbline/host/internal/journal/pack"
)

// chained is a store with five entries in its change log: three runs, the last of
// which removes bob.
func chained(t *testing.T) *Bundle {
	t.Helper()
	b := Setup(t)
	b.Sync(Snapshot, host.OutcomeComplete, Record("ann", "1"), Record("bob", "1"))
	b.Sync(Snapshot, host.OutcomeComplete, Record("ann", "2"), Record("bob", "1"))
	b.Sync(Snapshot, host.OutcomeComplete, Record("ann", "2"), Record("cid", "1"))
	b.Clean()
	return b
}

// flip returns an edit that changes one byte, counted from the end if negative.
func flip(at int) func([]byte) []byte {
	return func(raw []byte) []byte {
		if at < 0 {
			at += len(raw)
		}
		raw[at] ^= 1
		return raw
	}
}

func gone([]byte) []byte { return nil }

// TestVerifyNamesTheEntry changes stored entries as a person with the key could, and wants
// the first bad one named.
func TestVerifyNamesTheEntry(t *testing.T) {
	t.Parallel()
	dated := func(b host.BadEntry) bool { return b.At != nil }
	ofUsers := func(b host.BadEntry) bool { return b.Stream == "users" }
	datedAnn := func(b host.BadEntry) bool { return b.Key == "ann" && ofUsers(b) && dated(b) }
	changed := func(raw []byte) []byte { raw[1] = layout.Changed; return raw }
	says := func(word string) func(host.BadEntry) bool {
		return func(b host.BadEntry) bool { return strings.Contains(b.Message, word) }
	}
	becomes := func(value string) func([]byte) []byte {
		return func([]byte) []byte { return []byte(value) }
	}
	withoutLink := func(raw []byte) []byte { return append([]byte{1}, raw[41:]...) }
	forged := forge(`{"v":"9"}`)
	for name, test := range map[string]struct {
		prefix byte
		nth    int // keys in order; the change log has the newest first
		edit   func([]byte) []byte
		kind   string
		names  func(host.BadEntry) bool
	}{
		"a run's name in an entry":   {'l', 1, flip(42), "chain", func(b host.BadEntry) bool { return b.Number == 3 && b.Stream == "users" }},
		"a document's hash in one":   {'l', 2, flip(-1), "chain", func(b host.BadEntry) bool { return b.Number == 2 && b.At != nil }},
		"a link":                     {'l', 2, flip(12), "chain", func(b host.BadEntry) bool { return b.Number == 2 }},
		"a number":                   {'l', 2, flip(8), "chain", func(b host.BadEntry) bool { return b.Number == 3 }},
		"an entry without its link":  {'l', 2, withoutLink, "chain", dated},
		"an unreadable entry":        {'l', 2, becomes("\t"), "change_log", dated},
		"the oldest entry deleted":   {'l', 3, gone, "chain", func(b host.BadEntry) bool { return b.Number == 2 }},
		"the newest entry deleted":   {'l', 0, gone, "chain", func(b host.BadEntry) bool { return b.Number == 4 }},
		"the head":                   {'h', 0, flip(20), "chain", func(b host.BadEntry) bool { return b.Number == 4 }},
		"the head deleted":           {'h', 0, gone, "chain", func(b host.BadEntry) bool { return true }},
		"a document":                 {'w', 0, flip(-3), "version", datedAnn},
		"the run of a version":       {'w', 0, flip(5), "version", func(b host.BadEntry) bool { return b.Key == "ann" && b.Run != "" }},
		"another document":           {'w', 0, forged, "version", func(b host.BadEntry) bool { return b.Key == "ann" }},
		"the documents of a version": {'w', 0, gone, "version", func(b host.BadEntry) bool { return b.Key == "ann" }},
		"another slot":               {'v', 0, flip(-1), "version", func(b host.BadEntry) bool { return b.Key == "ann" }},
		"documents of no version":    {'v', 1, gone, "version", says("documents are stored for")},
		"an old version deleted":     {'v', 1, gone, "change_log", func(b host.BadEntry) bool { return b.Key == "ann" && b.Number == 1 }},
		"a removal's version":        {'v', 2, changed, "version", func(b host.BadEntry) bool { return b.Key == "bob" }},
		"the digest":                 {'g', 1, flip(20), "digest", func(b host.BadEntry) bool { return true }},
		"a run":                      {'r', 0, becomes("{"), "run", func(b host.BadEntry) bool { return b.Run != "" }},
		"a connection":               {'c', 0, becomes("{"), "connection", func(b host.BadEntry) bool { return b.Alias != "" }},
		"an alias deleted":           {'a', 0, gone, "connection", says("prod")},
		"a stream's header deleted":  {'s', 0, gone, "change_log", ofUsers},
		"the counter of the records": {'s', 0, change(`"records":2`, `"records":3`), "count", ofUsers},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := chained(t)
			tamper(b, test.prefix, test.nth, test.edit)
			v := OK(b.VerifyAll(t.Context(), nil))(t)
			for _, bad := range v.Bad {
				if bad.Kind == test.kind && test.names(bad) {
					return
				}
			}
			t.Errorf("no bad entry of kind %s with its name in %+v", test.kind, v.Bad)
		})
	}
}

func TestChainAfterItsAnchor(t *testing.T) {
	t.Parallel()
	b := chained(t)
	before := OK(b.VerifyAll(t.Context(), nil))(t).Connections[0]
	dropOldest(b, 2)
	v := OK(b.VerifyAll(t.Context(), nil))(t)
	c := v.Connections[0]
	if c.From != 2 || c.Length != before.Length || c.Head != before.Head {
		t.Errorf("after the oldest entries went the chain is %+v, was %+v", c, before)
	}
	for _, bad := range v.Bad {
		if bad.Kind == "chain" {
			t.Errorf("the rest of the chain is called bad: %+v", bad)
		}
	}
	dropOldest(b, 1)
	tamper(b, 'h', 0, flip(70))
	if v = OK(b.VerifyAll(t.Context(), nil))(t); !hasBad(v, "chain") {
		t.Errorf("another anchor was not noticed: %+v", v.Bad)
	}
}

func hasBad(v host.Verification, kind string) bool {
	for _, b := range v.Bad {
		if b.Kind == kind {
			return true
		}
	}
	return false
}

func TestVerifyStops(t *testing.T) {
	t.Parallel()
	b := Setup(t)
	b.Sync(Snapshot, host.OutcomeComplete, Docs(0, 2000, "1", 0)...)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := b.VerifyAll(ctx, func(p journal.Progress) {
		if p.Phase == "records" && p.Done > 0 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled verification returned %v", err)
	}
}

func TestVerifyNotices(t *testing.T) {
	t.Parallel()
	for what, word := range map[byte]string{
		'v': "digest holds",
		'l': "entries are missing",
		's': "not stored",
		'h': "chain at entry 0",
	} {
		t.Run(string(what), func(t *testing.T) {
			t.Parallel()
			b := Setup(t)
			b.Sync(Snapshot, host.OutcomeComplete, Record("ann", "1"), Record("bob", "1"))
			b.Sync(Snapshot, host.OutcomeComplete, Record("ann", "2"), Record("bob", "1"))
			tamper(b, what, 0, gone)
			bad := OK(b.VerifyAll(t.Context(), nil))(t).Bad
			if !slices.ContainsFunc(bad, func(b host.BadEntry) bool { return strings.Contains(b.Message, word) }) {
				t.Errorf("no bad entry of %+v says %q", bad, word)
			}
		})
	}
	t.Run("g", func(t *testing.T) {
		t.Parallel()
		b := Setup(t)
		b.Sync(Snapshot, host.OutcomeComplete, Record("ann", "1"))
		tamper(b, 'g', 0, gone)
		if v := OK(b.VerifyAll(t.Context(), nil))(t); !hasBad(v, "digest") {
			t.Errorf("nothing bad was found: %+v", v.Bad)
		}
		run := b.Begin()
		if _, err := b.OpenStream(b.Conn.ID, Snapshot, run.ID, run.Epoch); err == nil {
			t.Error("opened a stream without its digest")
		}
	})
}

// forge puts another document into the first slot of a pack.
func forge(doc string) func(value []byte) []byte {
	return func(value []byte) []byte {
		codec, err := pack.NewCodec()
		if err != nil {
			panic(err)
		}
		p, err := codec.Unpack(value)
		if err != nil {
			panic(err)
		}
		p.Docs[0] = []byte(doc)
		return codec.Repack(p)
	}
}

// dropOldest deletes the n oldest entries of the connection's change log and moves the
// anchor of its chain behind them.
func dropOldest(b *Bundle, n int) {
	b.T.Helper()
	Must(b.T, b.Ledger.Update(func(txn *badgerdir.Txn) error {
		var doomed []layout.EntryID
		err := layout.EachEntry(txn, b.Conn.ID, func(id layout.EntryID, _ layout.Entry, err error) error {
			if len(doomed) == n {
				return layout.ErrStop
			}
			doomed = append(doomed, id)
			return err
		})
		if err != nil {
			return err
		}
		if err := ledger.DropAnchored(txn, doomed[n-1]); err != nil {
			return err
		}
		for _, id := range doomed {
			err = errors.Join(err, txn.Delete(id.Key()))
		}
		return err
	}))
}

// tamper changes the value of the n-th entry under a prefix, counted from the first key.
// An edit that returns nil deletes it.
func tamper(b *Bundle, prefix byte, n int, edit func(value []byte) []byte) {
	b.T.Helper()
	Must(b.T, b.Ledger.Update(func(txn *badgerdir.Txn) error {
		var keys [][]byte
		err := layout.EachKey(txn, []byte{prefix}, func(k []byte) error {
			keys = append(keys, bytes.Clone(k))
			return nil
		})
		if err != nil || n >= len(keys) {
			return fmt.Errorf("no entry %d under %c: %w", n, prefix, err)
		}
		value, err := layout.Read(txn, keys[n])
		if err != nil {
			return err
		}
		if value = edit(value); value == nil {
			return txn.Delete(keys[n])
		}
		return txn.Set(keys[n], value)
	}))
}
