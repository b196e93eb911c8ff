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

// deleteCases are about records that are gone, and records that seem so.
func deleteCases() []Case {
	return []Case{
		{"X1", Must, "a stream with tombstones sends removals by key", onScenario(false, "deleted")},
		{"X2", Must, "only a stream with tombstones sends removals, and without a document", tryTombstones},
		{"X3", Must, "a failed request keeps a stream from being complete", tryFailedRequest},
		{"X4", Must, "a permission lost on the way keeps a stream from being complete", tryLostPermission},
		{"X5", Must, "what was deleted and made again is there", onScenario(false, "re-created")},
		{"X6", Must, "a stream without tombstones sends no removal in a run that fails", tryRemovalsOnFailure},
		{"X7", Must, "a stream that failed after a removal is not complete", tryFailureAfterRemoval},
	}
}

func tryTombstones(ctx context.Context, k *kit) error {
	full, err := k.complete(ctx)
	if err != nil {
		return err
	}
	for _, d := range full.described.GetStreams() {
		for _, r := range full.stream(d.GetName()).committed {
			switch {
			case r.GetRemoved() && d.GetDeletes() != connectorv1.DeleteVisibility_DELETE_VISIBILITY_TOMBSTONE:
				return fmt.Errorf("stream %s removes record %s and is none with tombstones", d.GetName(), r.GetKey())
			case r.GetRemoved() && len(r.GetPayload()) > 0:
				return fmt.Errorf("stream %s removes record %s with a document", d.GetName(), r.GetKey())
			case !r.GetRemoved() && len(r.GetPayload()) == 0:
				return fmt.Errorf("stream %s sends record %s without a document", d.GetName(), r.GetKey())
			}
		}
	}
	return nil
}

func tryFailedRequest(ctx context.Context, k *kit) error {
	return k.eachRequest(ctx, 6, replay.Fault{Status: http.StatusInternalServerError, Body: `{"error":"broken"}`}, notWhole)
}

func tryLostPermission(ctx context.Context, k *kit) error {
	full, err := k.asking(ctx)
	if err != nil {
		return err
	}
	names := full.names()
	if pages := full.paged(); pages != nil {
		names = pages
	}
	o, err := k.run(ctx, play{faults: []replay.Fault{{Only: named(names[len(names)-1]), Status: http.StatusForbidden, Body: `{"error":"forbidden"}`}}})
	if err != nil {
		return err
	}
	if err := notWhole("", full, o); err != nil {
		return err
	}
	for _, s := range o.each() {
		if !s.complete() && s.result.GetError() == nil && len(s.gaps) == 0 {
			return errors.New("stream " + s.name + " names neither an error nor a gap")
		}
	}
	return nil
}

// tryRemovalsOnFailure looks at everything that was sent, not only at what was
// committed.
func tryRemovalsOnFailure(ctx context.Context, k *kit) error {
	return k.eachRequest(ctx, 6, replay.Fault{Status: http.StatusInternalServerError, Body: `{"error":"broken"}`}, func(name string, _, o *outcome) error {
		for _, m := range o.messages {
			stream := m.GetBatch().GetStream()
			if slices.ContainsFunc(m.GetBatch().GetRecords(), (*connectorv1.Record).GetRemoved) && !o.tombstones(stream) {
				return fmt.Errorf("after %s failed: stream %s sends a removal and is none with tombstones", name, stream)
			}
		}
		return nil
	})
}

func (o *outcome) tombstones(stream string) bool {
	return slices.ContainsFunc(o.described.GetStreams(), func(s *connectorv1.Stream) bool {
		return s.GetName() == stream && s.GetDeletes() == connectorv1.DeleteVisibility_DELETE_VISIBILITY_TOMBSTONE
	})
}

// tryFailureAfterRemoval lets the last request of a run with deletions fail.
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
		return notTried("it sends no HTTP request through the host's proxy")
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
