package main

import (
	"io"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// wireFault changes the messages of a sync. Nil leaves a direction unchanged. A nil message is not sent.
type wireFault struct {
	sent     func(m *connectorv1.SyncResponse) *connectorv1.SyncResponse
	received func(m *connectorv1.SyncRequest) error
	eager    bool // acknowledges its own checkpoints
}

// wireFaults returns new faults: some of them keep a state for one sync.
func wireFaults() map[string]wireFault {
	dropped, last := 0, uint64(0)
	return map[string]wireFault{
		"C10": onCheckpoint(func(c *connectorv1.Checkpoint) { c.Cursor = append(c.Cursor, strings.Repeat(" ", 70<<10)...) }),
		"C13": {sent: func(m *connectorv1.SyncResponse) *connectorv1.SyncResponse {
			if c := m.GetCheckpoint(); c != nil && len(c.GetCursor()) == 0 {
				if dropped++; dropped%3 != 0 {
					return nil
				}
			}
			return m
		}},
		"C17": {received: func(m *connectorv1.SyncRequest) error {
			if a := m.GetAck(); a != nil {
				if a.GetSequence() <= last {
					return status.Error(codes.FailedPrecondition, "acknowledged already")
				}
				last = a.GetSequence()
			}
			return nil
		}},
		"E1": onError(func(e *connectorv1.Error) { e.Code = "" }),
		"E2": onError(func(e *connectorv1.Error) { e.Permissions = []string{"everything"} }),
		"E3": onError(func(e *connectorv1.Error) { e.Remedy = "" }),
		"E5": onError(func(e *connectorv1.Error) { e.Detail = strings.Repeat("the whole answer ", 1000) }),
		"P1": {eager: true},
		"R1": onRecord(func(_ string, r *connectorv1.Record) { r.Payload = []byte(`{"external_id":5}`) }),
		"R2": onRecord(func(_ string, r *connectorv1.Record) { r.Key = "same" }),
		"R5": onCheckpoint(func(c *connectorv1.Checkpoint) { c.Records++ }),
		"R6": onRecord(func(_ string, r *connectorv1.Record) { r.SourceUpdatedAt = timestamppb.New(time.Now().Add(time.Hour)) }),
		"R7": onRecord(func(_ string, r *connectorv1.Record) {
			r.Payload = []byte(strings.Replace(string(r.GetPayload()), "T08:00:00Z", "T08:00:00", 1))
		}),
		"R16": onRecord(func(_ string, r *connectorv1.Record) {
			r.Payload = []byte(strings.Replace(string(r.GetPayload()), "{", `{"x":"`+strings.Repeat("x", 300<<10)+`",`, 1))
		}),
		"W1": onOpen(func(o *connectorv1.Open) bool { return o.GetHostTime() == nil }),
		"W2": onOpen(func(o *connectorv1.Open) bool { return len(o.ProtoReflect().GetUnknown()) > 0 }),
		"X2": onRecord(func(stream string, r *connectorv1.Record) {
			if stream == "users" {
				r.Removed, r.Payload = true, nil
			}
		}),
		"X6": {sent: func(m *connectorv1.SyncResponse) *connectorv1.SyncResponse { // treats a failure as the removal of a user
			if p := m.GetProgress(); p.GetStep() == "users" && p.GetState() == connectorv1.Progress_STATE_FAILED {
				gone := &connectorv1.Batch{Stream: "users", Number: 99, Records: []*connectorv1.Record{{Key: "u1", Removed: true}}}
				return &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Batch{Batch: gone}}
			}
			return m
		}},
	}
}

func onRecord(spoil func(stream string, r *connectorv1.Record)) wireFault {
	return wireFault{sent: func(m *connectorv1.SyncResponse) *connectorv1.SyncResponse {
		for _, r := range m.GetBatch().GetRecords() {
			spoil(m.GetBatch().GetStream(), r)
		}
		return m
	}}
}

func onCheckpoint(spoil func(c *connectorv1.Checkpoint)) wireFault {
	return wireFault{sent: func(m *connectorv1.SyncResponse) *connectorv1.SyncResponse {
		if c := m.GetCheckpoint(); c != nil && len(c.GetCursor()) > 0 {
			spoil(c)
		}
		return m
	}}
}

func onError(spoil func(e *connectorv1.Error)) wireFault {
	return wireFault{sent: func(m *connectorv1.SyncResponse) *connectorv1.SyncResponse {
		for _, e := range []*connectorv1.Error{m.GetResult().GetError(), m.GetGap().GetError()} {
			if e != nil {
				spoil(e)
			}
		}
		return m
	}}
}

func onOpen(refuse func(o *connectorv1.Open) bool) wireFault {
	return wireFault{received: func(m *connectorv1.SyncRequest) error {
		if o := m.GetOpen(); o != nil && refuse(o) {
			return status.Error(codes.InvalidArgument, "not the host that was expected")
		}
		return nil
	}}
}

// Sync reads like the correct connector, except for the fault.
func (m *mutant) Sync(wire grpc.BidiStreamingServer[connectorv1.SyncRequest, connectorv1.SyncResponse]) error {
	spoil, faulty := wireFaults()[m.fault]
	if !faulty {
		return m.ConnectorServer.Sync(wire)
	}
	return m.ConnectorServer.Sync(&mutantSync{BidiStreamingServer: wire, fault: spoil, acks: make(chan uint64, 1000)})
}

type mutantSync struct {
	grpc.BidiStreamingServer[connectorv1.SyncRequest, connectorv1.SyncResponse]
	fault wireFault
	acks  chan uint64 // the mutant's own acknowledgements
	taken chan received
}

type received struct {
	m   *connectorv1.SyncRequest
	err error
}

func (s *mutantSync) Send(m *connectorv1.SyncResponse) error {
	// The SDK encodes a batch early. Its records are visible after encoding and decoding it.
	raw, err := proto.Marshal(m)
	if err != nil {
		return err
	}
	whole := &connectorv1.SyncResponse{}
	if err := proto.Unmarshal(raw, whole); err != nil {
		return err
	}
	if s.fault.eager && m.GetCheckpoint() != nil {
		s.acks <- m.GetCheckpoint().GetSequence()
	}
	if s.fault.sent != nil {
		if whole = s.fault.sent(whole); whole == nil {
			return nil
		}
	}
	return s.BidiStreamingServer.Send(whole)
}

func (s *mutantSync) Recv() (*connectorv1.SyncRequest, error) {
	if !s.fault.eager {
		m, err := s.BidiStreamingServer.Recv()
		if err == nil && s.fault.received != nil {
			err = s.fault.received(m)
		}
		return m, err
	}
	if s.taken == nil {
		s.taken = make(chan received)
		go s.take() // ends with the wire
	}
	select {
	case r, open := <-s.taken:
		if !open {
			return nil, io.EOF
		}
		return r.m, r.err
	case n := <-s.acks:
		return &connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Ack{Ack: &connectorv1.Ack{Sequence: n}}}, nil
	}
}

func (s *mutantSync) take() {
	defer close(s.taken)
	for {
		m, err := s.BidiStreamingServer.Recv()
		select {
		case s.taken <- received{m, err}:
		case <-s.Context().Done():
			return
		}
		if err != nil {
			return
		}
	}
}
