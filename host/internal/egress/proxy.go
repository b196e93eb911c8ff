package egress

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/company"
	"github.com/plumbline-dev/plumbline/sdk"
)

// Config is how a proxy gets out. What is nil is this machine's own.
type Config struct {
	Lookup  func(ctx context.Context, name string) ([]netip.Addr, error)
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
	Company func(*url.URL) (*url.URL, error) // the proxy the company wants used for an address, or nil
	Logger  *slog.Logger
}

func (c Config) withDefaults() Config {
	if c.Lookup == nil {
		c.Lookup = func(ctx context.Context, name string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", name)
		}
	}
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	if c.Company == nil {
		c.Company = company.Environment().For
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Proxy listens on this machine's loopback. It is safe for concurrent use.
type Proxy struct {
	config   Config
	listener net.Listener
	server   *http.Server
	served   chan struct{} // closed when the accept loop has ended

	mu    sync.Mutex
	gates map[string]*Gate // by token
}

// Listen starts a proxy on a free port.
func Listen(config Config) (*Proxy, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for connectors: %w", err)
	}
	p := &Proxy{config: config.withDefaults(), listener: listener, served: make(chan struct{}), gates: map[string]*Gate{}}
	p.server = &http.Server{
		Handler: p, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(p.config.Logger.Handler(), slog.LevelDebug),
	}
	go func() { // ends with Close
		defer close(p.served)
		if err := p.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			p.config.Logger.Error("serve connectors' connections", "err", err)
		}
	}()
	return p, nil
}

// Address returns where the proxy listens.
func (p *Proxy) Address() netip.AddrPort { return p.listener.Addr().(*net.TCPAddr).AddrPort() }

// Close ends the proxy and cuts what goes through it.
func (p *Proxy) Close() error {
	p.mu.Lock()
	gates := make([]*Gate, 0, len(p.gates))
	for _, g := range p.gates {
		gates = append(gates, g)
	}
	p.mu.Unlock()
	for _, g := range gates {
		g.Close()
	}
	err := p.server.Close()
	<-p.served
	if err != nil {
		return fmt.Errorf("close proxy: %w", err)
	}
	return nil
}

// Open returns a gate with a policy. Close it when its process has ended.
func (p *Proxy) Open(policy Policy) *Gate {
	g := &Gate{proxy: p, policy: policy, token: rand.Text(), contacts: map[contactKey]*host.Contact{}, open: map[net.Conn]struct{}{}}
	g.ctx, g.end = context.WithCancel(context.Background())
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gates[g.token] = g
	return g
}

func (p *Proxy) forget(g *Gate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.gates, g.token)
}

// gate returns the gate whose credential a request carries, or nil.
func (p *Proxy) gate(r *http.Request) *Gate {
	given, ok := strings.CutPrefix(r.Header.Get("Proxy-Authorization"), "Basic ")
	if !ok {
		return nil
	}
	raw, err := base64.StdEncoding.DecodeString(given)
	if err != nil {
		return nil
	}
	_, token, _ := strings.Cut(string(raw), ":")
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gates[token]
}

// ServeHTTP implements http.Handler for both ways in which clients use a proxy.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g := p.gate(r)
	if g == nil {
		w.Header().Set("Proxy-Authenticate", `Basic realm="Plumbline"`)
		http.Error(w, "This proxy serves the connectors of a Plumbline host.", http.StatusProxyAuthRequired)
		return
	}
	switch {
	case r.Method == http.MethodConnect:
		g.tunnel(w, r)
	case r.URL.IsAbs() && r.URL.Scheme == "http":
		g.forward(w, r)
	default:
		http.Error(w, "Ask this proxy for a whole http address, or to CONNECT.", http.StatusBadRequest)
	}
}

// tunnel answers CONNECT: bytes go both ways until either side has no more.
func (g *Gate) tunnel(w http.ResponseWriter, r *http.Request) {
	name, port, err := splitTarget(r.Host, 443)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	far, err := g.dial(r.Context(), name, port)
	if err != nil {
		tell(w, err)
		return
	}
	near, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = far.Close() // nothing went over it
		http.Error(w, "no tunnel can be made", http.StatusInternalServerError)
		return
	}
	defer near.Close()
	defer far.Close()
	if !g.enter(near, far) {
		_, _ = io.WriteString(near, "HTTP/1.1 503 Too many connections\r\n\r\n") // the process is told as far as it listens
		return
	}
	defer g.leave(near, far)
	if _, err := io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	g.pump(name, port, near, buffered.Reader, far)
}

// pump copies until both directions are at their end.
func (g *Gate) pump(name string, port int, near net.Conn, from *bufio.Reader, far net.Conn) {
	shown := shownName(name)
	var both sync.WaitGroup
	both.Go(func() { // ends when either side closes, or the gate does
		g.copy(far, from, func(n int64) { g.count(shown, port, func(c *host.Contact) { c.Sent += n }) })
	})
	g.copy(near, far, func(n int64) { g.count(shown, port, func(c *host.Contact) { c.Received += n }) })
	both.Wait()
}

