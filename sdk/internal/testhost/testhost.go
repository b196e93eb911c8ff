package testhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Acks says how checkpoints are acknowledged.
type Acks int

// The ways to acknowledge checkpoints.
const (
	AckOnce  Acks = iota // each, at once or after Manner.AckDelay
	AckNever             // none
	AckTwice             // each twice, and the first one again and again
)

// Manner says how the host behaves in one run; the zero value is a host that
// acknowledges at once.
type Manner struct {
	Acks        Acks
	AckDelay    time.Duration
	Slow        time.Duration // the host rests so long after every message with records
	CancelAfter time.Duration // from Open on; 0 = never
	CancelAt    func(*connectorv1.SyncResponse) bool
	CloseAfter  time.Duration            // the host closes its side; 0 = at the end
	Also        *connectorv1.SyncRequest // follows Open
}

// Open returns the first message of a run without streams and budgets.
func Open(c *connectorv1.Credentials, deadline time.Duration) *connectorv1.Open {
	return &connectorv1.Open{
		RunId: "run-1", Epoch: 1, ConnectionId: "connection-1", Credentials: c,
		Deadline: timestamppb.New(time.Now().Add(deadline)), HostTime: timestamppb.Now(),
	}
}

// Sync runs one sync to its end. Take is called with each message of the connector.
func (m Manner) Sync(ctx context.Context, client connectorv1.ConnectorClient, open *connectorv1.Open, take func(*connectorv1.SyncResponse)) error {
	wire, err := client.Sync(ctx)
	if err != nil {
		return fmt.Errorf("open sync: %w", err)
	}
	h := &host{Manner: m, send: wire.Send, half: wire.CloseSend}
	h.tell(&connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Open{Open: open}})
	if m.Also != nil {
		h.tell(m.Also)
	}
	defer h.later()()
	done := false
	for {
		said, err := wire.Recv()
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
		done = said.GetDone() != nil
		take(said)
		h.answer(ctx, said)
	}
}

// host is the host's half of one run.
type host struct {
	Manner
	send func(*connectorv1.SyncRequest) error
	half func() error

	mu     sync.Mutex // one message at a time on the wire
	closed bool
	timers []*time.Timer
}

// tell sends a message. A wire that broke is noticed where it is read.
func (h *host) tell(m *connectorv1.SyncRequest) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		_ = h.send(m)
	}
}

func (h *host) answer(ctx context.Context, said *connectorv1.SyncResponse) {
	if c := said.GetCheckpoint(); c != nil {
		h.acknowledge(c.GetSequence())
	}
	if h.CancelAt != nil && h.CancelAt(said) {
		h.cancel()
	}
	if said.GetBatch() != nil && h.Slow > 0 {
		rest(ctx, h.Slow)
	}
}

func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (h *host) acknowledge(sequence uint64) {
	ack := func(n uint64) {
		h.tell(&connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Ack{Ack: &connectorv1.Ack{Sequence: n}}})
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
		h.mu.Lock()
		defer h.mu.Unlock()
		h.timers = append(h.timers, time.AfterFunc(h.AckDelay, func() { ack(sequence) }))
	}
}

// later does what the host is to do in the middle of the run. The function it
// returns ends that.
func (h *host) later() func() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.CancelAfter > 0 {
		h.timers = append(h.timers, time.AfterFunc(h.CancelAfter, h.cancel))
	}
	if h.CloseAfter > 0 {
		h.timers = append(h.timers, time.AfterFunc(h.CloseAfter, h.close))
	}
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, t := range h.timers {
			t.Stop()
		}
	}
}

func (h *host) cancel() {
	h.tell(&connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Cancel{Cancel: &connectorv1.Cancel{Reason: "asked by the test"}}})
}

func (h *host) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	_ = h.half()
}
