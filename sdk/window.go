package sdk

import (
	"context"
	"sync"
)

// window limits the checkpoints and bytes without an acknowledgement. Senders wait in it until an
// acknowledgement or fail.
type window struct {
	maxCheckpoints int
	maxBytes       int

	mu          sync.Mutex
	changed     *sync.Cond
	outstanding []sentGroup // oldest first
	bytes       int         // of outstanding and of the open group
	open        int         // of the open group: sent since the last checkpoint
	sent        uint64      // sequence of the last checkpoint sent
	acked       uint64      // sequence of the last checkpoint acknowledged
	failed      error
}

type sentGroup struct {
	sequence uint64
	bytes    int
}

func newWindow(maxCheckpoints, maxBytes int) *window {
	w := &window{maxCheckpoints: maxCheckpoints, maxBytes: maxBytes}
	w.changed = sync.NewCond(&w.mu)
	return w
}

// reserve waits until n bytes of records may be sent. It does not wait while no checkpoint is
// outstanding: no acknowledgement could follow, and the limit of a group bounds the bytes.
func (w *window) reserve(n int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.failed == nil && len(w.outstanding) > 0 && w.bytes+n > w.maxBytes {
		w.changed.Wait()
	}
	if w.failed != nil {
		return w.failed
	}
	w.bytes += n
	w.open += n
	return nil
}

// checkpoint waits until another checkpoint may be sent and returns its number.
func (w *window) checkpoint() (uint64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.failed == nil && len(w.outstanding) >= w.maxCheckpoints {
		w.changed.Wait()
	}
	if w.failed != nil {
		return 0, w.failed
	}
	w.sent++
	w.outstanding = append(w.outstanding, sentGroup{sequence: w.sent, bytes: w.open})
	w.open = 0
	return w.sent, nil
}

// drop removes the open group of a stream that ended without a checkpoint.
func (w *window) drop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bytes -= w.open
	w.open = 0
	w.changed.Broadcast()
}

// ack acknowledges every checkpoint up to sequence. It ignores an old or repeated
// acknowledgement. One for a checkpoint that was not sent is a violation of the protocol.
func (w *window) ack(sequence uint64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if sequence > w.sent {
		return Errorf(CodeProtocolViolation, "the host acknowledged checkpoint %d of %d", sequence, w.sent)
	}
	for len(w.outstanding) > 0 && w.outstanding[0].sequence <= sequence {
		w.bytes -= w.outstanding[0].bytes
		w.outstanding = w.outstanding[1:]
	}
	w.acked = max(w.acked, sequence)
	w.changed.Broadcast()
	return nil
}

// waitAcked waits until sequence is acknowledged or ctx ends. It continues after fail, because the
// host may still commit what was sent.
func (w *window) waitAcked(ctx context.Context, sequence uint64) error {
	stop := context.AfterFunc(ctx, w.wake)
	defer stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.acked < sequence {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		w.changed.Wait()
	}
	return nil
}

func (w *window) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changed.Broadcast()
}

// fail ends the waits of all senders with err; the first error stays.
func (w *window) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed == nil {
		w.failed = err
	}
	w.changed.Broadcast()
}

func (w *window) lastSent() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent
}
