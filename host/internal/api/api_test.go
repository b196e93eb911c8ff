package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/api"
	"github.com/plumbline-dev/plumbline/host/internal/api/access"
	"github.com/plumbline-dev/plumbline/host/internal/api/calls"
	"github.com/plumbline-dev/plumbline/host/internal/api/operation"
	"github.com/plumbline-dev/plumbline/host/internal/api/problemjson"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
)

// anna is the person who makes links.
var anna = host.Actor{Kind: host.ActorPerson, ID: "1000", Name: "anna", Auth: host.AuthSocket}

type bundle struct {
	dir    string
	server *api.Server
	web    *httptest.Server // the guarded carrier
	client *http.Client     // a browser
}

func setup(t testing.TB) *bundle {
	t.Helper()
	b := &bundle{dir: t.TempDir()}
	e := hosttest.Open(t, hosttest.Options(t, b.dir, map[string]string{"connectors.dirs": programs}))
	var err error
	screens := fstest.MapFS{"index.html": {Data: []byte("the screens")}, "assets/app-1.js": {Data: []byte("code")}}
	if b.server, err = api.New(e.App, "test", screens); err != nil {
		t.Fatal(err)
	}
	b.web = httptest.NewServer(b.server.BrowserHandler())
	t.Cleanup(b.web.Close)
	b.server.SetAddress(strings.TrimPrefix(b.web.URL, "http://"))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b.client = &http.Client{Jar: jar}
	return b
}

// login uses a one-time link.
func (b *bundle) login(t *testing.T) {
	t.Helper()
	link, err := b.server.Link(host.WithActor(t.Context(), anna))
	if err != nil {
		t.Fatal(err)
	}
	if status, body := b.do(t, http.MethodGet, strings.TrimPrefix(link.URL, b.web.URL), nil); status != 200 || body != "the screens" {
		t.Fatalf("the link led to %d %q", status, body)
	}
}

