package desktop

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api/access"
	"github.com/plumbline-dev/plumbline/host/internal/datadir"
)

// Instance is the one process that shows the window of a data directory.
type Instance struct {
	lock     *datadir.Window
	listener net.Listener
}

// patience is how long a second process waits for the first, which may just be starting.
const patience = 10 * time.Second

// taken is the answer of the process that shows the window.
const taken = "taken\n"

// Claim makes this process the one that shows the window of the data directory dir. When
// another process shows it, Claim hands it the link, which may be empty, and returns nil:
// this process has nothing left to do. barred names processes that may not hand over a
// link.
//
// It does not use what Wails offers for this: on Linux that needs a session bus, comes
// after the first window is made, and ends the second process with an error. It also
// knows one window for each user, and not for each data directory.
func Claim(ctx context.Context, dir, link string, barred func(pid int) bool, logger *slog.Logger) (*Instance, error) {
	lock, err := datadir.TakeWindow(dir)
	if err != nil {
		return nil, err
	}
	socket := access.WindowSocketPath(dir)
	if lock == nil {
		return nil, handOver(ctx, dir, socket, link)
	}
	listener, err := access.ListenSocket(ctx, socket, barred, logger)
	if err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	return &Instance{lock: lock, listener: listener}, nil
}

// handOver asks the process that shows the window to come to the front, at link.
func handOver(ctx context.Context, dir, socket, link string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		err := send(ctx, socket, link)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return (&host.Problem{
				Code:    host.CodeLocked,
				Message: "another process shows the window of " + dir + " and does not answer",
				Remedy:  "End the process plumbline-desktop that runs, and start it again.",
				Fault:   host.FaultCustomer, Retry: host.RetryAfter,
			}).Because(err)
		case <-again.C:
		}
	}
}

// send hands one link to the process that listens on socket.
func send(ctx context.Context, socket, link string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return fmt.Errorf("reach the window: %w", err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return fmt.Errorf("reach the window: %w", err)
	}
	if _, err := io.WriteString(conn, link+"\n"); err != nil {
		return fmt.Errorf("hand over link: %w", err)
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || answer != taken {
		return fmt.Errorf("hand over link: answered %q: %w", answer, err)
	}
	return nil
}

// Serve calls open with the route of every link that another process hands over, "" for
// the window alone, until Close. A link that leads to no screen is "" too: the person
// asked for the window and gets it.
func (i *Instance) Serve(open func(route string)) error {
	for {
		conn, err := i.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("wait for links: %w", err)
		}
		if link, ok := receive(conn); ok {
			route, _ := Route(link)
			open(route)
		}
	}
}

// receive reads one link. A process that sends none in time, or one that is too long, has
// none.
func receive(conn net.Conn) (link string, ok bool) {
	defer conn.Close()
	if conn.SetDeadline(time.Now().Add(2*time.Second)) != nil {
		return "", false
	}
	line, err := bufio.NewReader(io.LimitReader(conn, maxLink+1)).ReadString('\n')
	if err != nil {
		return "", false
	}
	// Whoever does not wait for the answer has handed over its link all the same.
	_, _ = io.WriteString(conn, taken)
	return strings.TrimSpace(line), true
}

// Close lets another process show the window.
func (i *Instance) Close() error {
	err := i.listener.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return errors.Join(err, i.lock.Release())
}

// LinkIn returns the first of a program's arguments that is a link into the window, or "".
func LinkIn(args []string) string {
	for _, arg := range args {
		if strings.HasPrefix(arg, Scheme+":") {
			return arg
		}
	}
	return ""
}
