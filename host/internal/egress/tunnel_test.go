package egress_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/plumbline-dev/plumbline/host/internal/egress"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// process is a connector's side of Tunnel without the SDK, so that it can do what the
// SDK never does. Its other calls are not implemented.
type process struct {
	connectorv1.UnimplementedConnectorServer
	calls chan *tunnel // those that wait to be taken
}

type tunnel struct {
	grpc.BidiStreamingServer[connectorv1.TunnelRequest, connectorv1.TunnelResponse]
	over chan struct{} // closed by the test to end the call
}

func (p *process) Tunnel(call grpc.BidiStreamingServer[connectorv1.TunnelRequest, connectorv1.TunnelResponse]) error {
	t := &tunnel{call, make(chan struct{})}
	select {
	case p.calls <- t:
	case <-call.Context().Done():
		return nil
	}
	select {
	case <-t.over:
	case <-call.Context().Done():
	}
	return nil
}

// serve connects a gate with a connector over gRPC.
func serve(t *testing.T, gate *egress.Gate, connector connectorv1.ConnectorServer) {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer()
	connectorv1.RegisterConnectorServer(server, connector)
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:///connector", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	gate.Serve(connectorv1.NewConnectorClient(conn))
}

// ask takes a waiting call, asks for a connection and returns the host's answer.
func (p *process) ask(t *testing.T, name string, port uint32) (*tunnel, *connectorv1.TunnelRequest) {
	t.Helper()
	var call *tunnel
	select {
	case call = <-p.calls:
	case <-time.After(10 * time.Second):
		t.Fatal("no call waits")
	}
	connect := &connectorv1.TunnelConnect{Host: name, Port: port}
	if err := call.Send(&connectorv1.TunnelResponse{Message: &connectorv1.TunnelResponse_Connect{Connect: connect}}); err != nil {
		t.Fatal(err)
	}
	answer, err := call.Recv()
	if err != nil {
		t.Fatal(err)
	}
	return call, answer
}

func TestATunnelIsJudgedLikeTheProxy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gate := b.open(t, `{}`, "api.vendor.example", "evil.vendor.example")
	p := &process{calls: make(chan *tunnel)}
	serve(t, gate, p)
	for _, test := range []struct {
		name   string
		port   uint32
		reason string
	}{
		{"other.example", 443, sdk.EgressDenied},
		{"api.vendor.example", 22, sdk.EgressDenied},
		{"evil.vendor.example", 443, sdk.EgressDenied}, // it leads to 169.254.169.254
		{"127.0.0.1", 443, sdk.EgressDenied},
		{"", 443, sdk.EgressDenied},
		{"api.vendor.example", 0, sdk.EgressDenied},
		{"api.vendor.example", 443 + 1<<16, sdk.EgressDenied},
		{strings.Repeat("x", 100_000), 443, sdk.EgressDenied},
	} {
		call, answer := p.ask(t, test.name, test.port)
		if got := answer.GetRefused(); got.GetReason() != test.reason || got.GetMessage() == "" || len(got.GetMessage()) > 1000 {
			t.Errorf("%.40s port %d: answered %v, want %s", test.name, test.port, answer, test.reason)
		}
		close(call.over)
	}
	select {
	case address := <-b.dialed:
		t.Errorf("dialled %s", address)
	default:
	}
	call, answer := p.ask(t, "api.vendor.example", 443)
	if answer.GetOpened() == nil {
		t.Fatalf("answered %v", answer)
	}
	if address := <-b.dialed; address != "93.184.215.14:443" {
		t.Errorf("dialled %s", address)
	}
	close(call.over)
}

// A dial that is cancelled may have taken a call already, and ends it without asking for a connection.
func TestACallThatEndsUnusedCostsNoOther(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := &process{calls: make(chan *tunnel)}
	serve(t, b.open(t, `{}`, "api.vendor.example"), p)
	for range 3 {
		select {
		case call := <-p.calls:
			close(call.over)
		case <-time.After(10 * time.Second):
			t.Fatal("no call waits")
		}
	}
	call, answer := p.ask(t, "api.vendor.example", 443)
	if answer.GetOpened() == nil {
		t.Errorf("answered %v", answer)
	}
	close(call.over)
}