func (b *bundle) do(t *testing.T, method, path string, header http.Header) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, b.web.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	if host := header.Get("Host"); host != "" {
		request.Host = host
	}
	response, err := b.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestTheLoopbackAddressIsGuarded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if status, body := b.do(t, "GET", "/api/v1/connections", nil); status != 401 || !strings.Contains(body, "unauthenticated") {
		t.Errorf("without a session: %d %s", status, body)
	}
	b.login(t)
	tests := map[string]struct {
		method string
		header http.Header
		status int
	}{
		"a browser with a session":         {"GET", nil, 200},
		"a name that is not this machine":  {"GET", http.Header{"Host": {"evil.example.com"}}, 403},
		"a page of another origin":         {"GET", http.Header{"Origin": {"https://evil.example.com"}}, 403},
		"a write a form could send":        {"POST", nil, 403},
		"a write of the screens, empty":    {"POST", http.Header{"X-Plumbline-Request": {"1"}}, 400},
		"a cookie somebody made up":        {"GET", http.Header{"Cookie": {"plumbline_session=9999999999.AAAA"}}, 401},
		"its own origin":                   {"GET", http.Header{"Origin": {b.web.URL}}, 200},
		"the same machine by another port": {"GET", http.Header{"Origin": {"http://127.0.0.1:1"}}, 403},
		"a page without an origin":         {"GET", http.Header{"Origin": {"null"}}, 403},
		"its own origin by TLS":            {"GET", http.Header{"Origin": {strings.Replace(b.web.URL, "http:", "https:", 1)}}, 403},
		"a name that begins like it":       {"GET", http.Header{"Host": {"127.0.0.1.evil.example.com"}}, 403},
		"a name that ends like it":         {"GET", http.Header{"Host": {"localhost.evil.example.com:80"}}, 403},
		"the address of another machine":   {"GET", http.Header{"Host": {"192.168.1.7"}}, 403},
		"every address of this machine":    {"GET", http.Header{"Host": {"0.0.0.0"}}, 403},
		"a form of another origin": {"POST", http.Header{"Origin": {"https://evil.example.com"}, "X-Plumbline-Request": {"1"},
			"Content-Type": {"text/plain"}}, 403},
		"a web socket of another origin": {"GET", http.Header{"Origin": {"https://evil.example.com"}, "Connection": {"Upgrade"},
			"Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}, 403},
		"a web socket of its own origin, as if there were one": {"GET", http.Header{"Origin": {b.web.URL}, "Connection": {"Upgrade"},
			"Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}, 200},
		"an event stream of another origin": {"GET", http.Header{"Origin": {"https://evil.example.com"}, "Accept": {"text/event-stream"}}, 403},
		"a preflight of another origin": {"OPTIONS", http.Header{"Origin": {"https://evil.example.com"},
			"Access-Control-Request-Method": {"POST"}}, 403},
	}
	for name, test := range tests {
		client := b
		if test.header.Get("Cookie") != "" {
			client = &bundle{web: b.web, client: &http.Client{}}
		}
		if status, body := client.do(t, test.method, "/api/v1/connections", test.header); status != test.status {
			t.Errorf("%s: %d, want %d: %s", name, status, test.status, body)
		}
	}
}

func TestALinkWorksOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link, err := b.server.Link(host.WithActor(t.Context(), anna))
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(link.URL, b.web.URL)
	if status, _ := b.do(t, "GET", path, nil); status != 200 {
		t.Fatalf("first use: %d", status)
	}
	b.client = &http.Client{} // another browser
	if status, body := b.do(t, "GET", path, nil); status != 401 || !strings.Contains(body, "plumbline open") {
		t.Errorf("second use: %d %s", status, body)
	}
	if status, _ := b.do(t, "GET", "/login?token=guessed", nil); status != 401 {
		t.Errorf("a guessed token: %d", status)
	}
}

func TestALinkOpensOneOfManyBrowsersAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link, err := b.server.Link(host.WithActor(t.Context(), anna))
	if err != nil {
		t.Fatal(err)
	}
	var opened atomic.Int64
	var browsers sync.WaitGroup
	for range 16 {
		browsers.Go(func() {
			browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			response, err := browser.Get(link.URL)
			if err != nil {
				t.Error(err)
				return
			}
			response.Body.Close()
			if response.StatusCode == http.StatusSeeOther && len(response.Cookies()) == 1 {
				opened.Add(1)
			}
		})
	}
	browsers.Wait()
	if opened.Load() != 1 {
		t.Errorf("one link opened %d browsers", opened.Load())
	}
}

func TestEveryAnswerKeepsThePageFromLoadingAnythingElse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link, err := b.server.Link(host.WithActor(t.Context(), anna))
	if err != nil {
		t.Fatal(err)
	}
	at := func(path, host string) *http.Request {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.web.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		return request
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for name, request := range map[string]*http.Request{
		"a screen": at("/", ""), "a screen by its address": at("/connections/x", ""), "a script": at("/assets/app-1.js", ""),
		"the API": at("/api/v1/status", ""), "what is not there": at("/api/v1/nothing", ""), "no link": at("/login", ""),
		"a wrong link": at("/login?token=guessed", ""), "the description": at("/api/v1/openapi.json", ""),
		"a good link": at(strings.TrimPrefix(link.URL, b.web.URL), ""), "a refused name": at("/", "evil.example.com"),
		"a path that climbs": at("/../../etc/passwd", ""),
	} {
		response, err := browser.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		policy := response.Header.Get("Content-Security-Policy")
		for _, rule := range []string{
			"default-src 'none'", "script-src 'self';", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
		} {
			if !strings.Contains(policy, rule) {
				t.Errorf("%s: the policy %q does not say %s", name, policy, rule)
			}
		}
		if strings.Contains(policy, "unsafe-eval") || strings.Contains(policy, "*") || strings.Contains(policy, "http") {
			t.Errorf("%s: policy %q", name, policy)
		}
		for _, header := range []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods"} {
			if value := response.Header.Get(header); value != "" {
				t.Errorf("%s: pages of other origins are let in by %s: %s", name, header, value)
			}
		}
		if response.Header.Get("X-Content-Type-Options") != "nosniff" || response.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: headers are %v", name, response.Header)
		}
	}
}

func TestEveryRefusalIsAProblemWithACode(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.login(t)
	tests := map[string]struct {
		method, path string
		status       int
		code, field  string
	}{
		"no such path":       {"GET", "/api/v1/nothing", 404, "not_found", "path"},
		"no such connection": {"GET", "/api/v1/connections/nope", 404, "not_found", "connection"},
		"a limit too large":  {"GET", "/api/v1/runs?limit=5000", 422, "config.invalid", "limit"},
		"an unknown filter":  {"GET", "/api/v1/runs?colour=red", 422, "config.invalid", "colour"},
		"two of them":        {"GET", "/api/v1/connections?limit=0&order=shoe+size", 422, "config.invalid", "limit"},
		"an odd wait":        {"GET", "/api/v1/events?after=1&wait=soon", 422, "config.invalid", "wait"},
	}
	for name, test := range tests {
		status, body := b.do(t, test.method, test.path, nil)
		var p problemjson.Refusal
		if err := json.Unmarshal([]byte(body), &p); err != nil {
			t.Errorf("%s: %v: %s", name, err, body)
			continue
		}
		named := slices.ContainsFunc(p.Fields, func(f host.FieldError) bool { return f.Field == test.field })
		if status != test.status || p.Code != test.code || !named {
			t.Errorf("%s: %d %s", name, status, body)
		}
		for _, f := range p.Fields {
			if status == 422 && (!strings.Contains(p.Detail, f.Field) || !strings.Contains(p.Detail, f.Message)) {
				t.Errorf("%s: what is shown names neither the field nor the reason: %s", name, p.Detail)
			}
		}
	}
}

