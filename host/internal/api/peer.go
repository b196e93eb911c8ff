package api

import (
	"log/slog"
	"net"
)

// barring is a socket that some processes of this user may not use: connectors run
// as the same user as the host, and only the host knows which processes they are.
type barring struct {
	net.Listener
	barred func(pid int) bool
	logger *slog.Logger
}

// Accept implements net.Listener. Who is barred finds the connection closed.
func (b *barring) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		pid, known := peer(conn)
		if !known || !b.barred(pid) {
			return conn, nil
		}
		b.logger.Warn("a connector tried to use the agent's socket", "pid", pid)
		_ = conn.Close() // nothing was said on it
	}
}
