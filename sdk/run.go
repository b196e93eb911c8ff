package sdk

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline-dev/plumbline/sdk/internal/clock"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// ackPatience is how long a finished stream or run waits for acknowledgements. The host's disk
// takes milliseconds.
const ackPatience = 5 * time.Second

// run is one Sync.
//
//	Open ─ connect ─ read stream … read stream ─ Done
//	         │ fails      │ fails: the next stream is still read
//	         └─ all streams are skipped
type run struct {
	connector *Connector
	session   *Session
	budget    budget
	window    *window
	cancel    context.CancelCauseFunc
	way       way

	mu     sync.Mutex // one message at a time on the wire
	wire   grpc.BidiStreamingServer[connectorv1.SyncRequest, connectorv1.SyncResponse]
	batch  uint64
	broken error
}

// budget is what Open allows, within the limits of the protocol.
type budget struct {
	record    int
	softBatch int
	group     int
}

// Sync reads streams for the host.
func (s *server) Sync(wire grpc.BidiStreamingServer[connectorv1.SyncRequest, connectorv1.SyncResponse]) error {
	first, err := wire.Recv()
	if err != nil {
		return err
	}
	s.begin()
	defer s.end()
	ctx, stop := s.bind(wire.Context())
	defer stop()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{connector: s.connector, wire: wire, cancel: cancel, way: s.wayOf(ctx)}
	open := first.GetOpen()
	if open == nil {
		return r.send(done(Errorf(CodeProtocolViolation, "the host did not begin with Open")))
	}
	if at := open.GetDeadline(); at != nil {
		var end context.CancelFunc
		ctx, end = context.WithDeadlineCause(ctx, at.AsTime(), AsError(context.DeadlineExceeded))
		defer end()
	}
	return r.serve(ctx, open)
}

func (r *run) serve(ctx context.Context, open *connectorv1.Open) error {
	b := open.GetBudgets()
	unacked := int(cmp.Or(b.GetMaxUnackedBytes(), MaxUnackedBytes))
	r.window = newWindow(int(cmp.Or(b.GetMaxUnackedCheckpoints(), MaxUnackedCheckpoints)), unacked)
	softBatch, maxBatch := cmp.Or(b.GetSoftBatchBytes(), SoftBatchBytes), cmp.Or(b.GetMaxBatchBytes(), MaxBatchBytes)
	r.budget = budget{
		record:    int(min(cmp.Or(b.GetMaxRecordBytes(), MaxRecordBytes), HardRecordBytes)),
		softBatch: int(min(softBatch, maxBatch, MaxBatchBytes-HardRecordBytes)),
		group:     min(GroupBytes, max(unacked/2, 1)),
	}
	report := reporter{log: r.sendLog, progress: r.sendProgress, throttle: r.sendThrottle}
	session, wrong := newSession(r.connector, open.GetCredentials(), report)
	session.way = r.way
	session.way.id = open.GetRenewals()
	session.lease.set(b.GetRequestsPerSecond(), b.GetConcurrentRequests(), b.GetHold().AsDuration())
	r.session = session
	defer session.close()
	release := context.AfterFunc(ctx, func() { r.window.fail(AsError(context.Cause(ctx))) })
	defer release()
	go r.receive() // ends with the wire, which the return of this call ends

	var failed error
	if len(wrong) > 0 {
		failed = wrong[0]
	} else {
		failed = r.connect(ctx)
	}
	// The streams that do not apply end first, so that the host knows early how many steps the
	// run has.
	for _, state := range r.applying(ctx, open.GetStreams(), failed) {
		if failed != nil {
			r.skip(state.GetName(), AsError(failed))
			continue
		}
		r.readStream(ctx, state)
	}
	r.awaitAcks()
	if failed != nil {
		return r.send(done(session.scrub.clean(AsError(failed))))
	}
	return r.send(done(nil))
}

func done(e *Error) *connectorv1.SyncResponse {
	return &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Done{Done: &connectorv1.Done{Error: e.toWire()}}}
}