// TestTheSocketIsNotForConnectors stands for one with this process, which asks it.
func TestTheSocketIsNotForConnectors(t *testing.T) {
	t.Parallel()
	b := setup(t)
	socket := access.SocketPath(b.dir)
	var barred atomic.Int64
	listener, err := access.ListenSocket(t.Context(), socket, func(pid int) bool { return int64(pid) == barred.Load() },
		slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- access.Serve(ctx, listener, http.NotFoundHandler()) }() // ends with stop
	ask := func() (int, error) {
		conn, err := new(net.Dialer).DialContext(t.Context(), "unix", socket)
		if err != nil {
			return 0, err
		}
		defer conn.Close()
		// That the other end is closed already shows in the read.
		_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: local\r\n\r\n")
		return conn.Read(make([]byte, 100))
	}
	for _, pid := range []int{os.Getpid(), os.Getpid() + 1} {
		barred.Store(int64(pid))
		n, err := ask()
		if answered := n > 0 && err == nil; answered != (pid != os.Getpid()) {
			t.Errorf("with process %d barred, process %d is answered: %v (%v)", pid, os.Getpid(), answered, err)
		}
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestAHeldRequestEndsWithTheServer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	socket := access.SocketPath(b.dir)
	listener, err := access.ListenSocket(t.Context(), socket, func(int) bool { return false }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(socket)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("socket: %v, %v", info.Mode(), err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- access.Serve(ctx, listener, b.server.Handler()) }()
	client := calls.Dial(socket)
	hints, err := client.Events(t.Context(), 0, operation.WaitParam{})
	if err != nil {
		t.Fatal(err)
	}
	held := make(chan error, 1)
	go func() {
		_, err := client.Events(context.WithoutCancel(t.Context()), hints.Last, operation.WaitParam{Wait: "25s"})
		held <- err
	}()
	time.AfterFunc(50*time.Millisecond, stop)
	begun := time.Now()
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 4*time.Second {
		t.Errorf("the server took %s to end", took)
	}
	if err := <-held; err != nil {
		var p *host.Problem
		if !errors.As(err, &p) {
			t.Errorf("the held request ended with %v", err)
		}
	}
}

func TestAnAgentThatIsNotThereIsUnreachable(t *testing.T) {
	t.Parallel()
	_, err := calls.Dial(filepath.Join(t.TempDir(), "none.sock")).Status(t.Context())
	var p *host.Problem
	if !errors.As(err, &p) || p.Code != host.CodeUnreachable {
		t.Fatalf("got %v", err)
	}
	if _, ok := calls.Attach(t.Context(), t.TempDir()); ok {
		t.Error("attached to nobody")
	}
}

// TestOnlyTheSocketHasProgramsStarted tries every carrier, and every way to write the
// path.
func TestOnlyTheSocketHasProgramsStarted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.login(t)
	window := httptest.NewServer(b.server.WindowHandler())
	t.Cleanup(window.Close)
	socket := filepath.Join(t.TempDir(), "s")
	ctx, stop := context.WithCancel(t.Context())
	listener, err := access.ListenSocket(ctx, socket, func(int) bool { return false }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- access.Serve(ctx, listener, b.server.Handler()) }() // ends with stop
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	forwarded := httptest.NewServer(calls.Dial(socket).Forward())
	t.Cleanup(forwarded.Close)
	const body = `{"program":"/bin/true"}`
	for name, base := range map[string]string{"browser": b.web.URL, "window": window.URL, "window onto an agent": forwarded.URL} {
		for _, path := range []string{"/api/v1/developments", "/api/v1/developments/x/renew", "//api/v1/developments",
			"/api/v1/./developments", "/api/v1/x/../developments"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("X-Plumbline-Request", "1")
			response, err := b.client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(response.Body)
			if err := errors.Join(err, response.Body.Close()); err != nil {
				t.Fatal(err)
			}
			if response.StatusCode < http.StatusBadRequest || strings.Contains(string(answer), "not_a_connector") ||
				path == "/api/v1/developments" && response.StatusCode != http.StatusForbidden {
				t.Errorf("%s %s: %d %s", name, path, response.StatusCode, answer)
			}
		}
	}
	_, err = calls.Dial(socket).StartDevelopment(t.Context(), app.DevelopmentRequest{Program: "/bin/true"})
	var p *host.Problem
	if !errors.As(err, &p) || p.Code != host.CodeNotAConnector {
		t.Errorf("over the socket it was not even looked at: %v", err)
	}
}