// TestATunnelCarriesBothWays is about bytes and their ends: what a side wrote before
// it ended arrives, and a side that ends is seen by the other.
func TestATunnelCarriesBothWays(t *testing.T) {
	t.Parallel()
	far := make(chan net.Conn, 1)
	b := setup(t, func(c *egress.Config) {
		c.Dial = func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			far <- there
			return &addressed{here}, nil
		}
	})
	gate := b.open(t, `{}`, "api.vendor.example")
	p := &process{calls: make(chan *tunnel)}
	serve(t, gate, p)
	call, answer := p.ask(t, "api.vendor.example", 443)
	if answer.GetOpened() == nil {
		t.Fatalf("answered %v", answer)
	}
	vendor := <-far
	const size = 300_000
	sent := make(chan error, 1)
	go func() { // ends with what it sends
		for range size / 1000 {
			data := make([]byte, 1000)
			if err := call.Send(&connectorv1.TunnelResponse{Message: &connectorv1.TunnelResponse_Data{Data: data}}); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	if _, err := io.ReadFull(vendor, make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	go func() { // ends when the test has read it, or with the gate
		_, _ = vendor.Write(make([]byte, size))
		_ = vendor.Close()
	}()
	got := 0
	for {
		message, err := call.Recv()
		if err != nil {
			break
		}
		if len(message.GetData()) > sdk.MaxTunnelBytes {
			t.Errorf("a message of %d bytes", len(message.GetData()))
		}
		got += len(message.GetData())
	}
	if got != size {
		t.Errorf("%d bytes came, want %d", got, size)
	}
	close(call.over)
	gate.Close()
	contacts := gate.Contacts()
	if len(contacts) != 1 || contacts[0].Sent != size || contacts[0].Received != size || contacts[0].Connections != 1 {
		t.Errorf("the run says %+v", contacts)
	}
}

// addressed is a pipe with the address of a TCP connection.
type addressed struct{ net.Conn }

func (addressed) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(93, 184, 215, 14), Port: 443}
}

func TestClosingAGateCutsItsTunnels(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gate := b.open(t, `{}`, "api.vendor.example")
	p := &process{calls: make(chan *tunnel)}
	serve(t, gate, p)
	call, answer := p.ask(t, "api.vendor.example", 443)
	if answer.GetOpened() == nil {
		t.Fatalf("answered %v", answer)
	}
	gate.Close()
	if message, err := call.Recv(); err == nil {
		t.Errorf("after Close came %v", message)
	}
}

// TestAConnectorThatTakesEveryCall asks for more connections than one process may
// have and keeps them all.
func TestAConnectorThatTakesEveryCall(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *egress.Config) {
		c.Dial = func(context.Context, string, string) (net.Conn, error) {
			here, _ := net.Pipe()
			return &addressed{here}, nil
		}
	})
	gate := b.open(t, `{}`, "api.vendor.example")
	p := &process{calls: make(chan *tunnel)}
	serve(t, gate, p)
	for range egress.MaxTunnels {
		if _, answer := p.ask(t, "api.vendor.example", 443); answer.GetOpened() == nil {
			t.Fatalf("answered %v", answer)
		}
	}
	select {
	case <-p.calls:
		t.Errorf("a call beyond %d waits", egress.MaxTunnels)
	case <-time.After(100 * time.Millisecond):
	}
}

func TestAConnectorWithoutTunnelIsNoticed(t *testing.T) {
	t.Parallel()
	gate := setup(t).open(t, `{}`, "api.vendor.example")
	serve(t, gate, connectorv1.UnimplementedConnectorServer{})
	for end := time.Now().Add(10 * time.Second); gate.Linked() && time.Now().Before(end); {
		<-time.After(time.Millisecond)
	}
	if gate.Linked() {
		t.Error("a connector without Tunnel counts as linked")
	}
	if contacts := gate.Contacts(); len(contacts) != 0 {
		t.Errorf("it reached %v", contacts)
	}
}
