package stream

import (
	"fmt"
	"maps"
	"slices"

	"github.com/plumbline-dev/plumbline/host/internal/wire"
)

// tombstone is the way of a stream whose removals are sent by key.
const tombstone = "tombstone"

// A run may send this many removals of one stream, with this many bytes of keys.
const (
	maxRemovals     = 1_000_000
	maxRemovedBytes = 64 << 20
	removedAtOnce   = 2000 // in one group
)

// removals are what a TOMBSTONE stream said is gone.
//
// They take effect when the stream ends COMPLETE or COMPLETE_WITH_GAPS, and not before:
// a stream that fails, stops early or is cut off removes nothing. Its records are
// stored at each checkpoint as ever. From the first removal on its cursor is kept back,
// so that the next run begins before that removal and the vendor reports it again; no
// removal is lost. A record that is sent after its removal is not removed.
//
// A SNAPSHOT stream removes what a complete read does not list, and a NEVER stream
// removes nothing. A removal in one of these is a violation of the protocol.
type removals struct {
	gone   map[string]struct{} // keys
	bytes  int
	cursor []byte // of the latest checkpoint since the first of gone
	label  string
}

// removed notes that the connector says a record is gone.
func (c *conversation) removed(r *reading, key string) error {
	if r.state.Deletes != tombstone {
		return wire.Violation(fmt.Sprintf(
			"the connector sent record.removed = true for record %q of stream %q; only a stream that declares TOMBSTONE may send removals",
			key, r.state.Name))
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
		return wire.Violation(fmt.Sprintf("the connector sent more than %d removals, or %d MiB of their keys, of stream %q in one run",
			maxRemovals, maxRemovedBytes>>20, r.state.Name))
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

// hold takes the cursor out of a group while there are removals that are not stored.
func (r *removals) hold(group *Group) {
	if len(r.gone) == 0 {
		r.cursor, r.label = nil, ""
		return
	}
	if len(group.Cursor) > 0 {
		r.cursor, r.label = group.Cursor, group.Label
	}
	group.Cursor, group.Label = nil, ""
}

// remove stores the removals of a stream that has been read to its end, and then the
// cursor that was kept back.
func (c *conversation) remove(r *reading) error {
	if len(r.gone) == 0 {
		return nil
	}
	keys := slices.Sorted(maps.Keys(r.gone))
	for part := range slices.Chunk(keys, removedAtOnce) {
		group := Group{Stream: r.state.Name}
		for _, key := range part {
			group.Records = append(group.Records, Record{Key: key, Removed: true})
		}
		if keys = keys[len(part):]; len(keys) == 0 {
			group.Cursor, group.Label = r.cursor, r.label
		}
		c.committer.take(pending{reading: r, group: group})
	}
	return c.committer.flush()
}
