package source

import (
	"maps"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
)

// tombstone is the way of a stream whose removals are sent by key.
const tombstone = "tombstone"

// A stream may send this many removals, with this many bytes of keys, before a
// checkpoint that has a cursor.
const (
	maxRemovals     = 1_000_000
	maxRemovedBytes = 64 << 20
	removedAtOnce   = 2000 // in one group
)

// removals are what a TOMBSTONE stream said is gone.
//
// A removal is stored with the next checkpoint that has a cursor, in its transaction.
// From then on the next run does not ask the vendor for it again, and the connector may
// have told the vendor to forget it (Output.WaitAcked): not storing it would lose it.
// Removals behind the last such checkpoint are stored when the stream ends COMPLETE or
// COMPLETE_WITH_GAPS. A stream that fails, stops early or is cut off drops them: its
// next run begins before them, so the vendor reports them again. A record that is sent
// after its removal, and before the removal is stored, is not removed.
//
// A SNAPSHOT stream removes what a complete read does not list, and a NEVER stream
// removes nothing. A removal in one of these is a violation of the protocol.
type removals struct {
	gone  map[string]struct{} // keys that are not stored yet
	bytes int
}

// removed notes that the connector says a record is gone.
func (c *conversation) removed(r *reading, key string) error {
	if r.stream.Deletes != tombstone {
		return host.Violation(
			"the connector sent record.removed = true for record %q of stream %q; only a stream that declares TOMBSTONE may send removals",
			key, r.stream.Name)
	}
	c.grow(r, len(key))
	if _, again := r.gone[key]; again {
		return nil
	}
	if r.gone == nil {
		r.gone = map[string]struct{}{}
	}
	r.gone[key] = struct{}{}
	if r.bytes += len(key); len(r.gone) > maxRemovals || r.bytes > maxRemovedBytes {
		return host.Violation(
			"the connector sent more than %d removals, or %d MiB of their keys, of stream %q without a checkpoint that has a cursor",
			maxRemovals, maxRemovedBytes>>20, r.stream.Name)
	}
	return nil
}

// returned notes that a record came, which may have been called gone before.
func (r *removals) returned(key string) {
	if _, ok := r.gone[key]; ok {
		delete(r.gone, key)
		r.bytes -= len(key)
	}
}

// settle adds the removals that are not stored yet to a group that has a cursor. Most
// of very many are stored in groups before it: a group is one transaction.
func (c *conversation) settle(r *reading, group *host.Group) {
	if len(group.Cursor) == 0 {
		return
	}
	group.Writes = append(group.Writes, c.flushRemovals(r)...)
}

// remove stores the removals of a stream that has been read to its end.
func (c *conversation) remove(r *reading) error {
	if rest := c.flushRemovals(r); len(rest) > 0 {
		c.committer.take(pending{reading: r, group: host.Group{Stream: r.stream.Name, Writes: rest}})
	}
	return c.committer.flush()
}

// flushRemovals hands over all removals but the last removedAtOnce, and returns those.
func (c *conversation) flushRemovals(r *reading) (rest []host.Write) {
	for _, key := range slices.Sorted(maps.Keys(r.gone)) {
		if len(rest) == removedAtOnce {
			c.committer.take(pending{reading: r, group: host.Group{Stream: r.stream.Name, Writes: rest}})
			rest = nil
		}
		rest = append(rest, host.Write{Key: key, Removed: true})
	}
	r.removals = removals{}
	return rest
}