// copy moves bytes one way and then says that there are no more. That a side broke
// off shows on the other as an end.
func (g *Gate) copy(to net.Conn, from io.Reader, counted func(int64)) {
	_, err := io.Copy(to, &meter{from: from, counted: counted})
	if half, ok := to.(interface{ CloseWrite() error }); ok && err == nil {
		_ = half.CloseWrite()
		return
	}
	_ = to.Close()
}

// meter counts what is read.
type meter struct {
	from    io.Reader
	counted func(int64)
}

func (m *meter) Read(into []byte) (int, error) {
	n, err := m.from.Read(into)
	if n > 0 {
		m.counted(int64(n))
	}
	return n, err
}

// forward answers a request for a whole http address.
func (g *Gate) forward(w http.ResponseWriter, r *http.Request) {
	name, port, err := splitTarget(r.URL.Host, 80)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	transport := &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := g.dial(ctx, name, port)
			if err != nil {
				return nil, err
			}
			return &counted{Conn: conn, gate: g, name: name, port: port}, nil
		},
	}
	(&httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.Header.Del("Proxy-Authorization")
			p.Out.Host = p.In.Host
		},
		ModifyResponse: func(answer *http.Response) error {
			answer.Header.Del(sdk.EgressHeader) // that word is the proxy's own
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) { tell(w, err) },
		ErrorLog:     g.proxy.server.ErrorLog,
	}).ServeHTTP(w, r)
}

// counted is a forwarded request's connection.
type counted struct {
	net.Conn
	gate *Gate
	name string
	port int
}

func (c *counted) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	c.gate.count(c.name, c.port, func(k *host.Contact) { k.Received += int64(n) })
	return n, err
}

func (c *counted) Write(from []byte) (int, error) {
	n, err := c.Conn.Write(from)
	c.gate.count(c.name, c.port, func(k *host.Contact) { k.Sent += int64(n) })
	return n, err
}

// splitTarget reads "host:port"; without a port the usual one is meant.
func splitTarget(target string, usual int) (string, int, error) {
	u := &url.URL{Host: target}
	if u.Hostname() == "" {
		return "", 0, fmt.Errorf("%q names no host", target)
	}
	if u.Port() == "" {
		return u.Hostname(), usual, nil
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || port == 0 {
		return "", 0, fmt.Errorf("%q names no port", target)
	}
	return u.Hostname(), int(port), nil
}

// tell answers that no connection was opened, and why, in a form that the SDK
// understands and a person can read.
func tell(w http.ResponseWriter, err error) {
	status, reason := http.StatusBadGateway, sdk.EgressRefused
	var r *refusal
	if errors.As(err, &r) {
		reason = r.reason
	}
	switch reason {
	case sdk.EgressDenied, sdk.EgressAddress:
		status = http.StatusForbidden
	case sdk.EgressTimeout:
		status = http.StatusGatewayTimeout
	}
	w.Header().Set(sdk.EgressHeader, reason+"; "+printable(err.Error()))
	http.Error(w, err.Error(), status)
}

// printable returns text as it can stand in a header.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}

// throughCompany opens a connection by way of the company's proxy.
func throughCompany(ctx context.Context, dial func(context.Context, string, string) (net.Conn, error), company *url.URL, name string, port int) (net.Conn, error) {
	where := company.Host
	if company.Port() == "" {
		where = net.JoinHostPort(company.Hostname(), usualPort(company))
	}
	conn, err := dial(ctx, "tcp", where)
	if err != nil {
		return nil, refused(sdk.EgressProxy, "the company's proxy %s cannot be reached", company.Host)
	}
	if company.Scheme == "https" {
		conn = tls.Client(conn, &tls.Config{ServerName: company.Hostname(), MinVersion: tls.VersionTLS12})
	}
	target := net.JoinHostPort(name, strconv.Itoa(port))
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: target}, Host: target, Header: http.Header{}}
	if company.User != nil {
		password, _ := company.User.Password()
		request.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(company.User.Username()+":"+password)))
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	reader := bufio.NewReader(conn)
	if err := ask(conn, reader, request); err != nil {
		_ = conn.Close() // nothing went over it
		return nil, refused(sdk.EgressProxy, "the company's proxy %s %v for %s", company.Host, err, target)
	}
	return &behind{Conn: conn, reader: reader}, nil
}

func usualPort(u *url.URL) string {
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}

// ask returns nil when the proxy at the other end agrees, or what it did instead.
func ask(conn net.Conn, reader *bufio.Reader, request *http.Request) error {
	if err := request.Write(conn); err != nil {
		return errors.New("broke off")
	}
	answer, err := http.ReadResponse(reader, request)
	if err != nil {
		return errors.New("broke off")
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %s", answer.Status)
	}
	return nil
}

// behind reads first what came together with the company proxy's answer.
type behind struct {
	net.Conn
	reader *bufio.Reader
}

func (b *behind) Read(into []byte) (int, error) { return b.reader.Read(into) }

// CloseWrite says that there is no more to come, where the connection can.
func (b *behind) CloseWrite() error {
	if half, ok := b.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return b.Close()
}
