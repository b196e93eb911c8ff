package connections

import (
	"context"
	"slices"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/actor"
)

// SyncRequest says what a person asks of a run.
type SyncRequest struct {
	Full            bool     `json:"full,omitempty" doc:"Read every stream from its beginning, so that deletions at the source are noticed"`
	ConfirmRemovals bool     `json:"confirm_removals,omitempty" doc:"Remove what is held and still not found; other removals are judged anew"`
	Confirm         []string `json:"confirm,omitempty" doc:"Held removals that a person saw, by id; empty = all; 409 when one has changed"`
}

// agreed returns the held removals that a request confirms, by stream.
func (k *Keeper) agreed(connection host.Connection, request SyncRequest) (map[string]string, error) {
	if !request.ConfirmRemovals {
		if len(request.Confirm) > 0 {
			return nil, host.Invalid("confirm", request.Confirm, "needs confirm_removals to be true")
		}
		return nil, nil
	}
	held, err := k.parts.Store.Held(connection.ID)
	if err != nil {
		return nil, err
	}
	for _, id := range request.Confirm {
		if !slices.ContainsFunc(held, func(h host.HeldRemoval) bool { return h.ID == id }) {
			changed := host.Refused(host.CodeConflict, "Read the held removals again, then decide.",
				"no removal of %s that is held has the id %s: the list has changed since", connection.Alias, id)
			changed.Fields = []host.FieldError{{Field: "confirm", Message: "is not the latest list", Value: id}}
			return nil, changed
		}
	}
	agreed := map[string]string{}
	for _, h := range held {
		if len(request.Confirm) == 0 || slices.Contains(request.Confirm, h.ID) {
			agreed[h.Stream] = h.ID
		}
	}
	return agreed, nil
}

// Held returns the removals of a connection that are held, by stream.
func (k *Keeper) Held(ref string) ([]host.HeldRemoval, error) {
	connection, err := k.parts.Store.Connection(ref)
	if err != nil {
		return nil, err
	}
	return k.parts.Store.Held(connection.ID)
}

// HeldRecords returns a page of the records that a held removal would remove.
func (k *Keeper) HeldRecords(ref, stream string, limit int, cursor string) ([]host.HeldRecord, string, error) {
	connection, err := k.parts.Store.Connection(ref)
	if err != nil {
		return nil, "", err
	}
	return k.parts.Store.HeldRecords(connection.ID, stream, limit, cursor)
}

// RejectRemoval stores that a person says that the records of a held removal still exist.
// They are kept, and the stream is not complete until the source lists them.
func (k *Keeper) RejectRemoval(ctx context.Context, ref, stream, id string) (host.ConnectionStatus, error) {
	return actor.Act(ctx, func(host.Actor) (host.ConnectionStatus, error) {
		connection, err := k.parts.Store.Connection(ref)
		if err != nil {
			return host.ConnectionStatus{}, err
		}
		rejected, err := k.parts.Store.RejectRemoval(ctx, connection.ID, stream, id)
		if err != nil {
			return host.ConnectionStatus{}, err
		}
		k.parts.Logger.Info("removal is rejected", "connection", connection.Alias, "stream", stream, "records", rejected.Removes)
		k.statuses.cache.drop(connection.ID)
		k.connectionChanged(connection.ID, "changed")
		return k.statuses.Of(ctx, connection)
	})
}
