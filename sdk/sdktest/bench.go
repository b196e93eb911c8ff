package sdktest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/internal/clock"
	"github.com/plumbline-dev/plumbline/sdk/internal/dial"
	"github.com/plumbline-dev/plumbline/sdk/internal/testhost"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Bench is a connector running inside the test.
type Bench struct {
	Client connectorv1.ConnectorClient

	mu    sync.Mutex
	waits []time.Duration
	slow  bool        // waits take real time
	dial  dial.Dialer // of Reach; nil = connections leave the test
}

// NewBench starts c. It ends with the test.
func NewBench(t testing.TB, c *sdk.Connector) *Bench {
	t.Helper()
	service, err := sdk.NewServer(c)
	if err != nil {
		t.Fatalf("describe %s: %v", c.ID, err)
	}
	b := &Bench{}
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(
		grpc.MaxRecvMsgSize(sdk.MaxMessageBytes), grpc.MaxSendMsgSize(sdk.MaxMessageBytes),
		grpc.StreamInterceptor(b.instant),
	)
	connectorv1.RegisterConnectorServer(server, service)
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(listener) }() // ends with server.Stop below
	conn, err := grpc.NewClient("passthrough:///bench",
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(sdk.MaxMessageBytes)),
	)
	if err != nil {
		t.Fatalf("dial bench: %v", err)
	}
	t.Cleanup(func() { _ = conn.Close(); server.Stop(); <-served })
	b.Client = connectorv1.NewConnectorClient(conn)
	return b
}

// Attach returns a Bench for a connector in another process. Its waits take real time.
func Attach(client connectorv1.ConnectorClient) *Bench { return &Bench{Client: client} }

// instant makes every wait of the SDK return at once, and records it. It also has the connections
// go where Reach says.
func (b *Bench) instant(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	b.mu.Lock()
	slow, to := b.slow, b.dial
	b.mu.Unlock()
	if to != nil {
		stream = benchStream{stream, dial.With(stream.Context(), to)}
	}
	if slow {
		return handler(srv, stream)
	}
	wait := func(ctx context.Context, d time.Duration) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.waits = append(b.waits, d)
		return context.Cause(ctx)
	}
	return handler(srv, benchStream{stream, clock.With(stream.Context(), wait)})
}

type benchStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s benchStream) Context() context.Context { return s.ctx }

// reachBuffer is how many bytes a connection of Reach holds in each direction.
const reachBuffer = 64 << 10

// Reach has handler answer instead of every host that the connector reaches, in memory and without
// TLS. The handler finds the name of the host in the request.
func (b *Bench) Reach(t testing.TB, handler http.Handler) {
	t.Helper()
	listener := bufconn.Listen(reachBuffer)
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(listener) }() // ends with server.Close below
	t.Cleanup(func() { _ = server.Close(); <-served })
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dial = func(ctx context.Context, _, _ string) (net.Conn, error) { return listener.DialContext(ctx) }
}

// TakeTime makes the following waits take real time, for a test of what happens during a wait.
func (b *Bench) TakeTime() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slow = true
}

// Waits returns the length of each wait.
func (b *Bench) Waits() []time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.waits)
}

// Input is the input of a run or check.
type Input struct {
	Settings any // marshalled to JSON
	Secrets  map[string]string
	Streams  []string // all of the connector's when empty
	Cursors  map[string]json.RawMessage
	Resume   map[string]bool
	Deadline time.Duration // 0 = one minute
	Budgets  *connectorv1.Budgets
	Cancel   func(*connectorv1.SyncResponse) bool // true cancels the run at this message
	NoAcks   bool
	Renew    func(name, value string) error // seals a new secret; nil = the host takes none
}

func (in Input) credentials(t testing.TB) *connectorv1.Credentials {
	t.Helper()
	settings, err := json.Marshal(in.Settings)
	if err != nil {
		t.Fatalf("encode settings: %v", err)
	}
	if in.Settings == nil {
		settings = []byte("{}")
	}
	return &connectorv1.Credentials{Settings: settings, Secrets: in.Secrets}
}

// Outcome is the result of a run.
type Outcome struct {
	Streams   map[string]*Stream
	Err       *sdk.Error // of Done
	Logs      []string
	Requests  []*connectorv1.Request
	Throttles []*connectorv1.Throttle
	Progress  []*connectorv1.Progress
	Messages  []*connectorv1.SyncResponse // everything, in order
}

