package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/budget"
	"github.com/plumbline-dev/plumbline/host/internal/intake"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/wire"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Sink takes what a source sends. Finish, Progress and Log are called from one goroutine
// in the order of the messages, Commit from another in the order of the groups. When
// Commit returns nil the group is on disk. An error ends the conversation: it is the
// host's and not the connector's.
type Sink interface {
	Commit(ctx context.Context, group host.Group) error
	Finish(result host.StreamResult) error
	Progress(progress Progress)
	Log(level, step, message string)
}

// Open is what a conversation begins with.
type Open struct {
	Run        string
	Epoch      uint64
	Connection string
	Streams    []host.StreamRead
	Settings   []byte // JSON object
	Secrets    map[string]string
	Scrub      func(string) string            // removes secrets from what is shown; nil = those in Secrets
	Seal       func(name, value string) error // keeps a secret that the vendor replaced; nil = none is taken
	Deadline   time.Time
	Choices    bool          // a check only finds out what settings can be filled with
	Lease      *budget.Lease // how fast it may ask its vendor; nil = as fast as it likes
}

// scrub removes the secrets of the conversation from a text.
func (o Open) scrub() func(string) string {
	if o.Scrub != nil {
		return o.Scrub
	}
	return secret.NewScrubber(slices.Collect(maps.Values(o.Secrets))...).Scrub
}

// sinkError is an error of the sink.
type sinkError struct{ error }

func (e *sinkError) Unwrap() error { return e.error }

// CancelGrace is how long a connector may go on sending after it was asked to
// stop. With the time its process takes to end it stays below ten seconds.
const CancelGrace = 7 * time.Second

// maxSilence is the silence after which a connector counts as stuck.
const maxSilence = 5 * time.Minute

// maxUnacked is what may be on its way to the disk: a connector may find out with
// a batch in its hands that it has to wait.
const maxUnacked = intake.MaxGroupBytes + sdk.MaxBatchBytes

// conversation is one Sync with one connector process.
type conversation struct {
	open     Open
	sink     Sink
	renewals string // the id of the call that takes new secrets
	streams  map[string]*intake.Stream
	ended    map[string]host.StreamResult

	sendMu sync.Mutex // gRPC allows one sender at a time
	wire   syncClient

	door         *wire.Door
	volume       volume
	over         <-chan struct{} // closed when the conversation is cut
	stopped      atomic.Bool     // the host asks the connector to stop
	committer    *committer
	unacked      atomic.Int64 // bytes that came and are not on disk
	outstanding  atomic.Int64 // checkpoints that came and are not acknowledged
	acked        atomic.Int64 // when the latest was, in nanoseconds since 1970
	lastBatch    uint64
	lastSequence uint64
	idleMu       sync.Mutex // held while idle is set, which its own function reads
	idle         *time.Timer
	patience     time.Duration // how long the next message may take
	done         bool
}

type syncClient interface {
	Send(*connectorv1.SyncRequest) error
	Recv() (*connectorv1.SyncResponse, error)
	CloseSend() error
}

// Sync reads the streams of open from client into sink and returns one result
// per stream, in the order of open. The error says why the conversation as a
// whole failed: a problem, an error of the sink, or the transport's when the process is
// gone.
func Sync(ctx context.Context, client connectorv1.ConnectorClient, open Open, sink Sink) ([]host.StreamResult, error) {
	// The conversation outlives ctx by the grace, so that the connector can
	// finish its page.
	cutCtx, cut := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cut(nil)
	link, err := client.Sync(cutCtx)
	if err != nil {
		return nil, fmt.Errorf("open sync: %w", err)
	}
	renewals, end, err := takeSecrets(ctx, client, open.Seal)
	if err != nil {
		return nil, err
	}
	defer end()
	c := newConversation(open, sink, link)
	c.renewals = renewals
	c.over = cutCtx.Done()
	c.watch(cut)
	defer c.idle.Stop()
	stopWatching := c.cancelWith(ctx, cut)
	defer stopWatching()

	if err := c.send(c.openMessage()); err != nil {
		return c.results(), fmt.Errorf("send open: %w", err)
	}
	c.committer = c.commit(context.WithoutCancel(ctx), cut)
	stopPacing := c.keepPaced()
	err = c.talk()
	cut(nil) // frees a send that a stuck connector holds
	c.committer.stop()
	stopPacing()
	c.logDropped()
	if cause := context.Cause(cutCtx); cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	return c.results(), err
}

