package replay

import (
	"bufio"
	"cmp"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-dev/plumbline/sdk"
)

// Options say what a Proxy does.
type Options struct {
	Upstream  Upstream
	Faults    []Fault
	Untrusted bool   // TLS connections use a certificate that clients do not trust
	Splice    bool   // tunnels lead to the system itself, and the proxy does not read them
	Dir       string // an existing directory, for the certificate to trust

	From, Until time.Time // when the certificates of hosts hold; zero = today
}

// Visit is one request that the proxy received.
type Visit struct {
	Request
	At       time.Time
	Answered time.Time // zero before the answer
	Status   int       // of the answer; 0 without one
	Fault    string    // the fault that it got, in words; empty = none
}

// Proxy plays the host's proxy. Close ends it.
type Proxy struct {
	options   Options
	faults    Faults
	authority *authority
	listener  net.Listener
	tunnels   *tunnels
	outer     *http.Server // serves plain requests and CONNECT
	inner     *http.Server // serves requests in tunnels
	token     string
	over      chan struct{} // closed by Close; ends stalled requests
	serving   sync.WaitGroup
	once      sync.Once

	mu       sync.Mutex
	visits   []*Visit
	underWay int
	mostOnce int
}

// NewProxy starts a proxy on this machine.
func NewProxy(o Options) (*Proxy, error) {
	authority, err := newAuthority()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	p := &Proxy{
		options: o, authority: authority, listener: listener,
		tunnels: &tunnels{address: listener.Addr(), opened: make(chan net.Conn), closed: make(chan struct{})},
		token:   rand.Text(), over: make(chan struct{}),
	}
	p.faults.Add(o.Faults...)
	quiet := log.New(io.Discard, "", 0) // some cases break handshakes on purpose
	p.outer = &http.Server{Handler: http.HandlerFunc(p.enter), ErrorLog: quiet, ReadHeaderTimeout: time.Minute}
	p.inner = &http.Server{Handler: http.HandlerFunc(p.answer), ErrorLog: quiet, ReadHeaderTimeout: time.Minute, ConnContext: withTarget}
	if err := os.WriteFile(p.Certificate(), authority.pem(), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("write certificate: %w", err), listener.Close())
	}
	if o.Untrusted {
		if p.authority, err = newAuthority(); err != nil {
			return nil, errors.Join(err, listener.Close())
		}
	}
	p.authority.from, p.authority.until = o.From, o.Until
	p.serving.Go(func() { _ = p.outer.Serve(listener) })  // ends with Close
	p.serving.Go(func() { _ = p.inner.Serve(p.tunnels) }) // ends with Close
	return p, nil
}

// Close ends the proxy and breaks its connections. It may be called again.
func (p *Proxy) Close() { p.once.Do(p.close) }

func (p *Proxy) close() {
	close(p.over)
	_ = p.outer.Close()
	_ = p.tunnels.Close()
	_ = p.inner.Close()
	p.serving.Wait()
}

// Certificate returns the path of this proxy's certificate. Several proxies may share a directory.
func (p *Proxy) Certificate() string {
	_, port, _ := net.SplitHostPort(p.listener.Addr().String())
	return filepath.Join(p.options.Dir, "authority-"+port+".pem")
}

// Transport returns a transport through the proxy that trusts its certificates.
func (p *Proxy) Transport() *http.Transport {
	pool := x509.NewCertPool()
	pool.AddCert(p.authority.cert)
	return &http.Transport{
		Proxy:           http.ProxyURL(p.address()),
		TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
	}
}

// Address returns the address of the proxy, with the token that it demands.
func (p *Proxy) Address() string { return p.address().String() }

func (p *Proxy) address() *url.URL {
	return &url.URL{Scheme: "http", Host: p.listener.Addr().String(), User: url.UserPassword("run", p.token)}
}

// LinkEnviron returns the environment variables of a program that requests its connections in
// Tunnel, see Carry. The program also trusts the proxy.
func (p *Proxy) LinkEnviron() []string {
	return append(p.trust(), sdk.EgressVariable+"="+sdk.EgressLink)
}

// Environ returns the environment variables of a program that dials by itself: it goes through the
// proxy and trusts it.
func (p *Proxy) Environ() []string {
	address := p.address().String()
	return append(p.trust(),
		sdk.ProxyVariable+"="+address, "HTTP_PROXY="+address, "HTTPS_PROXY="+address,
		"http_proxy="+address, "https_proxy="+address, "NO_PROXY=", "no_proxy=",
	)
}

// trust returns the variables that name the proxy's certificate authority.
func (p *Proxy) trust() (environ []string) {
	// The variables of Go and OpenSSL, Python's requests, curl and Node.
	for _, name := range []string{"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"} {
		environ = append(environ, name+"="+p.Certificate())
	}
	return environ
}

// Visits returns the requests so far, in the order of arrival, with the CONNECT requests to the proxy
// itself.
func (p *Proxy) Visits() []Visit {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]Visit, len(p.visits))
	for i, v := range p.visits {
		all[i] = *v
	}
	return all
}

// MostAtOnce returns the highest number of requests at one moment.
func (p *Proxy) MostAtOnce() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mostOnce
}

