//go:build desktop

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/access"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/problemjson"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
)

// carrier answers the window's requests with the agent that owns the data directory, with
// a host in this process, or with the reason why there is neither. It goes from one to the
// other while the window is open.
type carrier struct {
	sources boot.Sources
	screens fs.FS
	logger  *slog.Logger

	now  atomic.Pointer[http.Handler]
	host atomic.Pointer[boot.Host] // the host in this process, or nil

	mu   sync.Mutex // held while it goes from one to the other
	done func() error
}

func newCarrier(sources boot.Sources, screens fs.FS, logger *slog.Logger) *carrier {
	c := &carrier{sources: sources, screens: screens, logger: logger, done: func() error { return nil }}
	c.answer(failed(moving()))
	return c
}

// ServeHTTP implements http.Handler.
func (c *carrier) ServeHTTP(w http.ResponseWriter, r *http.Request) { (*c.now.Load()).ServeHTTP(w, r) }

func (c *carrier) answer(handler http.Handler) { c.now.Store(&handler) }

// isConnector reports whether a process is a connector of the host in this process.
func (c *carrier) isConnector(pid int) bool {
	h := c.host.Load()
	return h != nil && h.IsConnector(pid)
}

// open finds who answers. The reason why nobody does is an answer too.
func (c *carrier) open(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.find(ctx)
}

func (c *carrier) find(ctx context.Context) {
	config, err := boot.LoadConfig(c.sources)
	if err != nil {
		c.answer(failed(err))
		return
	}
	if agent, ok := calls.Attach(ctx, config.DataDir); ok {
		c.logger.Info("window onto the agent that owns the data directory", "data_dir", config.DataDir)
		c.answer(agent.Forward())
		return
	}
	if err := c.embed(ctx, config); err != nil {
		c.logger.Error("open data directory", "err", err)
		c.answer(failed(err))
	}
}

// embed opens the host in this process and serves its socket too.
func (c *carrier) embed(ctx context.Context, config boot.Config) error {
	socket := access.SocketPath(config.DataDir)
	h, err := boot.Open(ctx, boot.Options{
		Config: config, Program: "desktop", Socket: socket, Version: version, Logger: c.logger, Unattended: true,
	})
	if err != nil {
		return err
	}
	server, err := api.New(h.App, version, c.screens)
	if err != nil {
		return errors.Join(err, h.Close())
	}
	listener, err := access.ListenSocket(ctx, socket, h.IsConnector, c.logger)
	if err != nil {
		return errors.Join(err, h.Close())
	}
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- access.Serve(serving, listener, server.Handler()) }() // ends with done
	window := &ending{next: server.WindowHandler(), ctx: serving}
	c.host.Store(h)
	c.answer(window)
	c.done = func() error {
		c.answer(failed(moving()))
		c.host.Store(nil)
		stop()
		window.end()
		c.done = func() error { return nil }
		return errors.Join(<-served, h.Close())
	}
	return nil
}

// close ends the host in this process, if there is one.
func (c *carrier) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done()
}

// move has change start or stop another agent while no host runs in this process, then
// finds who answers. It waits a while for an agent that was started, if there is to be one.
func (c *carrier) move(ctx context.Context, agent bool, change func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.done(); err != nil {
		c.logger.Error("close data directory", "err", err)
	}
	err := change()
	if agent && err == nil {
		err = c.await(ctx)
	}
	c.find(ctx)
	return err
}

// await waits for the agent that the system has started.
func (c *carrier) await(ctx context.Context) error {
	config, err := boot.LoadConfig(c.sources)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		if _, ok := calls.Attach(ctx, config.DataDir); ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the agent: %w", context.Cause(ctx))
		case <-again.C:
		}
	}
}

// moving is the problem of a request that comes while the data goes from one process to
// another.
func moving() *host.Problem {
	return &host.Problem{
		Code: host.CodeUnreachable, Message: "another process is taking over the data",
		Remedy: "Wait a moment.", Fault: host.FaultHost, Retry: host.RetryAfter,
	}
}

// failed answers every request with the reason why there is no host, which the
// window then shows.
func failed(err error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { problemjson.Write(w, err) })
}

// ending passes requests on until end. Wails never ends the context of a request, so the
// requests that wait would outlive their host.
type ending struct {
	next http.Handler
	ctx  context.Context // of the host: it ends the requests

	mu    sync.RWMutex // read while a request is answered
	ended bool
}

func (e *ending) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.ended {
		problemjson.Write(w, moving())
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(e.ctx, cancel)()
	e.next.ServeHTTP(w, r.WithContext(ctx))
}

// end returns once no request is being answered. The context has ended before.
func (e *ending) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = true
}