// receive handles the host's messages. When the host closes its side, receive cancels the run,
// because no acknowledgement can follow.
func (r *run) receive() {
	for {
		m, err := r.wire.Recv()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = Errorf(CodeCancelled, "the host closed the stream")
			}
			r.cancel(err)
			return
		}
		switch {
		case m.GetAck() != nil:
			if err := r.window.ack(m.GetAck().GetSequence()); err != nil {
				r.cancel(err)
			}
		case m.GetLease() != nil:
			r.session.renew(m.GetLease())
		case m.GetCancel() != nil:
			r.cancel(Errorf(CodeCancelled, "stopped: %s", cmp.Or(m.GetCancel().GetReason(), "the host cancelled the run")))
		}
	}
}

// connect runs Connector.Connect as its own step.
func (r *run) connect(ctx context.Context) error {
	if r.connector.Connect == nil {
		return nil
	}
	r.session.enter(connectStep)
	r.state(connectorv1.Progress_STATE_RUNNING, "")
	err := guard(func() error { return r.connector.Connect(ctx, r.session) })
	if err = orCause(ctx, err); err == nil {
		r.state(connectorv1.Progress_STATE_SUCCEEDED, "")
		return nil
	}
	e := *AsError(err)
	e.Step = connectStep
	r.state(connectorv1.Progress_STATE_FAILED, e.Message)
	return &e
}

// orCause returns the cause if ctx has ended, else err. A connector that returns nil after the end
// of its context has not read everything.
func orCause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return AsError(context.Cause(ctx))
	}
	return err
}

func (r *run) state(s connectorv1.Progress_State, note string) {
	r.session.sendProgress(&connectorv1.Progress{State: s, Note: note})
}

// skip reports a stream that was not started because of an earlier failure.
func (r *run) skip(name string, because *Error) {
	r.session.enter(name)
	r.state(connectorv1.Progress_STATE_SKIPPED, because.Message)
	e := *because
	e.Stream = name
	r.result(name, connectorv1.Result_RESULT_FAILED, &e, 0)
}

// applying returns the streams that exist with these settings and on this machine. It ends the
// others as complete and empty.
func (r *run) applying(ctx context.Context, states []*connectorv1.StreamState, failed error) []*connectorv1.StreamState {
	if failed != nil || ctx.Err() != nil {
		return states
	}
	var applying []*connectorv1.StreamState
	for _, state := range states {
		stream := r.connector.stream(state.GetName())
		if stream == nil || stream.Applies == nil || stream.Applies(r.session) {
			applying = append(applying, state)
			continue
		}
		r.session.enter(stream.Name)
		r.state(connectorv1.Progress_STATE_SKIPPED, "Does not apply here.")
		r.result(stream.Name, connectorv1.Result_RESULT_COMPLETE, nil, 0)
	}
	return applying
}

func (r *run) readStream(ctx context.Context, state *connectorv1.StreamState) {
	name := state.GetName()
	stream := r.connector.stream(name)
	if stream == nil {
		r.skip(name, Errorf(CodeProtocolViolation, "connector %s has no stream called %q", r.connector.ID, name))
		return
	}
	if ctx.Err() != nil {
		r.skip(name, AsError(context.Cause(ctx)))
		return
	}
	r.session.enter(name)
	r.state(connectorv1.Progress_STATE_RUNNING, "")
	out := &Output{run: r, stream: stream, resume: state.GetResume()}
	if stream.Incremental || state.GetResume() {
		out.cursor = state.GetCursor()
	}
	read := func() error { return stream.Read(ctx, r.session, out) }
	err := guard(read)
	if ctx.Err() == nil && out.refused(err) && out.restart(err) {
		err = guard(read)
	}
	if err = orCause(ctx, err); err == nil {
		err = out.finish() // sends the last group; returns the error of a Put that the author ignored
	}
	r.conclude(out, err)
}

