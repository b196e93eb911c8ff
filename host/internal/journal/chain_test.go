package journal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
)

// chained is a store with five entries in its change log: three runs, the last of
// which removes bob.
func chained(t *testing.T) *bundle {
	t.Helper()
	b := setup(t)
	b.sync(snapshot, host.OutcomeComplete, record("ann", "1"), record("bob", "1"))
	b.sync(snapshot, host.OutcomeComplete, record("ann", "2"), record("bob", "1"))
	b.sync(snapshot, host.OutcomeComplete, record("ann", "2"), record("cid", "1"))
	b.clean()
	return b
}

func (b *bundle) clean() {
	b.t.Helper()
	v, err := b.VerifyAll(b.t.Context(), nil)
	must(b.t, err)
	if !v.OK() {
		b.t.Fatalf("the store has bad entries before anything is changed: %+v", v.Bad)
	}
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

// TestVerifyNamesTheEntry changes stored entries the way somebody with the key
// could and wants the first bad one named.
func TestVerifyNamesTheEntry(t *testing.T) {
	t.Parallel()
	forged := journal.Forge(`{"v":"9"}`)
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
		"an entry without its link":  {'l', 2, func(raw []byte) []byte { return append([]byte{1}, raw[41:]...) }, "chain", func(b host.BadEntry) bool { return b.At != nil }},
		"an entry nobody can read":   {'l', 2, func([]byte) []byte { return []byte{9} }, "change_log", func(b host.BadEntry) bool { return b.At != nil }},
		"the oldest entry deleted":   {'l', 3, gone, "chain", func(b host.BadEntry) bool { return b.Number == 2 }},
		"the newest entry deleted":   {'l', 0, gone, "chain", func(b host.BadEntry) bool { return b.Number == 4 }},
		"the head":                   {'h', 0, flip(20), "chain", func(b host.BadEntry) bool { return b.Number == 4 }},
		"the head deleted":           {'h', 0, gone, "chain", func(b host.BadEntry) bool { return true }},
		"a document":                 {'w', 0, flip(-3), "version", func(b host.BadEntry) bool { return b.Key == "ann" && b.Stream == "users" && b.At != nil }},
		"the run of a version":       {'w', 0, flip(5), "version", func(b host.BadEntry) bool { return b.Key == "ann" && b.Run != "" }},
		"another document":           {'w', 0, forged, "version", func(b host.BadEntry) bool { return b.Key == "ann" }},
		"the documents of a version": {'w', 0, gone, "version", func(b host.BadEntry) bool { return b.Key == "ann" }},
		"another slot":               {'v', 0, flip(-1), "version", func(b host.BadEntry) bool { return b.Key == "ann" }},
		"documents of no version":    {'v', 1, gone, "version", func(b host.BadEntry) bool { return strings.Contains(b.Message, "documents are stored for") }},
		"an old version deleted":     {'v', 1, gone, "change_log", func(b host.BadEntry) bool { return b.Key == "ann" && b.Number == 1 }},
		"a removal's version":        {'v', 2, func(raw []byte) []byte { raw[1] = 2; return raw }, "version", func(b host.BadEntry) bool { return b.Key == "bob" }},
		"the digest":                 {'g', 1, flip(20), "digest", func(b host.BadEntry) bool { return true }},
		"a run":                      {'r', 0, func([]byte) []byte { return []byte("{") }, "run", func(b host.BadEntry) bool { return b.Run != "" }},
		"a connection":               {'c', 0, func([]byte) []byte { return []byte("{") }, "connection", func(b host.BadEntry) bool { return b.Alias != "" }},
		"an alias deleted":           {'a', 0, gone, "connection", func(b host.BadEntry) bool { return strings.Contains(b.Message, "prod") }},
		"a stream's header deleted":  {'s', 0, gone, "change_log", func(b host.BadEntry) bool { return b.Stream == "users" }},
		"the counter of the records": {'s', 0, func(raw []byte) []byte { return bytes.Replace(raw, []byte(`"records":2`), []byte(`"records":3`), 1) }, "count", func(b host.BadEntry) bool { return b.Stream == "users" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := chained(t)
			must(t, b.Tamper(test.prefix, test.nth, test.edit))
			v := ok(b.VerifyAll(t.Context(), nil))(t)
			for _, bad := range v.Bad {
				if bad.Kind == test.kind && test.names(bad) {
					return
				}
			}
			t.Errorf("no bad entry of kind %s with its name in %+v", test.kind, v.Bad)
		})
	}
}

// TestStreamsShareTheChain lets the streams of one run commit at the same moment:
// each of their entries must find its own place.
func TestStreamsShareTheChain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	run := b.begin()
	var wait sync.WaitGroup
	for n := range 4 {
		w := b.stream(run, host.StreamInfo{Name: fmt.Sprint("stream", n), Kind: "account", Deletes: "snapshot"})
		wait.Go(func() {
			for i := range 20 {
				if _, err := w.Commit(group(docs(i*3, 3, "1", 0))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	b.clean()
	v := ok(b.VerifyAll(t.Context(), nil))(t)
	if c := v.Connections[0]; c.Length != 80 || c.Versions != 240 || c.Records != 240 {
		t.Errorf("the chain has %d entries, %d versions of %d records", c.Length, c.Versions, c.Records)
	}
}

func TestChainAfterItsAnchor(t *testing.T) {
	t.Parallel()
	b := chained(t)
	before := ok(b.VerifyAll(t.Context(), nil))(t).Connections[0]
	must(t, b.DropOldest(b.conn.ID, 2))
	v := ok(b.VerifyAll(t.Context(), nil))(t)
	c := v.Connections[0]
	if c.From != 2 || c.Length != before.Length || c.Head != before.Head {
		t.Errorf("after the oldest entries went the chain is %+v, was %+v", c, before)
	}
	for _, bad := range v.Bad {
		if bad.Kind == "chain" {
			t.Errorf("the rest of the chain is called bad: %+v", bad)
		}
	}
	if err := b.DropOldest(b.conn.ID, 1); err != nil {
		t.Error(err)
	}
	must(t, b.Tamper('h', 0, flip(70)))
	if v = ok(b.VerifyAll(t.Context(), nil))(t); !hasBad(v, "chain") {
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
	b := setup(t)
	b.sync(snapshot, host.OutcomeComplete, docs(0, 2000, "1", 0)...)
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