func newConversation(open Open, sink Sink, client syncClient) *conversation {
	c := &conversation{open: open, sink: sink, wire: client, streams: map[string]*intake.Stream{}, ended: map[string]host.StreamResult{}}
	c.patience = maxSilence
	c.door = &wire.Door{Scrub: open.scrub(), Streams: map[string]bool{}}
	run := &intake.Run{Scrub: c.door.Scrub}
	for _, s := range open.Streams {
		c.streams[s.Name] = run.Stream(s.StreamInfo)
		c.door.Streams[s.Name] = true
	}
	return c
}

// watch cuts the conversation when the connector is silent for too long. It is not
// silent while it may be waiting for an acknowledgement.
func (c *conversation) watch(cut context.CancelCauseFunc) {
	c.idleMu.Lock()
	defer c.idleMu.Unlock()
	c.idle = time.AfterFunc(maxSilence, func() {
		c.idleMu.Lock()
		defer c.idleMu.Unlock()
		if c.outstanding.Load() > 0 {
			c.idle.Reset(maxSilence)
			return
		}
		if spare := maxSilence - time.Since(time.Unix(0, c.acked.Load())); spare > 0 {
			c.idle.Reset(spare)
			return
		}
		cut(stuck())
	})
}

// cancelWith asks the connector to stop when ctx ends, and cuts it off when it
// does not within the grace.
func (c *conversation) cancelWith(ctx context.Context, cut context.CancelCauseFunc) (stop func()) {
	var late *time.Timer
	var mu sync.Mutex
	unwatch := context.AfterFunc(ctx, func() {
		mu.Lock()
		defer mu.Unlock()
		c.stopped.Store(true)
		late = time.AfterFunc(CancelGrace, func() { cut(context.Cause(ctx)) })
		message := &connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Cancel{Cancel: &connectorv1.Cancel{
			Reason: context.Cause(ctx).Error(), Grace: durationpb.New(CancelGrace),
		}}}
		if err := c.send(message); err != nil {
			cut(context.Cause(ctx))
		}
	})
	return func() {
		unwatch()
		mu.Lock()
		defer mu.Unlock()
		if late != nil {
			late.Stop()
		}
	}
}

func (c *conversation) openMessage() *connectorv1.SyncRequest {
	open := &connectorv1.Open{
		RunId: c.open.Run, Epoch: c.open.Epoch, ConnectionId: c.open.Connection,
		Credentials: &connectorv1.Credentials{Settings: c.open.Settings, Secrets: c.open.Secrets},
		HostTime:    timestamppb.Now(), Renewals: c.renewals,
		Budgets: &connectorv1.Budgets{
			MaxRecordBytes: intake.MaxRecordBytes, SoftBatchBytes: sdk.SoftBatchBytes, MaxBatchBytes: sdk.MaxBatchBytes,
			MaxUnackedCheckpoints: sdk.MaxUnackedCheckpoints, MaxUnackedBytes: intake.MaxGroupBytes,
		},
	}
	if c.open.Lease != nil {
		b := open.Budgets
		b.RequestsPerSecond, b.ConcurrentRequests, b.Hold = paceOf(c.open.Lease.Share())
	}
	if !c.open.Deadline.IsZero() {
		open.Deadline = timestamppb.New(c.open.Deadline)
	}
	for _, s := range c.open.Streams {
		open.Streams = append(open.Streams, &connectorv1.StreamState{Name: s.Name, Cursor: s.Start.Cursor, Resume: s.Start.Resume})
	}
	return &connectorv1.SyncRequest{Message: &connectorv1.SyncRequest_Open{Open: open}}
}