// conclude decides the stream's result.
func (r *run) conclude(out *Output, err error) {
	total, gaps, resumable := out.counts()
	name := out.stream.Name
	if err == nil {
		result := connectorv1.Result_RESULT_COMPLETE
		if gaps > 0 {
			result = connectorv1.Result_RESULT_COMPLETE_WITH_GAPS
		}
		r.session.sendProgress(&connectorv1.Progress{State: connectorv1.Progress_STATE_SUCCEEDED, Seen: total})
		r.result(name, result, nil, total)
		return
	}
	r.window.drop()
	e := *AsError(err)
	e.Step, e.Stream = name, name
	result := connectorv1.Result_RESULT_FAILED
	if resumable > 0 && r.committed(resumable) {
		result = connectorv1.Result_RESULT_PARTIAL
	}
	r.session.sendProgress(&connectorv1.Progress{State: connectorv1.Progress_STATE_FAILED, Seen: total, Note: e.Message})
	r.result(name, result, &e, total)
}

// committed waits a short time for the acknowledgement of sequence. The run may be cancelled, so
// only the end of the wire stops the wait.
func (r *run) committed(sequence uint64) bool {
	ctx, cancel := context.WithTimeout(r.wire.Context(), ackPatience)
	defer cancel()
	return r.window.waitAcked(ctx, sequence) == nil
}

// awaitAcks gives the host time for its last acknowledgements before the call ends.
func (r *run) awaitAcks() { _ = r.committed(r.window.lastSent()) }

func (r *run) result(name string, result connectorv1.Result, e *Error, records uint64) {
	m := &connectorv1.StreamResult{Stream: name, Result: result, Records: records}
	if e != nil {
		m.Error = r.session.scrub.clean(e).toWire()
	}
	_ = r.send(&connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Result{Result: m}})
}

// send sends one message. After the first failure it returns the same error and ends the run.
func (r *run) send(m *connectorv1.SyncResponse) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sendLocked(m)
}

func (r *run) sendLocked(m *connectorv1.SyncResponse) error {
	if r.broken != nil {
		return r.broken
	}
	if err := r.wire.Send(m); err != nil {
		r.broken = Errorf(CodeCancelled, "the host is gone").Because(err)
		r.cancel(r.broken)
		return r.broken
	}
	return nil
}

func (r *run) sendBatch(stream string, b *batch) error {
	if err := r.window.reserve(b.size); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.batch++
	return r.sendLocked(b.message(stream, r.batch))
}

func (r *run) sendCheckpoint(c *connectorv1.Checkpoint) (uint64, error) {
	sequence, err := r.window.checkpoint()
	if err != nil {
		return 0, err
	}
	c.Sequence = sequence
	return sequence, r.send(&connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Checkpoint{Checkpoint: c}})
}

func (r *run) sendGap(stream, scope string, e *Error) {
	clean := r.session.scrub.clean(e)
	clean.Stream, clean.Step = stream, stream
	_ = r.send(&connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Gap{Gap: &connectorv1.Gap{
		Stream: stream, Scope: cut(r.session.scrub.text(scope), 1<<10), Error: clean.toWire(),
	}}})
}

func (r *run) sendLog(l *connectorv1.Log) {
	_ = r.send(&connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Log{Log: l}})
}

func (r *run) sendProgress(p *connectorv1.Progress) {
	_ = r.send(&connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Progress{Progress: p}})
}

func (r *run) sendThrottle(t *connectorv1.Throttle) {
	_ = r.send(&connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Throttle{Throttle: t}})
}

// pause waits for d and reports the reason to the host, so that people see why the run waits.
// Attempt counts from 1; 0 means that no request failed.
func (s *Session) pause(ctx context.Context, source string, d time.Duration, remaining int64, attempt int) error {
	if d <= 0 {
		return nil
	}
	s.sendThrottle(&connectorv1.Throttle{Source: source, Wait: durationpb.New(d), Remaining: remaining})
	state := connectorv1.Progress_STATE_RUNNING
	if attempt > 0 {
		state = connectorv1.Progress_STATE_RETRYING
	}
	s.sendProgress(&connectorv1.Progress{State: state, Attempt: uint32(max(attempt, 0)), WaitUntil: timestamppb.New(time.Now().Add(d))})
	return clock.Sleep(ctx, d)
}
