package access_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/api/access"
)

const anyone = 65534

// dialAs connects as another user: with rights root can lend to one thread.
func dialAs(ctx context.Context, uid int, socket string) (conn net.Conn, err error) {
	done := make(chan struct{})
	go func() { // ends with the dial; the thread ends with it, as it stays locked
		defer close(done)
		runtime.LockOSThread()
		for _, call := range []uintptr{syscall.SYS_SETRESGID, syscall.SYS_SETRESUID} {
			if _, _, errno := syscall.RawSyscall(call, uintptr(uid), uintptr(uid), uintptr(uid)); errno != 0 {
				err = errno
				return
			}
		}
		conn, err = new(net.Dialer).DialContext(ctx, "unix", socket)
	}()
	<-done
	return conn, err
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

// ask says whether the socket of one user answers another. As root, the modes let
// everybody in, so that only the question who calls is left.
func ask(t *testing.T, owner, uid int, logger *slog.Logger) (answered bool) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "s")
	socket := filepath.Join(dir, "a.sock")
	listener, err := access.ListenSocket(t.Context(), socket, func(int) bool { return false }, logger)
	if err != nil {
		t.Fatal(err)
	}
	access.BelongsTo(listener, owner) // before it is served
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- access.Serve(ctx, listener, http.NotFoundHandler()) }() // ends with stop
	defer func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	self := os.Geteuid()
	if self == 0 {
		for path := dir; path != os.TempDir() && path != "/"; path = filepath.Dir(path) {
			if err := os.Chmod(path, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chmod(socket, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	dial := new(net.Dialer).DialContext
	if self == 0 && uid != 0 {
		dial = func(ctx context.Context, _, socket string) (net.Conn, error) { return dialAs(ctx, uid, socket) }
	}
	conn, err := dial(t.Context(), "unix", socket)
	if err != nil {
		t.Fatalf("dial as %d: %v", uid, err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: local\r\n\r\n")
	n, err := conn.Read(make([]byte, 100))
	return n > 0 && err == nil
}

// Modes alone do not protect the socket: its mode, or its directory's, may be changed.
func TestTheSocketIsForItsOwnerAndRoot(t *testing.T) {
	t.Parallel()
	self := os.Geteuid()
	tests := []struct {
		owner, uid int
		want       bool
	}{{self, self, true}, {self + 1, self, self == 0}}
	if self == 0 {
		tests = append(tests, []struct {
			owner, uid int
			want       bool
		}{{0, anyone, false}, {anyone, anyone, true}, {anyone, anyone - 1, false}}...)
	}
	var log lockedBuffer
	for _, test := range tests {
		if got := ask(t, test.owner, test.uid, slog.New(slog.NewTextHandler(&log, nil))); got != test.want {
			t.Errorf("the socket of user %d answers user %d: %t, want %t", test.owner, test.uid, got, test.want)
		}
	}
	if !strings.Contains(log.String(), "another user tried to use the agent's socket") {
		t.Errorf("the log does not say so:\n%s", log.String())
	}
}
