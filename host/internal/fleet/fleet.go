package fleet

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/connections"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/people"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/supervisor"
)

// Parts are the open parts that Fleet works with.
type Parts struct {
	Now        func() time.Time
	Location   *time.Location // of schedules
	Statuses   *connections.Statuses
	Store      *journal.Journal
	Supervisor *supervisor.Supervisor
	People     *people.People
	Dir        string            // where what was derived is kept; empty = nowhere
	Key        *secret.MasterKey // that it is sealed with
	Logger     *slog.Logger
}

// Fleet is the use cases of all connections together. Its methods may be called from any goroutine while the parts are open.
type Fleet struct {
	parts Parts

	mu     sync.Mutex
	pasts  map[string]*past // by the id of the connection
	pruned time.Time        // end of the last pruning that the pasts know of

	loaded sync.Once
	unkept atomic.Int64 // runs that were read since the file was written

	reach reach
}

// New returns the use cases over parts that are open.
func New(parts Parts) *Fleet { return &Fleet{parts: parts, pasts: map[string]*past{}} }

// Of narrows a question to some connections. Empty fields select all.
type Of struct {
	Connections []string // ids or aliases
	Connector   string   // id
	Category    host.Category
	Owner       string // or host.OwnerNone
}

// member is a connection that a question is about.
type member struct {
	host.ConnectionStatus
	known
}

// members returns the connections that a question is about, each with its facts.
func (f *Fleet) members(ctx context.Context, of Of) ([]member, error) {
	all, err := f.parts.Store.Connections()
	if err != nil {
		return nil, fmt.Errorf("read connections: %w", err)
	}
	f.loaded.Do(f.load)
	if err := f.forget(all); err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, ref := range of.Connections {
		c, err := f.parts.Store.Connection(ref)
		if err != nil {
			return nil, err
		}
		wanted[c.ID] = true
	}
	shared, err := f.parts.Statuses.Shared()
	if err != nil {
		return nil, err
	}
	var members []member
	for _, c := range all {
		if len(wanted) > 0 && !wanted[c.ID] {
			continue
		}
		status, err := f.parts.Statuses.With(ctx, c, shared)
		if err != nil {
			return nil, err
		}
		if of.takes(&status) {
			members = append(members, member{ConnectionStatus: status})
		}
	}
	err = f.know(ctx, members)
	f.keep(saveBehind)
	return members, err
}

func (of *Of) takes(c *host.ConnectionStatus) bool {
	return (of.Connector == "" || c.Connector == of.Connector) && (of.Category == "" || slices.Contains(c.Categories, of.Category)) &&
		(of.Owner == "" || ownerOf(c) == of.Owner)
}

func ownerOf(c *host.ConnectionStatus) string {
	if c.Owner == "" {
		return host.OwnerNone
	}
	return c.Owner
}
