package replay

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"sync"
)

// target is a connection in a tunnel, with the host of the tunnel.
type target struct {
	net.Conn
	reader io.Reader // starts with the bytes that followed CONNECT
	host   string
}

// Read implements net.Conn.
func (t *target) Read(into []byte) (int, error) { return t.reader.Read(into) }

type targetKey struct{}

// withTarget adds the host of a tunnel to the context of its requests.
func withTarget(ctx context.Context, conn net.Conn) context.Context {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	through, ok := conn.(*target)
	if !ok {
		return ctx
	}
	return context.WithValue(ctx, targetKey{}, through.host)
}

// tunnels is the listener of the inner server. It accepts the connections in tunnels.
type tunnels struct {
	address net.Addr
	opened  chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func (t *tunnels) put(conn net.Conn) {
	select {
	case t.opened <- conn:
	case <-t.closed:
		_ = conn.Close()
	}
}

// Accept implements net.Listener.
func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case conn := <-t.opened:
		return conn, nil
	case <-t.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (t *tunnels) Close() error {
	t.once.Do(func() { close(t.closed) })
	return nil
}

// Addr implements net.Listener.
func (t *tunnels) Addr() net.Addr { return t.address }
