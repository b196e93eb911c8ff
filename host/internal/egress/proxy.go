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
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/company"
	"github.com/plumbline-dev/plumbline/sdk"
)

// Config is how a proxy looks up and dials; nil = as this machine does.
type Config struct {
	Lookup  func(ctx context.Context, name string) ([]netip.Addr, error)
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)
	Company func(*url.URL) (*url.URL, error) // the company's proxy for an address, or nil
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
	gates := slices.Collect(maps.Values(p.gates))
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
	g := &Gate{
		proxy: p, policy: policy, token: rand.Text(), contacts: map[contactKey]*host.Contact{}, tunnels: make(chan struct{}, maxTunnels),
	}
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

// gate returns the gate whose token a request carries, or nil.
func (p *Proxy) gate(r *http.Request) *Gate {
	direct := http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
	_, token, _ := direct.BasicAuth()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gates[token]
}

// ServeHTTP implements http.Handler for CONNECT and for whole http addresses.
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

// tunnel answers CONNECT and copies both ways.
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
	defer context.AfterFunc(g.ctx, func() { _ = near.Close() })()
	select {
	case g.tunnels <- struct{}{}:
		defer func() { <-g.tunnels }()
	default:
		_, _ = io.WriteString(near, "HTTP/1.1 503 Too many connections\r\n\r\n") // the process may not read it
		return
	}
	if _, err := io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { copyTo(far, buffered.Reader) }) // ends when either side closes, or the gate does
	copyTo(near, far)
	both.Wait()
}

// copyTo copies one way and then ends what is written.
func copyTo(to net.Conn, from io.Reader) {
	if _, err := io.Copy(to, from); err != nil {
		_ = to.Close() // the other side broke off
		return
	}
	_ = closeWrite(to)
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
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return g.dial(ctx, name, port) },
	}
	(&httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.Header.Del("Proxy-Authorization")
			p.Out.Host = p.In.Host
		},
		ModifyResponse: func(answer *http.Response) error {
			answer.Header.Del(sdk.EgressHeader) // only the proxy may set it
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) { tell(w, err) },
		ErrorLog:     g.proxy.server.ErrorLog,
	}).ServeHTTP(w, r)
}

// splitTarget reads "host:port", or "host" with the usual port.
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

// tell answers why no connection was opened, for the SDK in a header and for people in the text.
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

// printable returns text that may be in a header.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}

// throughCompany opens a connection through the company's proxy.
func (g *Gate) throughCompany(ctx context.Context, company *url.URL, name string, port int) (net.Conn, error) {
	usual := map[string]int{"http": 80, "https": 443}[company.Scheme]
	companyHost, companyPort, err := splitTarget(company.Host, usual)
	if err != nil {
		return nil, refused(sdk.EgressProxy, "the company's proxy %v", err)
	}
	conn, err := g.proxy.config.Dial(ctx, "tcp", joined(companyHost, companyPort))
	if err != nil {
		return nil, refused(sdk.EgressProxy, "the company's proxy %s cannot be reached", company.Host)
	}
	if company.Scheme == "https" {
		conn = tls.Client(conn, &tls.Config{ServerName: company.Hostname(), MinVersion: tls.VersionTLS12})
	}
	target := joined(name, port)
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

// ask returns nil when the proxy at the other end agrees, or what it did.
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

// behind reads first what came with the answer of the company's proxy.
type behind struct {
	net.Conn
	reader *bufio.Reader
}

func (b *behind) Read(into []byte) (int, error) { return b.reader.Read(into) }

// CloseWrite ends what is written.
func (b *behind) CloseWrite() error { return closeWrite(b.Conn) }