// enter serves a request to the proxy itself.
func (p *Proxy) enter(w http.ResponseWriter, r *http.Request) {
	given := &http.Request{Header: http.Header{"Authorization": {r.Header.Get("Proxy-Authorization")}}}
	if _, token, ok := given.BasicAuth(); !ok || token != p.token {
		w.Header().Set("Proxy-Authenticate", `Basic realm="plumbline"`)
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	if r.Method != http.MethodConnect {
		p.answer(w, r)
		return
	}
	q := Request{Method: r.Method, URL: &url.URL{Scheme: "https", Host: r.Host}}
	fault := p.refusal(q)
	p.note(q, fault)
	if fault.Refuse != "" {
		refuse(w, fault.Refuse, wanted)
		return
	}
	if p.options.Splice {
		p.splice(w, r)
		return
	}
	p.tunnel(w, r)
}

// splice connects the client with the system itself.
func (p *Proxy) splice(w http.ResponseWriter, r *http.Request) {
	there, err := new(net.Dialer).DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		refuse(w, sdk.EgressRefused, err.Error())
		return
	}
	defer there.Close()
	here, sent, err := accept(w)
	if err != nil {
		return
	}
	p.between(here, sent, there)
}

// accept answers CONNECT. The caller must close the connection.
func accept(w http.ResponseWriter) (net.Conn, *bufio.Reader, error) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, nil, err
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	return conn, buffered.Reader, nil
}

// between copies in both directions until one side or the proxy ends. It closes both.
func (p *Proxy) between(here net.Conn, sent io.Reader, there net.Conn) {
	ended := make(chan struct{})
	var both, guard sync.WaitGroup
	guard.Go(func() {
		select {
		case <-p.over:
		case <-ended:
		}
		_, _ = here.Close(), there.Close()
	})
	both.Go(func() { _, _ = io.Copy(there, sent); _ = there.Close() })
	both.Go(func() { _, _ = io.Copy(here, there); _ = here.Close() })
	both.Wait()
	close(ended)
	guard.Wait()
}

// refusal returns the fault that refuses a connection for q, or the zero Fault. Requests in a tunnel
// do not use up such faults.
func (p *Proxy) refusal(q Request) Fault {
	for _, f := range p.options.Faults {
		if f.Refuse != "" && f.concerns(q) {
			return f
		}
	}
	return Fault{}
}

// wanted is the explanation in the answer of a fault that refuses.
const wanted = "the test wants it so"

func refuse(w http.ResponseWriter, reason, why string) {
	w.Header().Set(sdk.EgressHeader, reason+"; "+why)
	w.WriteHeader(http.StatusBadGateway)
}

// tunnel opens a tunnel and ends its TLS. Some clients also open one for plain HTTP.
func (p *Proxy) tunnel(w http.ResponseWriter, r *http.Request) {
	conn, sent, err := accept(w)
	if err != nil {
		return
	}
	host := r.URL.Hostname()
	if host == "" {
		host, _, _ = net.SplitHostPort(r.Host)
	}
	through := &target{Conn: conn, reader: sent, host: r.Host}
	first, err := p.first(conn, sent)
	if err != nil {
		_ = conn.Close()
		return
	}
	if first != tlsHandshake {
		p.tunnels.put(through)
		return
	}
	secure := tls.Server(through, &tls.Config{
		MinVersion:       tls.VersionTLS12,
		CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256}, // nothing leaves this machine: the cheapest ones
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			return p.authority.leaf(cmp.Or(hello.ServerName, host))
		},
	})
	p.tunnels.put(secure)
}

// tlsHandshake is the first byte of every TLS connection, and of no HTTP request.
const tlsHandshake = 0x16

// first waits for the first byte in a tunnel and returns it without consuming it.
func (p *Proxy) first(conn net.Conn, from *bufio.Reader) (byte, error) {
	came := make(chan struct{})
	defer close(came)
	go func() { // ends with the byte, the connection or the proxy
		select {
		case <-p.over:
			_ = conn.Close()
		case <-came:
		}
	}()
	begin, err := from.Peek(1)
	if err != nil {
		return 0, err
	}
	return begin[0], nil
}

// answer serves one request, to the proxy or in a tunnel.
func (p *Proxy) answer(w http.ResponseWriter, r *http.Request) {
	u := *r.URL
	host, ok := r.Context().Value(targetKey{}).(string)
	switch {
	case ok && r.TLS != nil:
		u.Scheme, u.Host = "https", strings.TrimSuffix(host, ":443")
	case ok:
		u.Scheme, u.Host = "http", strings.TrimSuffix(host, ":80")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, mostBody))
	if err != nil {
		return // the client has ended
	}
	q := Request{Method: r.Method, URL: &u, Header: r.Header, Body: body}
	f, faulty := p.faults.Take(q)
	visit := p.begin(q, f, faulty)
	status := 0
	defer func() { // also after the panic of a fault that breaks the connection
		p.mu.Lock()
		defer p.mu.Unlock()
		visit.Answered, visit.Status = time.Now(), status
		p.underWay--
	}()
	if f.Refuse != "" {
		refuse(w, f.Refuse, wanted)
		return
	}
	status = f.Serve(w, r, q, p.over, func() (Answer, error) { return p.options.Upstream.Answer(r.Context(), q) })
}

func (p *Proxy) begin(q Request, f Fault, faulty bool) *Visit {
	visit := &Visit{Request: q, At: time.Now()}
	if faulty {
		visit.Fault = f.name()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.visits = append(p.visits, visit)
	p.underWay++
	p.mostOnce = max(p.mostOnce, p.underWay)
	return visit
}

// note records a CONNECT request to the proxy itself.
func (p *Proxy) note(q Request, f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	visit := &Visit{Request: q, At: time.Now(), Answered: time.Now()}
	if f.Refuse != "" {
		visit.Fault = f.name()
	}
	p.visits = append(p.visits, visit)
}

// Count returns the number of requests for which only returns true; nil counts all.
func (p *Proxy) Count(only func(Request) bool) int {
	all := p.Visits()
	if only != nil {
		all = slices.DeleteFunc(all, func(v Visit) bool { return !only(v.Request) })
	}
	return len(all)
}
