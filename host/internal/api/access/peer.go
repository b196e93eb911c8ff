package access

import (
	"log/slog"
	"net"
)

// caller is the process at the other end of a local connection.
type caller struct{ pid, uid int }

// barring is a socket that its owner and root may use, except for processes that are barred.
// Connectors run as the same user as the host; barred tells them from others.
type barring struct {
	net.Listener
	owner  int // user
	barred func(pid int) bool
	logger *slog.Logger
}

// Accept implements net.Listener. It closes the connection of a barred process.
func (b *barring) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		who, known, err := peer(conn)
		switch {
		case err != nil:
			b.logger.Warn("the caller of the agent's socket cannot be found out and is refused", "err", err)
		case !known:
			return conn, nil // the mode of the socket keeps other users out
		case who.uid != 0 && who.uid != b.owner:
			b.logger.Warn("another user tried to use the agent's socket", "uid", who.uid, "pid", who.pid)
		case b.barred(who.pid):
			b.logger.Warn("a connector tried to use the agent's socket", "pid", who.pid)
		default:
			return conn, nil
		}
		_ = conn.Close() // nothing was sent on it
	}
}
