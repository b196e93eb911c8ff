package testhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline-dev/plumbline/sdk/internal/clock"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Acks says how checkpoints are acknowledged.
type Acks int

// The ways to acknowledge checkpoints.
const (
	AckOnce  Acks = iota // each, at once or after Manner.AckDelay
	AckNever             // none
	AckTwice             // each twice, followed by the first one again
)

// Manner says how the host behaves in one run. In the zero value it acknowledges at once.
type Manner struct {
	Acks        Acks
	AckDelay    time.Duration
	Slow        time.Duration // the pause after every message with records
	CancelAfter time.Duration // from Open on; 0 = never
	CancelAt    func(*connectorv1.SyncResponse) bool
	CloseAfter  time.Duration            // the host closes its side; 0 = at the end
	Also        *connectorv1.SyncRequest // sent after Open
}

// Open returns the first message of a run without streams and budgets.
func Open(c *connectorv1.Credentials, deadline time.Duration) *connectorv1.Open {
	return &connectorv1.Open{
		RunId: "run-1", Epoch: 1, ConnectionId: "connection-1", Credentials: c,
		Deadline: timestamppb.New(time.Now().Add(deadline)), HostTime: timestamppb.Now(),
	}
}

// Sync runs one sync to its end. It calls take with each message of the connector.
func (m Manner) Sync(
	ctx context.Context, client connectorv1.ConnectorClient, open *connectorv1.Open, take func(*connectorv1.SyncResponse),
) error {
	wire, err := client.Sync(ctx)
	if err != nil {
		return fmt.Errorf("open sync: %w", err)
	}
	h := &host{Manner: m, wire: wire}
	h.send(&connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Open{Open: open}})
	if m.Also != nil {
		h.send(m.Also)
	}
	h.after(m.CancelAfter, h.cancel)
	h.after(m.CloseAfter, h.close)
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, t := range h.timers {
			t.Stop()
		}
	}()
	done := false
	for {
		received, err := wire.Recv()
		switch {
		case errors.Is(err, io.EOF) && !done:
			return errors.New("the run ended without Done")
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return fmt.Errorf("the run broke off: %w", err)
		}
		if done {
			return errors.New("there is a message after Done")
		}
		done = received.GetDone() != nil
		take(received)
		h.answer(ctx, received)
	}
}

// host is the host's side of one run.
type host struct {
	Manner
	wire grpc.BidiStreamingClient[connectorv1.SyncRequest, connectorv1.SyncResponse]

	mu     sync.Mutex // one message at a time on the wire
	closed bool
	timers []*time.Timer
}

// send sends a message. Sync, which reads the wire, returns the error of a broken one.
func (h *host) send(m *connectorv1.SyncRequest) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		_ = h.wire.Send(m)
	}
}

func (h *host) answer(ctx context.Context, received *connectorv1.SyncResponse) {
	if c := received.GetCheckpoint(); c != nil {
		h.acknowledge(c.GetSequence())
	}
	if h.CancelAt != nil && h.CancelAt(received) {
		h.cancel()
	}
	if received.GetBatch() != nil && h.Slow > 0 {
		_ = clock.Sleep(ctx, h.Slow)
	}
}

func (h *host) acknowledge(sequence uint64) {
	ack := func(n uint64) {
		h.send(&connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Ack{Ack: &connectorv1.Ack{Sequence: n}}})
	}
	switch {
	case h.Acks == AckNever:
	case h.Acks == AckTwice:
		for _, n := range []uint64{sequence, sequence, 1, 0} {
			ack(n)
		}
	case h.AckDelay == 0:
		ack(sequence)
	default:
		h.after(h.AckDelay, func() { ack(sequence) })
	}
}

// after calls f after d, unless d is 0 or the run ends first.
func (h *host) after(d time.Duration, f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if d > 0 {
		h.timers = append(h.timers, time.AfterFunc(d, f))
	}
}

func (h *host) cancel() {
	h.send(&connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Cancel{Cancel: &connectorv1.Cancel{Reason: "asked by the test"}}})
}

func (h *host) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	_ = h.wire.CloseSend()
}
