package replay

import (
	"bufio"
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
	Untrusted bool   // connections are under a certificate that nobody trusts
	Splice    bool   // tunnels lead straight to where they are asked to, and are not looked into
	Dir       string // an existing directory, for the certificate that is to be trusted
}

// Visit is one request that came, and what became of it.
type Visit struct {
	Request
	At       time.Time
	Answered time.Time // zero while it is not
	Status   int       // of the answer; 0 when none was given
	Fault    string    // what happened to it, in words; empty = nothing
}

// Proxy stands in for the host's proxy. It lives until Close.
type Proxy struct {
	options   Options
	faults    Faults
	authority *authority
	listener  net.Listener
	tunnels   *tunnels
	outer     *http.Server // takes requests in clear, and CONNECT
	inner     *http.Server // takes what comes through tunnels
	token     string
	over      chan struct{} // closed by Close; frees what stalls
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
		tunnels: newTunnels(listener.Addr()), token: rand.Text(), over: make(chan struct{}),
	}
	p.faults.Add(o.Faults...)
	quiet := log.New(io.Discard, "", 0) // broken handshakes are what some cases are about
	p.outer = &http.Server{Handler: http.HandlerFunc(p.enter), ErrorLog: quiet, ReadHeaderTimeout: time.Minute}
	p.inner = &http.Server{Handler: http.HandlerFunc(p.answer), ErrorLog: quiet, ReadHeaderTimeout: time.Minute, ConnContext: withTarget}
	if err := os.WriteFile(p.certificate(), authority.pem(), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("write certificate: %w", err), listener.Close())
	}
	if o.Untrusted {
		if p.authority, err = newAuthority(); err != nil {
			return nil, errors.Join(err, listener.Close())
		}
	}
	p.serving.Add(2)
	go func() { defer p.serving.Done(); _ = p.outer.Serve(listener) }()  // ends with Close
	go func() { defer p.serving.Done(); _ = p.inner.Serve(p.tunnels) }() // ends with Close
	return p, nil
}

// Close ends the proxy and breaks what is under way. It may be called again.
func (p *Proxy) Close() { p.once.Do(p.close) }

func (p *Proxy) close() {
	close(p.over)
	_ = p.outer.Close()
	_ = p.tunnels.Close()
	_ = p.inner.Close()
	p.serving.Wait()
}

// certificate is a file of this proxy's own: several may share a directory.
func (p *Proxy) certificate() string {
	_, port, _ := net.SplitHostPort(p.listener.Addr().String())
	return filepath.Join(p.options.Dir, "authority-"+port+".pem")
}

// Transport returns a transport through the proxy that trusts it, for a program
// that is a client itself.
func (p *Proxy) Transport() *http.Transport {
	pool := x509.NewCertPool()
	pool.AddCert(p.authority.cert)
	return &http.Transport{
		Proxy:           http.ProxyURL(&url.URL{Scheme: "http", Host: p.listener.Addr().String(), User: url.UserPassword("run", p.token)}),
		TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
	}
}

// LinkEnviron returns what a program's environment must hold so that it asks for its
// connections in Tunnel, see Carry, and trusts the proxy.
func (p *Proxy) LinkEnviron() []string {
	return append(p.trust(), sdk.EgressVariable+"="+sdk.EgressLink)
}

// Environ returns what the environment of a program that dials by itself must hold
// so that it goes through the proxy and trusts it.
func (p *Proxy) Environ() []string {
	address := "http://run:" + p.token + "@" + p.listener.Addr().String()
	return append(p.trust(),
		sdk.ProxyVariable+"="+address, "HTTP_PROXY="+address, "HTTPS_PROXY="+address,
		"http_proxy="+address, "https_proxy="+address, "NO_PROXY=", "no_proxy=",
	)
}

// trust returns the variables that name the proxy's certificate authority.
func (p *Proxy) trust() (environ []string) {
	// The names under which Go and OpenSSL, Python's requests, curl and Node look.
	for _, name := range []string{"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"} {
		environ = append(environ, name+"="+p.certificate())
	}
	return environ
}

