package records

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/badgerdir"
	"github.com/plumbline-dev/plumbline/host/internal/journal/layout"
)

// entriesBack yields the change log entries of connections, or of all, from a moment on
// back, newest first. It reads no bodies: one step costs one key.
func entriesBack(txn *badgerdir.Txn, connections []string, until time.Time) iter.Seq2[layout.EntryID, error] {
	switch len(connections) {
	case 0:
		return feedBack(txn, until)
	case 1:
		return logBack(txn, connections[0], until)
	}
	return mergeBack(txn, connections, until)
}

// feedBack yields the entries of all connections by the feed, which has them in the order
// of their commit times.
func feedBack(txn *badgerdir.Txn, until time.Time) iter.Seq2[layout.EntryID, error] {
	return func(yield func(layout.EntryID, error) bool) {
		options := badgerdir.Prefetching()
		options.Prefix, options.Reverse = []byte{layout.PrefixFeed}, true
		it := txn.NewIterator(options)
		defer it.Close()
		for it.Seek(layout.FeedKey(until)); it.Valid(); it.Next() {
			id, err := layout.CutFed(it.Item())
			if err == nil && id.Connection == layout.AuditChain {
				continue
			}
			if !yield(id, err) || err != nil {
				return
			}
		}
	}
}

// logBack yields the entries of one connection. Its keys begin with the epoch, so the run
// that had begun last by the moment says where to start.
func logBack(txn *badgerdir.Txn, connection string, until time.Time) iter.Seq2[layout.EntryID, error] {
	return func(yield func(layout.EntryID, error) bool) {
		epoch, found, err := epochAt(txn, connection, until)
		if err != nil {
			yield(layout.EntryID{}, err)
			return
		}
		if !found {
			return
		}
		from := layout.EntryID{Connection: connection, Epoch: epoch, At: until}
		for id, err := range under(txn, layout.Key(layout.PrefixChange, connection), from) {
			if err == nil && id.At.After(until) {
				continue // of the epoch before, which ended while the next one began
			}
			if !yield(id, err) {
				return
			}
		}
	}
}

// runBack yields the entries of one run.
func runBack(txn *badgerdir.Txn, run host.Run, until time.Time) iter.Seq2[layout.EntryID, error] {
	from := layout.EntryID{Connection: run.Connection, Epoch: run.Epoch, At: until}
	return under(txn, layout.EntriesOfRun(run.Connection, run.Epoch), from)
}

// under yields the entries of a connection under a prefix, from one on. After an error it
// yields no more.
func under(txn *badgerdir.Txn, prefix []byte, from layout.EntryID) iter.Seq2[layout.EntryID, error] {
	return func(yield func(layout.EntryID, error) bool) {
		it := txn.NewIterator(badgerdir.IteratorOptions{Prefix: prefix})
		defer it.Close()
		for it.Seek(from.Key()); it.Valid(); it.Next() {
			id, err := layout.CutEntry(it.Item().Key(), from.Connection)
			if !yield(id, err) || err != nil {
				return
			}
		}
	}
}

// epochAt returns the epoch of the run of a connection that had begun last by a moment.
func epochAt(txn *badgerdir.Txn, connection string, at time.Time) (epoch uint64, found bool, err error) {
	prefix := layout.Key(layout.PrefixRunsOf, connection)
	options := badgerdir.IteratorOptions{Prefix: prefix}
	err = layout.EachFrom(txn, options, layout.ListedFrom(prefix, at), func(item *badgerdir.Item) error {
		run, err := layout.ListedRun(txn, item.Key()[len(prefix):])
		epoch, found = run.Epoch, err == nil
		return cmp.Or(err, layout.ErrStop)
	})
	return epoch, found, err
}

// mergeBack yields the entries of several connections.
func mergeBack(txn *badgerdir.Txn, connections []string, until time.Time) iter.Seq2[layout.EntryID, error] {
	return func(yield func(layout.EntryID, error) bool) {
		var heads []*head
		defer func() {
			for _, h := range heads {
				h.stop()
			}
		}()
		for _, connection := range connections {
			h := &head{}
			h.next, h.stop = iter.Pull2(logBack(txn, connection, until))
			heads = append(heads, h)
			h.step()
		}
		for {
			latest := slices.MaxFunc(heads, func(a, b *head) int {
				if a.ok != b.ok {
					return cmp.Compare(rank(a.ok), rank(b.ok))
				}
				return a.id.At.Compare(b.id.At)
			})
			if !latest.ok || !yield(latest.id, latest.err) || latest.err != nil {
				return
			}
			latest.step()
		}
	}
}

func rank(ok bool) int {
	if ok {
		return 1
	}
	return 0
}

// head is where the walk through one change log is.
type head struct {
	next func() (layout.EntryID, error, bool)
	stop func()
	id   layout.EntryID
	err  error
	ok   bool
}

func (h *head) step() { h.id, h.err, h.ok = h.next() }
