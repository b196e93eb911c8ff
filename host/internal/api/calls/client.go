// Package calls calls the API from Go: a method for each operation, over a socket or to a
// handler in this process.
package calls

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/access"
	"github.com/plumbline-dev/plumbline/host/internal/api/problemjson"
	"github.com/plumbline-dev/plumbline/host/internal/datadir"
)

// Client calls the API from Go, over a socket or a handler in this process.
type Client struct {
	http *http.Client
	demo func() // nil = nothing
}

// OnDemo has the client call mark before it returns an answer of a demo.
func (c *Client) OnDemo(mark func()) *Client {
	c.demo = mark
	return c
}

// Dial returns a client of the agent whose API listens on a unix socket. It
// connects with the first call.
func Dial(socket string) *Client {
	return &Client{http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}}
}

// Attach returns a client of the agent that owns the data directory dir, if one
// answers.
func Attach(ctx context.Context, dir string) (*Client, bool) {
	owner, ok := datadir.ReadOwner(dir)
	if !ok || owner.Socket == "" {
		return nil, false
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", owner.Socket)
	if err != nil {
		return nil, false
	}
	return Dial(owner.Socket), conn.Close() == nil
}

// Local returns a client of a handler in this process.
func Local(handler http.Handler) *Client { return Over(Carrier(handler)) }

// Over returns a client whose requests go through carrier.
func Over(carrier http.RoundTripper) *Client { return &Client{http: &http.Client{Transport: carrier}} }

// Carrier returns what carries a client's requests into a handler of this process.
func Carrier(handler http.Handler) http.RoundTripper { return local{handler} }

// Forward returns a handler that forwards a window's requests to the client's API.
func (c *Client) Forward() http.Handler {
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", "plumbline", "plumbline"
		},
		Transport: c.http.Transport,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			problemjson.Write(w, unreachable(err))
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if access.NeedsSocket(r) {
			problemjson.Write(w, access.OnlySocket()) // the client reaches a socket, the window does not
			return
		}
		forward.ServeHTTP(w, r)
	})
}

// do sends a request and decodes the answer into answer, if any. A refusal is a
// *problemjson.Refusal; no answer at all is a *host.Problem of the code agent.unreachable.
func (c *Client) do(request *http.Request, answer any) error {
	response, err := c.http.Do(request)
	if err != nil {
		if cause := context.Cause(request.Context()); cause != nil {
			return cause
		}
		return unreachable(err)
	}
	defer response.Body.Close()
	if c.demo != nil && response.Header.Get(api.DemoHeader) != "" {
		c.demo()
	}
	if response.StatusCode >= 400 {
		return refusal(response)
	}
	if answer == nil || response.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		return fmt.Errorf("decode answer to %s %s: %w", request.Method, request.URL.Path, err)
	}
	return nil
}

func refusal(response *http.Response) error {
	raw, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("read refusal: %w", err)
	}
	return RefusalOf(response.StatusCode, raw)
}

// RefusalOf returns the refusal in the body of an answer that has this status.
func RefusalOf(status int, body []byte) error {
	var p problemjson.Refusal
	if err := json.Unmarshal(body, &p); err != nil || p.Code == "" {
		return fmt.Errorf("the agent answered %d %s: %s", status, http.StatusText(status), strings.TrimSpace(string(body)))
	}
	return &p
}

func unreachable(err error) error {
	var refused *net.OpError
	message := "the agent cannot be reached"
	if errors.As(err, &refused) {
		message += ": " + refused.Err.Error()
	}
	return (&host.Problem{
		Code: host.CodeUnreachable, Message: message, Fault: host.FaultHost, Retry: host.RetryAfter,
		Remedy: "Start it with `plumbline agent`; its log says why it ended.",
	}).Because(err)
}

// local passes requests to a handler without a network.
type local struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper. It holds the whole answer in memory: the API
// answers pages, never streams.
func (l local) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &answer{header: http.Header{}, status: http.StatusOK}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	l.handler.ServeHTTP(w, r)
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

type answer struct {
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if !a.wrote {
		a.status, a.wrote = status, true
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.wrote = true
	return a.body.Write(b)
}
