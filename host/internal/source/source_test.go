package source_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/display"
	"github.com/plumbline-dev/plumbline/host/internal/intake"
	"github.com/plumbline-dev/plumbline/host/internal/source"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// connector plays the connector's side of one conversation, message by message.
type connector struct {
	connectorv1.ConnectorClient
	say      []*connectorv1.SyncResponse
	hang     bool // after the last message, instead of ending
	received []*connectorv1.SyncRequest
	ctx      context.Context // of the call, as gRPC keeps it
	heard    chan *connectorv1.SyncRequest
}

func (c *connector) Sync(ctx context.Context, _ ...grpc.CallOption) (grpc.BidiStreamingClient[connectorv1.SyncRequest,
	connectorv1.SyncResponse], error) {
	c.ctx = ctx
	return &link{connector: c}, nil
}

type link struct {
	grpc.ClientStream
	connector *connector
}

func (w *link) Send(m *connectorv1.SyncRequest) error {
	w.connector.received = append(w.connector.received, m)
	if w.connector.heard != nil {
		w.connector.heard <- m
	}
	return nil
}

func (w *link) CloseSend() error { return nil }

func (w *link) Recv() (*connectorv1.SyncResponse, error) {
	c := w.connector
	if len(c.say) > 0 {
		m := c.say[0]
		c.say = c.say[1:]
		return m, nil
	}
	if c.hang {
		<-c.ctx.Done()
		return nil, c.ctx.Err()
	}
	return nil, io.EOF
}

// users is the stream that most of these conversations are about.
var users = []host.StreamRead{{StreamInfo: host.StreamInfo{Name: "users", Kind: "account"}}}

// sink remembers what it was given, and how many acknowledgements had been sent when
// each group was committed.
type sink struct {
	connector *connector
	groups    []host.Group
	acks      []int
	err       error // of every commit
	results   []host.StreamResult
	progress  []source.Progress
	lines     []line
}

// line is a line of the run's log.
type line struct{ level, step, message string }

func (s *sink) Finish(r host.StreamResult) error {
	s.results = append(s.results, r)
	return nil
}

func (s *sink) Progress(p source.Progress) { s.progress = append(s.progress, p) }

func (s *sink) Log(level, step, message string) {
	s.lines = append(s.lines, line{level, step, message})
}

func (s *sink) Commit(_ context.Context, g host.Group) error {
	s.groups = append(s.groups, g)
	s.acks = append(s.acks, s.connector.acked())
	return s.err
}

func (c *connector) acked() int {
	n := 0
	for _, m := range c.received {
		if m.GetAck() != nil {
			n++
		}
	}
	return n
}

func batch(number uint64, records ...*connectorv1.Record) *connectorv1.SyncResponse {
	return &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Batch{Batch: &connectorv1.Batch{Stream: "users", Number: number,
		Records: records}}}
}

func account(key string) *connectorv1.Record {
	return &connectorv1.Record{Key: key, Payload: []byte(`{"username":"` + key + `","external_id":"` + key +
		`","status":"active","type":"human","mfa":"unknown","admin":"unknown","groups":[]}`)}
}

func checkpoint(sequence, records uint64, cursor string) *connectorv1.SyncResponse {
	return &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Checkpoint{Checkpoint: &connectorv1.Checkpoint{
		Stream: "users", Sequence: sequence, Records: records, Cursor: []byte(cursor),
	}}}
}

func result(r connectorv1.Result) *connectorv1.SyncResponse {
	return &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Result{Result: &connectorv1.StreamResult{Stream: "users", Result: r}}}
}

func gap(scope string) *connectorv1.SyncResponse {
	return &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Gap{Gap: &connectorv1.Gap{
		Stream: "users", Scope: scope, Error: &connectorv1.Error{Code: "permission.missing", Message: "no"},
	}}}
}

func done() *connectorv1.SyncResponse {
	return &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Done{Done: &connectorv1.Done{}}}
}

const complete = connectorv1.Result_RESULT_COMPLETE