// Conceals complains about each message that shows one of these secrets.
func (o *Outcome) Conceals(t testing.TB, secrets ...string) {
	t.Helper()
	for _, m := range o.Messages {
		text := m.String()
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("the secret %q left the program: %v", secret, m)
			}
		}
	}
}

// Stream is what a host would have stored of one stream.
type Stream struct {
	Result  string // "complete", "complete_with_gaps", "partial", "failed"
	Err     *sdk.Error
	Records map[string]json.RawMessage // committed groups only
	Keys    []string                   // in the order of arrival, committed only
	Removed []string
	Gaps    map[string]*sdk.Error // by scope
	Cursor  []byte                // of the last committed checkpoint that had one
	Groups  int

	pending []*connectorv1.Record
}

// Fields decodes the record with a key, which the stream must have.
func (s *Stream) Fields(t testing.TB, key string) map[string]any {
	t.Helper()
	raw, found := s.Records[key]
	if !found {
		t.Fatalf("there is no record %s among %v: %s, %v, gaps %v", key, s.Keys, s.Result, s.Err, s.Gaps)
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatalf("record %s: %v", key, err)
	}
	return all
}

// Sync runs a sync and plays the host. It commits and acknowledges a group at its checkpoint, and
// drops records without a checkpoint.
func (b *Bench) Sync(t testing.TB, in Input) *Outcome {
	t.Helper()
	deadline := cmp.Or(in.Deadline, time.Minute)
	ctx, cancel := context.WithTimeout(t.Context(), deadline+30*time.Second)
	defer cancel()
	open := testhost.Open(in.credentials(t), deadline)
	open.Budgets = in.Budgets
	for _, name := range b.streams(t, in.Streams) {
		open.Streams = append(open.Streams, &connectorv1.StreamState{Name: name, Cursor: in.Cursors[name], Resume: in.Resume[name]})
	}
	manner := testhost.Manner{CancelAt: in.Cancel}
	if in.NoAcks {
		manner.Acks = testhost.AckNever
	}
	if in.Renew != nil {
		open.Renewals = b.takeSecrets(ctx, t, in.Renew)
	}
	out := &Outcome{Streams: map[string]*Stream{}}
	if err := manner.Sync(ctx, b.Client, open, out.take); err != nil {
		t.Fatal(err)
	}
	return out
}

// takeSecrets opens the call Renew and returns its id. The call ends with ctx.
func (b *Bench) takeSecrets(ctx context.Context, t testing.TB, seal func(name, value string) error) string {
	t.Helper()
	const id = "renewals"
	call, err := b.Client.Renew(ctx)
	if err == nil {
		err = call.Send(&connectorv1.RenewRequest{Message: &connectorv1.RenewRequest_Begin{Begin: &connectorv1.RenewBegin{Id: id}}})
	}
	if err != nil {
		t.Fatalf("open Renew: %v", err)
	}
	go func() { // ends with the call
		for {
			m, err := call.Recv()
			if err != nil {
				return
			}
			answer := &connectorv1.RenewRequest{Message: &connectorv1.RenewRequest_Sealed{Sealed: &connectorv1.RenewSealed{Number: m.GetNumber()}}}
			if err := seal(m.GetName(), m.GetValue()); err != nil {
				answer.Message = &connectorv1.RenewRequest_Refused{Refused: &connectorv1.RenewRefused{Number: m.GetNumber(), Message: err.Error()}}
			}
			_ = call.Send(answer)
		}
	}()
	return id
}

func (b *Bench) streams(t testing.TB, wanted []string) []string {
	t.Helper()
	if len(wanted) > 0 {
		return wanted
	}
	d, err := b.Client.Describe(t.Context(), &connectorv1.DescribeRequest{})
	if err != nil {
		t.Fatalf("describe: %v", err)
	}
	for _, s := range d.GetStreams() {
		wanted = append(wanted, s.GetName())
	}
	return wanted
}

func (o *Outcome) stream(name string) *Stream {
	if o.Streams[name] == nil {
		o.Streams[name] = &Stream{Records: map[string]json.RawMessage{}, Gaps: map[string]*sdk.Error{}}
	}
	return o.Streams[name]
}

