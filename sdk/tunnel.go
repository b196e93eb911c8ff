package sdk

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"time"

	"google.golang.org/grpc"

	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// EgressVariable is the environment variable that says how a connector reaches its system. With the
// value EgressLink every connection goes through the call Tunnel on the gRPC link to the host; on
// Linux the program can then open no network socket. Without the variable the program uses the
// proxy of ProxyVariable, or dials by itself if there is none.
const EgressVariable = "PLUMBLINE_EGRESS"

// EgressLink is the value of EgressVariable for connections through Tunnel.
const EgressLink = "link"

// MaxTunnelBytes limits the data of one message of Tunnel.
const MaxTunnelBytes = 64 << 10

// offerTimeout is how long a connection waits for the host to open a call of Tunnel.
const offerTimeout = 30 * time.Second

// crowded is how long a connection waits before it closes those that the session keeps idle. The host
// offers a process so many connections and no more, and a connector of many hosts may keep them all.
const crowded = 100 * time.Millisecond

// tunnelCall is one call of Tunnel.
type tunnelCall = grpc.BidiStreamingServer[connectorv1.TunnelRequest, connectorv1.TunnelResponse]

// offer is a call of Tunnel that waits for a connection. Closing done ends it.
type offer struct {
	call tunnelCall
	done chan struct{}
}

// linked reports whether connections go through the host's calls of Tunnel. The hosts of an attached
// process name a proxy instead.
func (s *server) linked() bool { return !s.attached && os.Getenv(EgressVariable) == EgressLink }

// Tunnel implements the service. The call waits until Session.Dial takes it and ends with that
// connection.
func (s *server) Tunnel(call tunnelCall) error {
	o := &offer{call: call, done: make(chan struct{})}
	select {
	case s.offers <- o:
	case <-call.Context().Done():
		return context.Cause(call.Context())
	case <-s.process.Done():
		return context.Cause(s.process)
	}
	<-o.done
	return nil
}

// dialLink opens a TCP connection to address in a call of Tunnel.
func (s *Session) dialLink(ctx context.Context, address string) (net.Conn, error) {
	request, err := tunnelConnect(address)
	if err != nil {
		return nil, err
	}
	o, err := take(ctx, s.way.offers, s.closeIdle)
	if err != nil {
		return nil, err
	}
	type answer struct {
		opened *connectorv1.TunnelOpened
		err    error
	}
	answers := make(chan answer, 1)
	go func() { // ends with the host's answer, or with the call
		opened, err := o.ask(request)
		answers <- answer{opened, err}
	}()
	select {
	case a := <-answers:
		if a.err != nil {
			close(o.done)
			return nil, a.err
		}
		return o.open(address, a.opened.GetAddress()), nil
	case <-ctx.Done():
		go func() { // ends with the host's answer: a call that ends before it asks for a connection is an error to the host
			<-answers
			close(o.done)
		}()
		return nil, context.Cause(ctx)
	}
}

func tunnelConnect(address string) (*connectorv1.TunnelConnect, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, Errorf(CodeInternalBug, "dial %q: %w", address, err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 || host == "" {
		return nil, Errorf(CodeInternalBug, "dial %q: it is not a host and a port number", address)
	}
	return &connectorv1.TunnelConnect{Host: host, Port: uint32(number)}, nil
}

// take waits for a call of Tunnel that has no connection yet. When none comes at once, it calls
// closeIdle, which may free some.
func take(ctx context.Context, offers <-chan *offer, closeIdle func()) (*offer, error) {
	full, late := time.NewTimer(crowded), time.NewTimer(offerTimeout)
	defer full.Stop()
	defer late.Stop()
	for {
		select {
		case o := <-offers:
			return o, nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-full.C:
			closeIdle()
		case <-late.C:
			return nil, &egressError{reason: EgressProxy, words: fmt.Sprintf("the host offered no connection within %s", offerTimeout)}
		}
	}
}

// closeIdle closes the connections of the session that no request uses.
func (s *Session) closeIdle() {
	s.mu.Lock()
	transports := slices.Clone(s.transports)
	s.mu.Unlock()
	for _, transport := range transports {
		transport.CloseIdleConnections()
	}
}

// ask sends the request and returns the host's answer.
func (o *offer) ask(request *connectorv1.TunnelConnect) (*connectorv1.TunnelOpened, error) {
	err := o.call.Send(&connectorv1.TunnelResponse{Message: &connectorv1.TunnelResponse_Connect{Connect: request}})
	if err != nil {
		return nil, fmt.Errorf("ask the host for a connection: %w", err)
	}
	first, err := o.call.Recv()
	if err != nil {
		return nil, fmt.Errorf("ask the host for a connection: %w", err)
	}
	if refused := first.GetRefused(); refused != nil {
		return nil, &egressError{reason: refused.GetReason(), words: refused.GetMessage()}
	}
	if first.GetOpened() == nil {
		return nil, Errorf(CodeInternalBug, "the host answered the request for a connection with neither opened nor refused")
	}
	return first.GetOpened(), nil
}

// open returns the connection of the call. Two goroutines copy its bytes; both end when one side
// ends the connection.
func (o *offer) open(asked, reached string) net.Conn {
	near, far := net.Pipe()
	go func() { // ends when near is closed, or the call has ended
		defer close(o.done)
		defer far.Close()
		o.send(far)
	}()
	go func() { // ends with the call
		defer far.Close()
		o.receive(far)
	}()
	return &tunnelConn{Conn: near, remote: tunnelAddress{asked: asked, reached: reached}}
}

// send copies what the connector writes to the host.
func (o *offer) send(from io.Reader) {
	chunk := make([]byte, MaxTunnelBytes)
	for {
		n, err := from.Read(chunk)
		if n > 0 {
			data := bytes.Clone(chunk[:n]) // gRPC may keep it after Send
			if o.call.Send(&connectorv1.TunnelResponse{Message: &connectorv1.TunnelResponse_Data{Data: data}}) != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// receive copies what the host sends to the connector.
func (o *offer) receive(to io.Writer) {
	for {
		message, err := o.call.Recv()
		if err != nil {
			return
		}
		if _, err := to.Write(message.GetData()); err != nil {
			return
		}
	}
}

// tunnelConn is a connection through the host. Its local address is not that of a socket, because
// the host holds the socket.
type tunnelConn struct {
	net.Conn
	remote tunnelAddress
}

func (c *tunnelConn) RemoteAddr() net.Addr { return c.remote }

// tunnelAddress is the far end of a tunnelConn.
type tunnelAddress struct{ asked, reached string }

func (tunnelAddress) Network() string { return "tcp" }

func (a tunnelAddress) String() string {
	_, port, err := net.SplitHostPort(a.asked)
	if err != nil || a.reached == "" {
		return a.asked
	}
	return net.JoinHostPort(a.reached, port)
}