func run(t *testing.T, c *connector) (*sink, []host.StreamResult, error) {
	t.Helper()
	s := &sink{connector: c}
	open := source.Open{Run: "run", Streams: users}
	results, err := source.Sync(t.Context(), c, open, s)
	return s, results, err
}

func TestAGroupIsCommittedBeforeItsCheckpointIsAcknowledged(t *testing.T) {
	t.Parallel()
	c := &connector{say: []*connectorv1.SyncResponse{
		batch(1, account("a"), account("b")), checkpoint(1, 2, "after b"),
		batch(2, account("c")), checkpoint(2, 1, ""), result(complete), done(),
	}}
	s, results, err := run(t, c)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.groups) != 2 || len(s.groups[0].Writes) != 2 || string(s.groups[0].Cursor) != "after b" || len(s.groups[1].Writes) != 1 {
		t.Errorf("committed %+v", s.groups)
	}
	if !slices.Equal(s.acks, []int{0, 1}) || c.acked() != 2 {
		t.Errorf("acknowledgements sent when each group was committed: %v, in all %d", s.acks, c.acked())
	}
	if results[0].Outcome != host.OutcomeComplete || results[0].Read != 3 {
		t.Errorf("result %+v", results[0])
	}
}

func TestAGroupThatCannotBeCommittedIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	c := &connector{say: []*connectorv1.SyncResponse{batch(1, account("a")), checkpoint(1, 1, ""), result(complete), done()}}
	s := &sink{connector: c, err: errors.New("disk is full")}
	open := source.Open{Streams: users}
	results, err := source.Sync(t.Context(), c, open, s)
	if err == nil || !strings.Contains(err.Error(), "disk is full") {
		t.Fatalf("got %v", err)
	}
	if c.acked() != 0 || results[0].Outcome != host.OutcomeUnfinished {
		t.Errorf("%d acknowledgements, outcome %s", c.acked(), results[0].Outcome)
	}
}

func TestWhatWasNotReadIsNeverCalledComplete(t *testing.T) {
	t.Parallel()
	badRecord := &connectorv1.Record{Key: "bad", Payload: []byte(`{"username": 7}`)}
	noJSON := &connectorv1.Record{Key: "worse", Payload: []byte(`<html>`)}
	tests := map[string]struct {
		say  []*connectorv1.SyncResponse
		want host.Outcome
		gap  string
	}{
		"a gap the connector named": {[]*connectorv1.SyncResponse{gap("ou=hidden"), result(complete), done()}, host.OutcomeGaps, "ou=hidden"},
		"a record that is no account": {[]*connectorv1.SyncResponse{batch(1, badRecord), checkpoint(1, 1, ""), result(complete), done()},
			host.OutcomeGaps, "record bad"},
		"a record that is no JSON": {[]*connectorv1.SyncResponse{batch(1, noJSON), checkpoint(1, 1, ""), result(complete), done()},
			host.OutcomeGaps, "record worse"},
		"a result nobody knows": {[]*connectorv1.SyncResponse{result(99), done()}, host.OutcomeFailed, ""},
		"a failure with records sent": {[]*connectorv1.SyncResponse{batch(1, account("a")), result(connectorv1.Result_RESULT_FAILED), done()},
			host.OutcomeFailed, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, results, err := run(t, &connector{say: test.say})
			if err != nil {
				t.Fatal(err)
			}
			if results[0].Outcome != test.want {
				t.Errorf("outcome %s, want %s", results[0].Outcome, test.want)
			}
			if test.gap != "" && (len(results[0].Gaps) != 1 || results[0].Gaps[0].Scope != test.gap) {
				t.Errorf("gaps %+v, want one of %q", results[0].Gaps, test.gap)
			}
			for _, g := range s.groups {
				if len(g.Writes) > 0 {
					t.Errorf("stored %+v", g.Writes)
				}
			}
		})
	}
}