func (o *Outcome) take(m *connectorv1.SyncResponse) {
	o.Messages = append(o.Messages, m)
	switch {
	case m.GetBatch() != nil:
		s := o.stream(m.GetBatch().GetStream())
		s.pending = append(s.pending, m.GetBatch().GetRecords()...)
	case m.GetCheckpoint() != nil:
		o.stream(m.GetCheckpoint().GetStream()).commit(m.GetCheckpoint())
	case m.GetGap() != nil:
		o.stream(m.GetGap().GetStream()).Gaps[m.GetGap().GetScope()] = sdk.ErrorFromWire(m.GetGap().GetError())
	case m.GetResult() != nil:
		s := o.stream(m.GetResult().GetStream())
		s.Result, s.Err = word(m.GetResult().GetResult(), "RESULT_"), sdk.ErrorFromWire(m.GetResult().GetError())
		s.pending = nil
	case m.GetLog() != nil:
		o.Logs = append(o.Logs, m.GetLog().GetMessage())
	case m.GetThrottle() != nil:
		o.Throttles = append(o.Throttles, m.GetThrottle())
	case m.GetProgress() != nil:
		o.Progress = append(o.Progress, m.GetProgress())
		if r := m.GetProgress().GetRequest(); r != nil {
			o.Requests = append(o.Requests, r)
		}
	case m.GetDone() != nil:
		o.Err = sdk.ErrorFromWire(m.GetDone().GetError())
	}
}

func (s *Stream) commit(c *connectorv1.Checkpoint) {
	for _, r := range s.pending {
		if r.GetRemoved() {
			delete(s.Records, r.GetKey())
			s.Removed = append(s.Removed, r.GetKey())
			continue
		}
		s.Records[r.GetKey()] = r.GetPayload()
		s.Keys = append(s.Keys, r.GetKey())
	}
	s.pending = nil
	s.Groups++
	if len(c.GetCursor()) > 0 {
		s.Cursor = c.GetCursor()
	}
}

// word returns the name of a protocol value without its prefix, in lower case.
func word(value fmt.Stringer, prefix string) string {
	return strings.ToLower(strings.TrimPrefix(value.String(), prefix))
}

// ProbeResult is the last report of one probe.
type ProbeResult struct {
	ID      string
	State   string // "ok", "missing", "too_broad", "failed", "unknown", "skipped"
	Message string
	Err     *sdk.Error
	Choices []*connectorv1.Choices
}

// States returns the id and the state of each probe, such as "authenticate ok", to compare with the expected ones.
func States(probes []ProbeResult) []string {
	var all []string
	for _, p := range probes {
		all = append(all, p.ID+" "+p.State)
	}
	return all
}

// Choices has the connector find out what its settings can be filled with.
func (b *Bench) Choices(t testing.TB, in Input) (probes []ProbeResult) {
	t.Helper()
	probes, _ = b.check(t, &connectorv1.CheckRequest{Credentials: in.credentials(t), Choices: true})
	return probes
}

// Check runs a check. It returns the last result of each probe, in the order of their first
// appearance, and the identity.
func (b *Bench) Check(t testing.TB, in Input) (probes []ProbeResult, identity string) {
	t.Helper()
	return b.check(t, &connectorv1.CheckRequest{Credentials: in.credentials(t)})
}

func (b *Bench) check(t testing.TB, request *connectorv1.CheckRequest) (probes []ProbeResult, identity string) {
	t.Helper()
	wire, err := b.Client.Check(t.Context(), request)
	if err != nil {
		t.Fatalf("open check: %v", err)
	}
	at := map[string]int{}
	for {
		m, err := wire.Recv()
		if errors.Is(err, io.EOF) {
			return probes, identity
		}
		if err != nil {
			t.Fatalf("receive: %v", err)
		}
		if m.GetDone() != nil {
			identity = m.GetDone().GetIdentity()
		}
		p := m.GetProbe()
		if p == nil {
			continue
		}
		i, seen := at[p.GetId()]
		if !seen {
			i = len(probes)
			at[p.GetId()] = i
			probes = append(probes, ProbeResult{})
		}
		probes[i] = ProbeResult{
			ID: p.GetId(), State: word(p.GetState(), "STATE_"), Message: p.GetMessage(), Err: sdk.ErrorFromWire(p.GetError()),
			Choices: p.GetChoices(),
		}
	}
}
