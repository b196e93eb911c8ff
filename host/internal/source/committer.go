package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// committer stores groups behind the reading, so that the next page is checked
// while the last one is on its way to the disk. It takes them in order, and no
// group after one that failed.
type committer struct {
	conversation *conversation
	cut          context.CancelCauseFunc // ends the conversation
	queue        chan pending
	stored       sync.WaitGroup // groups that were handed over
	failed       error          // of the first that failed; read after stored
	ended        chan struct{}
}

// pending is a group on its way to the disk.
type pending struct {
	group host.Group
	bytes int // that are acknowledged with it
}

// commit starts the committer of a conversation; the caller stops it.
func (c *conversation) commit(ctx context.Context, cut context.CancelCauseFunc) *committer {
	w := &committer{conversation: c, cut: cut, queue: make(chan pending, sdk.MaxUnackedCheckpoints), ended: make(chan struct{})}
	go w.run(ctx) // ends with stop
	return w
}

func (w *committer) run(ctx context.Context) {
	defer close(w.ended)
	for p := range w.queue {
		if w.failed == nil {
			if w.failed = w.store(ctx, p); w.failed != nil {
				w.cut(w.failed)
			}
		}
		w.stored.Done()
	}
}

// store puts a group on disk and then says so to the connector.
func (w *committer) store(ctx context.Context, p pending) error {
	c := w.conversation
	if err := c.sink.Commit(ctx, p.group); err != nil {
		return &sinkError{fmt.Errorf("commit checkpoint %d of %s: %w", p.group.Sequence, p.group.Stream, err)}
	}
	c.unacked.Add(-int64(p.bytes))
	if p.group.Sequence == 0 {
		return nil // removals alone: no checkpoint of the connector's
	}
	c.acked.Store(time.Now().UnixNano())
	c.outstanding.Add(-1) // before the connector knows, so that its next checkpoint is in time
	ack := &connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Ack{Ack: &connectorv1.Ack{Sequence: p.group.Sequence}}}
	if err := c.send(ack); err != nil && !errors.Is(err, io.EOF) { // after EOF, Recv says why the connector hung up
		// What came is stored all the same; a later run need not read it again.
		w.cut(fmt.Errorf("acknowledge checkpoint %d: %w", p.group.Sequence, err))
	}
	return nil
}

// take hands groups over; the last of them acknowledges so many bytes. It waits while
// as many groups are under way as a connector may leave unacknowledged.
func (w *committer) take(bytes int, groups ...host.Group) {
	for i, group := range groups {
		p := pending{group: group}
		if i == len(groups)-1 {
			p.bytes = bytes
		}
		w.stored.Add(1)
		w.queue <- p
	}
}

// flush waits until everything handed over is on disk, or returns why it is not.
func (w *committer) flush() error {
	w.stored.Wait()
	return w.failed
}

// stop waits like flush and ends the committer.
func (w *committer) stop() {
	close(w.queue)
	<-w.ended
}
