package conform

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
	"github.com/plumbline-dev/plumbline/sdk/replay"
)

// deleteCases are about removed records, and records that only seem removed.
func deleteCases() []Case {
	return []Case{
		{"X1", Must, "a stream with tombstones sends removals by key", onScenario(false, "deleted")},
		{"X2", Must, "only a stream with tombstones sends removals, and without a document", onOutcome(tryTombstones)},
		{"X3", Must, "a failed request keeps a stream from being complete", onEachRequest(6, broken(), notWhole)},
		{"X4", Must, "a permission lost during the run keeps a stream from being complete", onRequests(tryLostPermission)},
		{"X5", Must, "a record that was deleted and created again is present", onScenario(false, "re-created")},
		{"X6", Must, "a stream without tombstones sends no removal in a run that fails", onEachRequest(6, broken(), removalsOnFailure)},
		{"X7", Must, "a stream that failed after a removal is not complete", tryFailureAfterRemoval},
	}
}

func tryTombstones(full *outcome) error {
	for _, d := range full.described.GetStreams() {
		for _, r := range full.stream(d.GetName()).committed {
			switch {
			case r.GetRemoved() && d.GetDeletes() != connectorv1.DeleteVisibility_DELETE_VISIBILITY_TOMBSTONE:
				return fmt.Errorf("stream %s removes record %s and does not declare tombstones", d.GetName(), r.GetKey())
			case r.GetRemoved() && len(r.GetPayload()) > 0:
				return fmt.Errorf("stream %s removes record %s with a document", d.GetName(), r.GetKey())
			case !r.GetRemoved() && len(r.GetPayload()) == 0:
				return fmt.Errorf("stream %s sends record %s without a document", d.GetName(), r.GetKey())
			}
		}
	}
	return nil
}

// broken is the fault of a server that fails.
func broken() replay.Fault {
	return replay.Fault{Status: http.StatusInternalServerError, Body: `{"error":"broken"}`}
}

func tryLostPermission(ctx context.Context, k *kit, full *outcome) error {
	names := full.names()
	if pages := full.paged().names; pages != nil {
		names = pages
	}
	tries := []string{names[len(names)-1]}
	if slices.ContainsFunc(full.described.GetPermissions(), (*connectorv1.Permission).GetOptional) {
		tries = append(tries, full.lastOfOthers(tries[0])...)
	}
	var o *outcome
	for i, last := range tries {
		var err error
		o, err = k.run(ctx, under(replay.Fault{Only: named(last), Status: http.StatusForbidden, Body: `{"error":"forbidden"}`}))
		if err != nil {
			return err
		}
		if i < len(tries)-1 && len(o.claims()) >= len(full.claims()) && o.sameKeys(full) == nil {
			continue // what an optional permission shows is unknown now, and no record is lost
		}
		if err := notWhole(full, o); err != nil {
			return fmt.Errorf("%s: %w", last, err)
		}
		break
	}
	for _, s := range o.each() {
		if !s.complete() && s.result.GetError() == nil && len(s.gaps) == 0 {
			return errors.New("stream " + s.name + " names neither an error nor a gap")
		}
	}
	return nil
}

// lastOfOthers returns the last request to each path but that of the request named, at most five,
// the last ones first.
func (o *outcome) lastOfOthers(name string) (names []string) {
	paths := map[string]bool{}
	asked := o.asked()
	for _, v := range asked {
		if v.Name() == name {
			paths[v.URL.Path] = true
		}
	}
	for _, v := range slices.Backward(asked) {
		if !paths[v.URL.Path] && len(names) < 5 {
			paths[v.URL.Path] = true
			names = append(names, v.Name())
		}
	}
	return names
}

// removalsOnFailure checks every batch, not only the committed ones.
func removalsOnFailure(_, o *outcome) error {
	for _, m := range o.messages {
		stream := m.GetBatch().GetStream()
		if slices.ContainsFunc(m.GetBatch().GetRecords(), (*connectorv1.Record).GetRemoved) && !o.tombstones(stream) {
			return fmt.Errorf("stream %s sends a removal and does not declare tombstones", stream)
		}
	}
	return nil
}

func (o *outcome) tombstones(stream string) bool {
	return slices.ContainsFunc(o.described.GetStreams(), func(s *connectorv1.Stream) bool {
		return s.GetName() == stream && s.GetDeletes() == connectorv1.DeleteVisibility_DELETE_VISIBILITY_TOMBSTONE
	})
}

// tryFailureAfterRemoval fails the last request of a run with deletions.
func tryFailureAfterRemoval(ctx context.Context, k *kit) error {
	s, err := k.recorded("deleted")
	if err != nil {
		return errors.Join(k.leavesCursor(ctx), err)
	}
	full, err := k.complete(ctx)
	if err != nil {
		return err
	}
	going := play{scenario: s, streams: slices.Sorted(maps.Keys(s.Expect.Streams)), cursors: full.cursors()}
	for name, cursor := range s.Expect.Cursors {
		going.cursors[name] = cursor
	}
	o, err := k.run(ctx, going)
	if err != nil {
		return err
	}
	names := o.names()
	if len(names) == 0 {
		return noRequests
	}
	last := names[len(names)-1]
	going.faults = []replay.Fault{{Only: named(last), Status: http.StatusBadRequest, Body: `{"error":"no"}`}}
	if o, err = k.run(ctx, going); err != nil {
		return err
	}
	if len(o.claims()) == len(o.each()) {
		return fmt.Errorf("%s failed, and every stream is complete: stream %s removed %v", last, o.claims()[0], keysOf(o.records(), true))
	}
	return nil
}
