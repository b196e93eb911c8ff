package intake

import (
	"maps"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
)

// tombstone is how a stream deletes whose removals are sent by key.
const tombstone = "tombstone"

// The bounds of removals that wait for a cursor.
const (
	maxRemovals     = 1_000_000
	maxRemovedBytes = 64 << 20
	removedAtOnce   = 2000 // in one group
)

// removals are what a tombstone stream said is gone.
//
// A removal is stored with the next checkpoint that has a cursor, in its transaction.
// From then on the next run does not ask the vendor for it again, and the connector may
// have told the vendor to forget it (Output.WaitAcked): not storing it would lose it.
// Removals behind the last such checkpoint are stored when the stream ends complete or
// complete with gaps. A stream that fails, stops early or is cut off drops them: its
// next run begins before them, so the vendor reports them again. A record that is sent
// after its removal, and before the removal is stored, is not removed.
//
// A snapshot stream removes what a complete read does not list, and a stream of deletes
// "never" removes nothing. A removal in one of these is a violation.
type removals struct {
	gone  map[string]struct{} // keys that are not stored yet
	bytes int
}

// Remove takes the removal of a record.
func (s *Stream) Remove(key string) error {
	if _, err := s.count(key, len(key)); err != nil {
		return err
	}
	if s.info.Deletes != tombstone {
		return host.Violation("removed = true for record %q of stream %q: only a stream that declares TOMBSTONE may send removals",
			key, s.info.Name)
	}
	r := &s.removals
	if _, again := r.gone[key]; again {
		return nil
	}
	if r.gone == nil {
		r.gone = map[string]struct{}{}
	}
	r.gone[key] = struct{}{}
	if r.bytes += len(key); len(r.gone) > maxRemovals || r.bytes > maxRemovedBytes {
		return host.Violation("stream %q has more than %d removals, or %d MiB of their keys, without a checkpoint that has a cursor",
			s.info.Name, maxRemovals, maxRemovedBytes>>20)
	}
	return nil
}

// drop forgets the removal of a record that came after it.
func (r *removals) drop(key string) {
	if _, ok := r.gone[key]; ok {
		delete(r.gone, key)
		r.bytes -= len(key)
	}
}

// release returns the removals that are not stored yet. A group is one transaction, so
// very many removals make several groups.
func (s *Stream) release() (groups []host.Group) {
	for keys := range slices.Chunk(slices.Sorted(maps.Keys(s.removals.gone)), removedAtOnce) {
		writes := make([]host.Write, len(keys))
		for i, key := range keys {
			writes[i] = host.Write{Key: key, Removed: true}
		}
		groups = append(groups, host.Group{Stream: s.info.Name, Writes: writes})
	}
	s.removals = removals{}
	return groups
}