// Visits returns what came so far, in order: requests, and what was asked of the
// proxy itself, with the method CONNECT.
func (p *Proxy) Visits() []Visit {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]Visit, len(p.visits))
	for i, v := range p.visits {
		all[i] = *v
	}
	return all
}

// MostAtOnce returns how many requests were under way at one moment at most.
func (p *Proxy) MostAtOnce() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mostOnce
}

// enter takes what comes straight to the proxy.
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
	if reason := p.refusal(q); reason != "" {
		p.note(q, reason)
		refuse(w, reason, wanted)
		return
	}
	p.note(q, "")
	if p.options.Splice {
		p.splice(w, r)
		return
	}
	p.tunnel(w, r)
}

// splice lets bytes through in both directions until one side ends.
func (p *Proxy) splice(w http.ResponseWriter, r *http.Request) {
	there, err := new(net.Dialer).DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		w.Header().Set(sdk.EgressHeader, sdk.EgressRefused+"; "+err.Error())
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	here, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = there.Close()
		return
	}
	_, err = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	if err == nil {
		p.between(here, buffered, there)
	}
	_, _ = here.Close(), there.Close()
}

// between copies in both directions until one side, or the proxy, ends.
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

// refusal returns why no connection is opened for q, if none is. Faults that
// refuse are not used up by the requests within a tunnel.
func (p *Proxy) refusal(q Request) string {
	for _, f := range p.options.Faults {
		if f.Refuse != "" && f.concerns(q) {
			return f.Refuse
		}
	}
	return ""
}

// wanted is why a fault opens no connection, in words.
const wanted = "the test wants it so"

func refuse(w http.ResponseWriter, reason, why string) {
	w.Header().Set(sdk.EgressHeader, reason+"; "+why)
	w.WriteHeader(http.StatusBadGateway)
}

// tunnel opens one and ends its TLS here, if it is TLS that comes through it: some
// clients open one for plain HTTP as well.
func (p *Proxy) tunnel(w http.ResponseWriter, r *http.Request) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		_ = conn.Close()
		return
	}
	host := r.URL.Hostname()
	if host == "" {
		host, _, _ = net.SplitHostPort(r.Host)
	}
	through := &target{Conn: conn, reader: buffered.Reader, host: r.Host}
	first, err := p.first(conn, buffered.Reader)
	if err != nil {
		_ = conn.Close()
		return
	}
	if first != tlsHandshake {
		p.tunnels.put(through)
		return
	}
	secure := tls.Server(through, &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if hello.ServerName != "" {
				return p.authority.leaf(hello.ServerName)
			}
			return p.authority.leaf(host)
		},
	})
	p.tunnels.put(secure)
}

// tlsHandshake is the first byte of every TLS connection, and of no HTTP request.
const tlsHandshake = 0x16

// first waits for the first byte that comes through a tunnel and leaves it there.
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

// answer takes one request, in clear or out of a tunnel.
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
		return // the client is gone
	}
	q := Request{Method: r.Method, URL: &u, Header: r.Header, Body: body}
	f, faulty := p.faults.Take(q)
	visit := p.begin(q, f, faulty)
	status := 0
	defer func() { p.end(visit, status) }() // runs when a fault breaks the connection, too
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

func (p *Proxy) end(visit *Visit, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	visit.Answered, visit.Status = time.Now(), status
	p.underWay--
}

// note keeps what was asked of the proxy itself.
func (p *Proxy) note(q Request, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	visit := &Visit{Request: q, At: time.Now(), Answered: time.Now()}
	if reason != "" {
		visit.Fault = "no connection: " + reason
	}
	p.visits = append(p.visits, visit)
}

// Count returns how many requests that only takes came; nil takes all.
func (p *Proxy) Count(only func(Request) bool) int {
	all := p.Visits()
	if only != nil {
		all = slices.DeleteFunc(all, func(v Visit) bool { return !only(v.Request) })
	}
	return len(all)
}