func TestABrokenProtocolEndsTheConversation(t *testing.T) {
	t.Parallel()
	other := &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Batch{Batch: &connectorv1.Batch{Stream: "others", Number: 1}}}
	minus := &connectorv1.Throttle{Wait: durationpb.New(-time.Second)}
	negative := &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Throttle{Throttle: minus}}
	big := account("big")
	big.Payload = []byte(`{"username":"` + strings.Repeat("x", sdk.MaxRecordBytes) + `"}`)
	tests := map[string]struct {
		say  []*connectorv1.SyncResponse
		code string
		want string
	}{
		"a stream not asked for": {[]*connectorv1.SyncResponse{other}, host.CodeProtocol, `"others"`},
		"a batch left out":       {[]*connectorv1.SyncResponse{batch(2, account("a"))}, host.CodeProtocol, "batch 2 after batch 0"},
		"a batch repeated":       {[]*connectorv1.SyncResponse{batch(1), batch(1)}, host.CodeProtocol, "batch 1 after batch 1"},
		"a checkpoint left out": {[]*connectorv1.SyncResponse{checkpoint(2, 0, "")}, host.CodeProtocol,
			"checkpoint 2 after checkpoint 0"},
		"a checkpoint that miscounts": {[]*connectorv1.SyncResponse{batch(1, account("a")), checkpoint(1, 2, "")}, host.CodeProtocol,
			"claims 2 records, 1 arrived"},
		"complete with records left over": {[]*connectorv1.SyncResponse{batch(1, account("a")), result(complete)}, host.CodeProtocol,
			"after its last checkpoint"},
		"data after the result": {[]*connectorv1.SyncResponse{result(complete), batch(1, account("a"))}, host.CodeProtocol,
			"after its result"},
		"done without a result": {[]*connectorv1.SyncResponse{done()}, host.CodeProtocol, "without a result"},
		"an end without done":   {[]*connectorv1.SyncResponse{result(complete)}, host.CodeProtocol, "before it said that it was done"},
		"a key too long": {[]*connectorv1.SyncResponse{batch(1, account(strings.Repeat("k", sdk.MaxKeyBytes+1)))},
			host.CodeProtocol, "no usable key"},
		"no key": {[]*connectorv1.SyncResponse{batch(1, account(""))}, host.CodeProtocol, "no usable key"},
		"a cursor too large": {[]*connectorv1.SyncResponse{checkpoint(1, 0, strings.Repeat("c", sdk.MaxCursorBytes+1))},
			host.CodeProtocol, "cursor"},
		"a negative wait":    {[]*connectorv1.SyncResponse{negative}, host.CodeProtocol, "throttle.wait = -1 s"},
		"a record too large": {[]*connectorv1.SyncResponse{batch(1, big)}, sdk.CodeLimitRecordTooLarge, `"big"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _, err := run(t, &connector{say: test.say})
			var p *host.Problem
			if !errors.As(err, &p) || p.Code != test.code || !strings.Contains(p.Message, test.want) {
				t.Fatalf("got %v, want %s saying %q", err, test.code, test.want)
			}
			if len(s.groups) != 0 {
				t.Errorf("committed %+v", s.groups)
			}
		})
	}
}

func TestMessagesANewerConnectorMaySendArePassedOver(t *testing.T) {
	t.Parallel()
	_, results, err := run(t, &connector{say: []*connectorv1.SyncResponse{{}, result(complete), done()}})
	if err != nil || results[0].Outcome != host.OutcomeComplete {
		t.Fatalf("%v, %+v", err, results)
	}
}

// slowSink holds the first commit back until release is closed.
type slowSink struct {
	sink
	release chan struct{}
	err     error // of the first commit
}

func (s *slowSink) Commit(ctx context.Context, g host.Group) error {
	<-s.release
	if err := s.sink.Commit(ctx, g); err != nil || len(s.groups) > 1 {
		return err
	}
	return s.err
}

// lookout closes read when the connector says its batch of the given number.
type lookout struct {
	connector
	number uint64
	read   chan struct{}
}

func (l *lookout) Sync(ctx context.Context, _ ...grpc.CallOption) (grpc.BidiStreamingClient[connectorv1.SyncRequest,
	connectorv1.SyncResponse], error) {
	l.ctx = ctx
	return &lookoutWire{link{connector: &l.connector}, l}, nil
}

type lookoutWire struct {
	link
	lookout *lookout
}

func (w *lookoutWire) Recv() (*connectorv1.SyncResponse, error) {
	m, err := w.link.Recv()
	if m.GetBatch().GetNumber() == w.lookout.number {
		close(w.lookout.read)
	}
	return m, err
}

var twoGroups = []*connectorv1.SyncResponse{
	batch(1, account("a")), checkpoint(1, 1, "1"), batch(2, account("b")), checkpoint(2, 1, "2"), result(complete), done(),
}

func TestTheNextPageIsReadWhileTheLastIsStored(t *testing.T) {
	t.Parallel()
	c := &lookout{connector: connector{say: twoGroups}, number: 2, read: make(chan struct{})}
	s := &slowSink{sink: sink{connector: &c.connector}, release: make(chan struct{})}
	go func() { <-c.read; close(s.release) }() // a reading that waited for the disk would never get here
	results, err := source.Sync(t.Context(), c, source.Open{Streams: users}, s)
	if err != nil || results[0].Read != 2 || !slices.Equal(s.acks, []int{0, 1}) {
		t.Fatalf("%v, %+v, acknowledged before each commit: %v", err, results, s.acks)
	}
}

func TestNothingIsStoredAfterAGroupThatFailed(t *testing.T) {
	t.Parallel()
	c := &lookout{connector: connector{say: twoGroups, hang: true}, number: 2, read: make(chan struct{})}
	s := &slowSink{sink: sink{connector: &c.connector}, release: make(chan struct{}), err: errors.New("the disk is gone")}
	go func() { <-c.read; close(s.release) }()
	results, err := source.Sync(t.Context(), c, source.Open{Streams: users}, s)
	if err == nil || !strings.Contains(err.Error(), "the disk is gone") || len(s.groups) != 1 || c.acked() != 0 || len(s.results) > 0 ||
		results[0].Read != 0 {
		t.Fatalf("%v, %d groups, %d acknowledged, %+v", err, len(s.groups), c.acked(), results)
	}
}

func TestAConnectorThatDoesNotWaitForAcknowledgementsIsEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const records = 50 // of 250 kB each, where 11 MiB are taken
		c := &connector{}
		payload := []byte(`{"external_id":"a","status":"active","title":"` + strings.Repeat("x", 250_000) + `","type":"human"}`)
		for n := uint64(1); n <= records; n++ {
			c.say = append(c.say, batch(n, &connectorv1.Record{Key: "a", Payload: payload}))
			if n == records/2 {
				c.say = append(c.say, checkpoint(1, records/2, ""))
			}
		}
		s := &slowSink{sink: sink{connector: c}, release: make(chan struct{})}
		time.AfterFunc(time.Second, func() { close(s.release) }) // once the reading can go no further
		_, err := source.Sync(t.Context(), c, source.Open{Streams: users}, s)
		if err == nil || !strings.Contains(err.Error(), "without waiting for them to be acknowledged") {
			t.Fatalf("got %v", err)
		}
	})
}

func TestASilentConnectorIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &connector{hang: true}
		_, err := source.Sync(t.Context(), c, source.Open{Streams: users}, &sink{connector: c})
		var p *host.Problem
		if !errors.As(err, &p) || p.Code != sdk.CodeLimitDeadline {
			t.Fatalf("got %v", err)
		}
	})
}

func TestACancelledConversationAsksTheConnectorFirst(t *testing.T) {
	t.Parallel()
	c := &connector{hang: true, heard: make(chan *connectorv1.SyncRequest, 4)}
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	open := source.Open{Streams: users}
	go func() {
		_, err := source.Sync(ctx, c, open, &sink{connector: c})
		ended <- err
	}()
	if m := <-c.heard; m.GetOpen() == nil {
		t.Fatalf("first heard %v", m)
	}
	why := errors.New("a person said stop")
	cancel(why)
	if m := <-c.heard; m.GetCancel().GetReason() != why.Error() {
		t.Fatalf("then heard %v", m)
	}
	select {
	case err := <-ended:
		t.Fatalf("cut off at once: %v", err)
	case <-time.After(100 * time.Millisecond): // the grace has begun
	}
	if err := <-ended; !errors.Is(err, why) {
		t.Fatalf("ended with %v", err)
	}
}

func TestSecretsAreRemovedFromWhatAConnectorSays(t *testing.T) {
	t.Parallel()
	leak := func(text string) *connectorv1.SyncResponse {
		return &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Log{Log: &connectorv1.Log{Message: text,
			Fields: map[string]string{"key": text}}}}
	}
	failed := &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Result{Result: &connectorv1.StreamResult{
		Stream: "users", Result: connectorv1.Result_RESULT_FAILED, Error: &connectorv1.Error{Code: "x", Message: "sent hunter2",
			Remedy: "hunter2", Detail: "hunter2"},
	}}}
	c := &connector{say: []*connectorv1.SyncResponse{leak("sent hunter2"), failed, done()}}
	s := &sink{connector: c}
	open := source.Open{Streams: users, Secrets: map[string]string{"token": "hunter2"}}
	if _, err := source.Sync(t.Context(), c, open, s); err != nil {
		t.Fatal(err)
	}
	p := s.results[0].Problem
	heard := []string{s.lines[0].message, p.Message, p.Remedy, p.Detail}
	if strings.Contains(strings.Join(heard, " "), "hunter2") {
		t.Fatalf("heard %q", heard)
	}
}

func TestAStepWithASlashIsAViolation(t *testing.T) {
	t.Parallel()
	log := &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Log{Log: &connectorv1.Log{Step: "a/b\x1b", Message: "x"}}}
	wait := &connectorv1.SyncResponse{Message: &connectorv1.SyncResponse_Throttle{Throttle: &connectorv1.Throttle{Step: "a/b"}}}
	for name, m := range map[string]*connectorv1.SyncResponse{"log.step": log, "throttle.step": wait} {
		_, _, err := run(t, &connector{say: []*connectorv1.SyncResponse{m, result(complete), done()}})
		var p *host.Problem
		if !errors.As(err, &p) || p.Code != host.CodeProtocol || !strings.Contains(p.Message, name) || display.Visible(p.Message) != p.Message {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestARemovalIsSentWithItsKey has removals on the wire; package intake tests what
// becomes of them.
func TestARemovalIsSentWithItsKey(t *testing.T) {
	t.Parallel()
	gone := &connectorv1.Record{Key: "b", Removed: true}
	c := &connector{say: []*connectorv1.SyncResponse{
		batch(1, account("a"), gone), checkpoint(1, 2, ""), batch(2, account("c")), checkpoint(2, 1, "2"), result(complete), done(),
	}}
	s := &sink{connector: c}
	open := source.Open{Streams: []host.StreamRead{{StreamInfo: host.StreamInfo{Name: "users", Kind: "account", Deletes: "tombstone"}}}}
	results, err := source.Sync(t.Context(), c, open, s)
	if err != nil || len(s.groups) != 2 || c.acked() != 2 || results[0].Read != 2 {
		t.Fatalf("%v: %d groups, %d acknowledged, %d read", err, len(s.groups), c.acked(), results[0].Read)
	}
	if w := s.groups[1].Writes; len(w) != 2 || w[1].Key != "b" || !w[1].Removed {
		t.Errorf("the second group has %+v", w)
	}
}

// TestOneSetOfLimits holds the limits of the protocol and those of package intake together.
func TestOneSetOfLimits(t *testing.T) {
	t.Parallel()
	if intake.MaxKeyBytes != sdk.MaxKeyBytes || intake.MaxRecordBytes != sdk.MaxRecordBytes || intake.MaxGroupBytes != sdk.MaxUnackedBytes {
		t.Error("a connector may send what the host refuses, or the other way round")
	}
	if host.CodeRecordTooLarge != sdk.CodeLimitRecordTooLarge || host.CodeSchemaUnexpected != sdk.CodeSchemaUnexpected {
		t.Error("one code has two spellings")
	}
}