func (c *conversation) send(message *connectorv1.SyncRequest) error {
	c.sendMu.Lock()
	defer c.sendMu.Unlock()
	return c.wire.Send(message)
}

// talk handles messages until Done. A conversation that ends without Done ended
// too early.
func (c *conversation) talk() error {
	for {
		// The time in which a message is handled is not the connector's silence.
		c.idle.Reset(c.patience)
		message, err := c.wire.Recv()
		c.idle.Stop()
		c.patience = maxSilence
		if errors.Is(err, io.EOF) {
			return host.Violation("the connector ended the conversation before it said that it was done")
		}
		if err != nil {
			if broken := c.door.Broken(err); broken != nil {
				return broken
			}
			return fmt.Errorf("read from connector: %w", err)
		}
		if violation := c.door.Admit(message); violation != nil {
			return violation
		}
		if err := c.handle(message); err != nil {
			return err
		}
		if c.done {
			return errors.Join(c.drained(), c.closeSend())
		}
	}
}

func (c *conversation) closeSend() error {
	c.sendMu.Lock()
	defer c.sendMu.Unlock()
	if err := c.wire.CloseSend(); err != nil {
		return fmt.Errorf("close conversation: %w", err)
	}
	return nil
}

// drained is the rule that Done comes after a result for every stream.
func (c *conversation) drained() error {
	for _, s := range c.open.Streams {
		if _, ended := c.ended[s.Name]; !ended {
			return host.Violation("the connector said it was done without a result for stream %q", s.Name)
		}
	}
	return nil
}

func (c *conversation) handle(message *connectorv1.SyncResponse) error {
	switch m := message.GetMessage().(type) {
	case *connectorv1.SyncResponse_Batch:
		return c.batch(m.Batch)
	case *connectorv1.SyncResponse_Checkpoint:
		return c.checkpoint(m.Checkpoint)
	case *connectorv1.SyncResponse_Result:
		return c.result(m.Result)
	case *connectorv1.SyncResponse_Done:
		c.done = true
		if m.Done.GetError() != nil {
			return c.unasked(wire.Problem(m.Done.GetError()))
		}
		return nil
	}
	c.slowDown()
	switch m := message.GetMessage().(type) {
	case *connectorv1.SyncResponse_Progress:
		if r := m.Progress.GetRequest(); r != nil {
			c.log("debug", m.Progress.GetStep(), requestLine(r))
		}
		c.sink.Progress(progressFrom(m.Progress))
	case *connectorv1.SyncResponse_Throttle:
		c.throttle(m.Throttle)
	case *connectorv1.SyncResponse_Gap:
		return c.gap(m.Gap)
	case *connectorv1.SyncResponse_Log:
		if step := m.Log.GetStep(); step != "" && !wire.IsName(step) {
			return host.Violation("the connector sent log.step = %q, which is no name of a step", display.Cut(step, 64))
		}
		c.log(level(m.Log.GetLevel()), m.Log.GetStep(), lineFrom(m.Log))
	}
	return nil // a newer connector may say things that this host does not know
}

func (c *conversation) throttle(t *connectorv1.Throttle) {
	wait := t.GetWait().AsDuration()
	c.patience = wait + maxSilence
	until := time.Now().Add(wait)
	c.sink.Progress(Progress{
		Step: t.GetStep(), Status: host.StatusRunning, Note: waitingFor(t.GetSource(), wait),
		WaitUntil: &until, Waits: wait, Limited: t.GetSource() == "429" || t.GetSource() == "header",
	})
}

func stuck() *host.Problem {
	return &host.Problem{
		Code:    sdk.CodeLimitDeadline,
		Message: fmt.Sprintf("the connector said nothing for %s", maxSilence),
		Remedy:  "Sync again; if it keeps happening, report it to the connector's author with the run's log.",
		Fault:   host.FaultConnector,
		Retry:   host.RetryAfter,
	}
}
