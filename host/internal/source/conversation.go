package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/wire"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Sink takes what a run reads. Commit is called from one goroutine, in order,
// while more is read in another; when it returns nil the group is on disk. An
// error ends the conversation.
type Sink interface {
	Commit(ctx context.Context, group host.Group) error
}

// Open is what a conversation begins with.
type Open struct {
	Run        string
	Epoch      uint64
	Connection string
	Streams    []host.StreamRead
	Settings   []byte // JSON object
	Secrets    map[string]string
	Deadline   time.Time
	Scrub      func(string) string // removes secrets from what is shown
	Idle       time.Duration       // silence after which the connector counts as stuck; 0 = 5 minutes

	// Pace says how fast the connector may ask its upstream, now; Repaced has a
	// value when that has changed. Nil = as fast as it likes. It calls up, to the
	// supervisor: the share of a budget changes whenever another run begins or ends.
	Pace    func() Pace
	Repaced <-chan struct{}
}

// Pace is how fast a connector may ask its upstream. What is 0 is not limited.
type Pace struct {
	RequestsPerSecond float64
	Concurrent        int           // requests under way at one moment
	Hold              time.Duration // no request before this has passed
}

// CancelGrace is how long a connector may go on sending after it was asked to
// stop. With the time its process takes to end it stays below ten seconds.
const CancelGrace = 7 * time.Second

const defaultIdle = 5 * time.Minute

// maxUnacked is what may be on its way to the disk: a connector may find out with
// a batch in its hands that it has to wait.
const maxUnacked = sdk.MaxUnackedBytes + sdk.MaxBatchBytes

// conversation is one Sync with one connector process.
type conversation struct {
	open    Open
	sink    Sink
	notify  func(Note) error // calls up, to the supervisor's record of the run, in the order of the messages
	streams map[string]*reading

	sendMu sync.Mutex // gRPC allows one sender at a time
	wire   syncClient

	door         *wire.Door
	said         said
	over         <-chan struct{} // closed when the conversation is cut
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
// whole failed: a problem, or the transport's error when the process is gone.
// notify is called from the goroutine that called Sync; an error it returns
// ends the conversation.
func Sync(ctx context.Context, client connectorv1.ConnectorClient, open Open, sink Sink, notify func(Note) error) ([]Result, error) {
	// The conversation outlives ctx by the grace, so that the connector can
	// finish its page.
	cutCtx, cut := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cut(nil)
	link, err := client.Sync(cutCtx)
	if err != nil {
		return nil, fmt.Errorf("open sync: %w", err)
	}
	c := newConversation(open, sink, notify, link)
	c.over = cutCtx.Done()
	c.watch(cut)
	defer c.idle.Stop()
	stopWatching := c.cancelWith(ctx, cut)
	defer stopWatching()

	if err := c.send(c.openMessage()); err != nil {
		return c.results(), fmt.Errorf("send open: %w", err)
	}
	c.committer = c.commit(context.WithoutCancel(ctx), func(err error) { cut(err) })
	stopPacing := c.keepPaced()
	err = c.talk()
	cut(nil) // frees a send that a stuck connector holds
	c.committer.stop()
	stopPacing()
	if said := c.summed(); err == nil {
		err = said
	}
	if cause := context.Cause(cutCtx); cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	return c.results(), err
}

func newConversation(open Open, sink Sink, notify func(Note) error, client syncClient) *conversation {
	c := &conversation{open: open, sink: sink, notify: notify, wire: client, streams: map[string]*reading{}}
	c.patience = c.silence()
	c.door = &wire.Door{Scrub: open.Scrub, Streams: map[string]bool{}}
	for _, s := range open.Streams {
		c.streams[s.Name] = &reading{stream: s.StreamInfo}
		c.door.Streams[s.Name] = true
	}
	return c
}

// watch cuts the conversation when the connector is silent for too long. It is not
// silent while it may be waiting for an acknowledgement.
func (c *conversation) watch(cut context.CancelCauseFunc) {
	c.idleMu.Lock()
	defer c.idleMu.Unlock()
	c.idle = time.AfterFunc(c.silence(), func() {
		c.idleMu.Lock()
		defer c.idleMu.Unlock()
		if c.outstanding.Load() > 0 {
			c.idle.Reset(c.silence())
			return
		}
		if spare := c.silence() - time.Since(time.Unix(0, c.acked.Load())); spare > 0 {
			c.idle.Reset(spare)
			return
		}
		cut(c.stuck())
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
		HostTime:    timestamppb.Now(),
		Budgets: &connectorv1.Budgets{
			MaxRecordBytes: sdk.MaxRecordBytes, SoftBatchBytes: sdk.SoftBatchBytes, MaxBatchBytes: sdk.MaxBatchBytes,
			MaxUnackedCheckpoints: sdk.MaxUnackedCheckpoints, MaxUnackedBytes: sdk.MaxUnackedBytes,
		},
	}
	if c.open.Pace != nil {
		p := c.open.Pace()
		open.Budgets.RequestsPerSecond, open.Budgets.ConcurrentRequests, open.Budgets.Hold = p.wire()
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
		// Only the connector's silence counts, not the time its words take here.
		c.idle.Reset(c.patience)
		message, err := c.wire.Recv()
		c.idle.Stop()
		c.patience = c.silence()
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
		if r := c.streams[s.Name]; r.result == nil {
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
	case *connectorv1.SyncResponse_Progress:
		c.breathe()
		return c.progress(progressFrom(m.Progress))
	case *connectorv1.SyncResponse_Throttle:
		c.breathe()
		return c.throttle(m.Throttle)
	case *connectorv1.SyncResponse_Gap:
		c.breathe()
		return c.gap(m.Gap)
	case *connectorv1.SyncResponse_Log:
		c.breathe()
		if step := m.Log.GetStep(); step != "" && !wire.IsName(step) {
			return host.Violation("the connector sent log.step = %q, which is no name of a step", clipped(step))
		}
		return c.line(lineFrom(m.Log))
	case *connectorv1.SyncResponse_Result:
		return c.result(m.Result)
	case *connectorv1.SyncResponse_Done:
		c.done = true
		if m.Done.GetError() != nil {
			return wire.Problem(m.Done.GetError())
		}
	default:
		// A newer connector may say things this host does not know.
		c.breathe()
	}
	return nil
}

func (c *conversation) throttle(t *connectorv1.Throttle) error {
	wait := t.GetWait().AsDuration()
	c.patience = wait + c.silence()
	until := time.Now().Add(wait)
	return errors.Join(
		c.notify(Progress{Step: t.GetStep(), Status: host.StatusRunning, WaitUntil: &until, Note: waitingFor(t.GetSource(), wait)}),
		c.notify(Wait{Step: t.GetStep(), Limited: t.GetSource() == "429" || t.GetSource() == "header", Wait: wait}),
	)
}

func (c *conversation) silence() time.Duration {
	if c.open.Idle > 0 {
		return c.open.Idle
	}
	return defaultIdle
}

func (c *conversation) stuck() *host.Problem {
	return &host.Problem{
		Code:    "limit.deadline",
		Message: fmt.Sprintf("the connector said nothing for %s", c.silence()),
		Remedy:  "Sync again; if it keeps happening, report it to the connector's author with the run's log.",
		Fault:   host.FaultConnector,
		Retry:   host.RetryAfter,
	}
}
