package sdk

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline-dev/plumbline/sdk/internal/clock"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// ackPatience is how long a stream or run that is over waits for the host to
// acknowledge what it sent. The host's disk answers in milliseconds.
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

// budget is what Open allows, within what the protocol allows.
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
		ctx, end = context.WithDeadlineCause(ctx, at.AsTime(), Errorf(CodeLimitDeadline, "the time for this run ran out"))
		defer end()
	}
	return r.serve(ctx, open)
}

func (r *run) serve(ctx context.Context, open *connectorv1.Open) error {
	b := open.GetBudgets()
	r.window = newWindow(orDefault(b.GetMaxUnackedCheckpoints(), MaxUnackedCheckpoints), orDefault(b.GetMaxUnackedBytes(), MaxUnackedBytes))
	r.budget = budget{
		record:    min(orDefault(b.GetMaxRecordBytes(), MaxRecordBytes), HardRecordBytes),
		softBatch: min(orDefault(b.GetSoftBatchBytes(), SoftBatchBytes), orDefault(b.GetMaxBatchBytes(), MaxBatchBytes), MaxBatchBytes-HardRecordBytes),
		group:     min(GroupBytes, max(orDefault(b.GetMaxUnackedBytes(), MaxUnackedBytes)/2, 1)),
	}
	session, wrong := newSession(r.connector, open.GetCredentials(), reporter{log: r.sendLog, progress: r.sendProgress, throttle: r.sendThrottle})
	session.way = r.way
	session.lease.set(b.GetRequestsPerSecond(), b.GetConcurrentRequests(), b.GetHold().AsDuration())
	r.session = session
	defer session.close()
	release := context.AfterFunc(ctx, func() { r.window.fail(AsError(context.Cause(ctx))) })
	defer release()
	go r.receive() // ends when this call returns, which ends the wire

	var failed error
	if len(wrong) > 0 {
		failed = wrong[0]
	} else {
		failed = r.connect(ctx)
	}
	// What does not apply is told first, so that the host knows early how many steps
	// the run has.
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

func orDefault(given uint32, otherwise int) int {
	if given == 0 {
		return otherwise
	}
	return int(given)
}

// receive takes the host's words. The host closing its side means that nobody
// acknowledges any more, so it stops the run as a cancel does.
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
			reason := m.GetCancel().GetReason()
			if reason == "" {
				reason = "the host asked"
			}
			r.cancel(Errorf(CodeCancelled, "stopped: %s", reason))
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

// orCause returns why ctx ended when it did, else err. A connector that swallows
// the end of its context and returns nil has not read everything.
func orCause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return AsError(context.Cause(ctx))
	}
	return err
}

func (r *run) state(s connectorv1.Progress_State, note string) {
	r.session.sendProgress(&connectorv1.Progress{State: s, Note: note})
}

// skip reports a stream that was not begun because something before it failed.
func (r *run) skip(name string, because *Error) {
	r.session.enter(name)
	r.state(connectorv1.Progress_STATE_SKIPPED, because.Message)
	e := *because
	e.Stream = name
	r.result(name, connectorv1.Result_RESULT_FAILED, &e, 0)
}

// applying returns the streams that there are with these settings and on this
// machine, and ends the others as complete and empty.
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
	r.conclude(out, r.settle(ctx, out, err))
}

// settle returns why the stream did not end well, after its last group was sent
// when it did.
func (r *run) settle(ctx context.Context, out *Output, err error) error {
	if err = orCause(ctx, err); err != nil {
		return err
	}
	return out.finish() // also reports a Put whose error the author ignored
}

// conclude decides the stream's result. Nobody else does.
func (r *run) conclude(out *Output, err error) {
	total, gaps, resumable, _ := out.counts()
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

// committed waits, not for long, until the host has said that sequence is on
// disk. The run may be cancelled already, so only the wire's end stops it.
func (r *run) committed(sequence uint64) bool {
	ctx, cancel := context.WithTimeout(r.wire.Context(), ackPatience)
	defer cancel()
	return r.window.waitAcked(ctx, sequence) == nil
}

// awaitAcks gives the host time to acknowledge what was sent before the stream
// ends, so that its last acknowledgement does not meet a closed door.
func (r *run) awaitAcks() { _ = r.committed(r.window.lastSent()) }

func (r *run) result(name string, result connectorv1.Result, e *Error, records uint64) {
	m := &connectorv1.StreamResult{Stream: name, Result: result, Records: records}
	if e != nil {
		m.Error = r.session.scrub.clean(e).toWire()
	}
	_ = r.send(&connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Result{Result: m}})
}

// send puts one message on the wire. A wire that broke once stays broken, and
// ends the run.
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

// pause waits for d and tells the host why, so that waiting does not look like
// hanging. Attempt counts from 1; 0 means that nothing failed.
func (s *Session) pause(ctx context.Context, source string, d time.Duration, remaining int64, attempt int) error {
	if d <= 0 {
		return nil
	}
	s.sendThrottle(&connectorv1.Throttle{Source: source, Wait: durationOf(d), Remaining: remaining})
	state := connectorv1.Progress_STATE_RUNNING
	if attempt > 0 {
		state = connectorv1.Progress_STATE_RETRYING
	}
	s.sendProgress(&connectorv1.Progress{State: state, Attempt: uint32(max(attempt, 0)), WaitUntil: timestamppb.New(time.Now().Add(d))})
	return clock.Sleep(ctx, d)
}
