package access

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// maxSocketPath is what every system allows for the address of a unix socket.
const maxSocketPath = 103

// SocketPath returns where the API of the process that owns dir listens: inside
// dir when the path is short enough, else in a private directory of the user
// under a name that follows from dir.
func SocketPath(dir string) string { return socketPath(dir, "agent.sock", "") }

// WindowSocketPath returns where the process that shows the window of dir takes links. It
// follows from dir as SocketPath does.
func WindowSocketPath(dir string) string { return socketPath(dir, "window.sock", "-window") }

func socketPath(dir, name, suffix string) string {
	inside := filepath.Join(dir, name)
	if len(inside) <= maxSocketPath {
		return inside
	}
	base := os.Getenv("XDG_RUNTIME_DIR")
	if base == "" {
		base = filepath.Join(os.TempDir(), fmt.Sprintf("plumbline-%d", os.Getuid()))
	}
	hash := fnv.New64a()
	hash.Write([]byte(dir))
	return filepath.Join(base, fmt.Sprintf("plumbline-%x%s.sock", hash.Sum64(), suffix))
}

// ListenSocket listens on a unix socket that only its owner and root may use, and none
// of the owner's processes that are barred. The caller owns the data directory, so an
// existing socket is of a process that has ended.
func ListenSocket(ctx context.Context, path string, barred func(pid int) bool, logger *slog.Logger) (net.Listener, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create socket directory: %w", err)
	}
	if err := ownedByUs(dir); err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove stale socket: %w", err)
	}
	// The directory is private, so no other user connects before the mode is set.
	listener, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("protect socket: %w", err), listener.Close())
	}
	return &barring{Listener: listener, owner: os.Geteuid(), barred: barred, logger: logger}, nil
}

// Serve answers requests on listener until ctx ends. Requests under way then have five
// seconds to finish; those that wait see their context end at once.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnContext:       withPeer,
	}
	stopped := make(chan error, 1)
	unwatch := context.AfterFunc(ctx, func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(closing)
	})
	err := server.Serve(listener)
	if unwatch() {
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	}
	return <-stopped
}
