package sdk

import (
	"bufio"
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/plumbline-dev/plumbline/sdk/internal/dial"
)

// ProxyVariable is the environment variable with the address of the host's proxy, for a
// connector that declares NetworkTCP. The address holds the credential of this process:
// http://run:token@127.0.0.1:40123. Every connection goes through the proxy, also one to this
// machine; the host blocks all others. HTTP_PROXY and HTTPS_PROXY hold the same address for
// libraries. Other connectors use Tunnel, see EgressVariable.
const ProxyVariable = "PLUMBLINE_PROXY"

// EgressHeader is the header in which the host's proxy says why it opened no connection: one of
// the reasons below, a semicolon, and a sentence for people. In Tunnel the message
// TunnelRefused has the same content.
const EgressHeader = "Plumbline-Egress"

// The reasons in EgressHeader and TunnelRefused.
const (
	EgressDenied  = "denied"  // the connector did not declare the host, or its address is not allowed
	EgressAddress = "address" // the host name of a setting has an address that only the setting itself may name
	EgressDNS     = "dns"     // the name does not resolve
	EgressRefused = "refused" // the system refuses connections, or no route leads to it
	EgressTimeout = "timeout" // no answer in time
	EgressProxy   = "proxy"   // the company's proxy did not let the connection through
)

// way is how the connections of a session leave the program.
type way struct {
	dial   dial.Dialer   // of a test that answers instead of the system; nil = there is none
	offers <-chan *offer // calls of Tunnel; nil = connections do not use the link
	proxy  string        // the host's proxy for this session; "" = that of ProxyVariable
	renew  *renewals     // where new secrets are handed over
	id     string        // of the call of Renew of this session; "" = the host takes none
}

// wayOf returns how the connections of one call leave the program.
func (s *server) wayOf(ctx context.Context) way {
	if d := dial.From(ctx); d != nil {
		return way{dial: d, renew: &s.renewals}
	}
	if s.linked() {
		return way{offers: s.offers, renew: &s.renewals}
	}
	return way{proxy: s.proxyOf(ctx), renew: &s.renewals}
}

// idleConnections is how many connections to one host stay open between requests. With Go's two, a
// connector with more requests at one moment would open a new one for most of them.
const idleConnections = 32

// Transport returns a transport for a vendor's client library. Its connections go through the
// host. The library itself must keep the promises of Client (reading only, retries, limits, one
// host). The end of the session closes the transport.
func (s *Session) Transport() *http.Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if s.way.dial != nil {
		transport.Proxy, transport.DialContext, transport.DialTLSContext = nil, s.way.dial, s.way.dial
	} else if s.way.offers != nil {
		transport.Proxy, transport.DialContext = nil, func(ctx context.Context, _, address string) (net.Conn, error) {
			return s.dialLink(ctx, address)
		}
	} else {
		transport.Proxy, transport.OnProxyConnectResponse = s.proxyFor, egressAnswer
	}
	if config, err := trust(nil); err == nil && config != nil { // nil = only the system's certificates
		transport.TLSClientConfig = config
	}
	transport.MaxIdleConnsPerHost = idleConnections
	s.OnClose(transport.CloseIdleConnections)
	s.mu.Lock()
	s.transports = append(s.transports, transport)
	s.mu.Unlock()
	return transport
}

// Dial opens a TCP connection to address for protocols other than HTTP. The address is
// "host:port" with a number as the port. The connection goes through the host, which allows the
// declared hosts.
func (s *Session) Dial(ctx context.Context, address string) (net.Conn, error) {
	if s.way.dial != nil {
		return s.way.dial(ctx, "tcp", address)
	}
	if s.way.offers != nil {
		return s.dialLink(ctx, address)
	}
	through, err := s.egressProxy()
	if err != nil {
		return nil, err
	}
	if through == nil {
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", through.Host)
	if err != nil {
		return nil, fmt.Errorf("reach the host's proxy: %w", err)
	}
	tunnel, err := connect(ctx, conn, through, address)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return tunnel, nil
}

// connect requests a tunnel to address from the proxy at the other end of conn.
func connect(ctx context.Context, conn net.Conn, proxy *url.URL, address string) (net.Conn, error) {
	broken := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer broken()
	password, _ := proxy.User.Password()
	credential := base64.StdEncoding.EncodeToString([]byte(proxy.User.Username() + ":" + password))
	request := &http.Request{
		Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address,
		Header: http.Header{"Proxy-Authorization": {"Basic " + credential}},
	}
	if err := request.Write(conn); err != nil {
		return nil, fmt.Errorf("ask the host's proxy: %w", err)
	}
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, request)
	if err != nil {
		return nil, fmt.Errorf("read the proxy's answer: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, egressAnswer(ctx, proxy, request, response)
	}
	return &tunnel{Conn: conn, reader: reader}, nil
}

// tunnel reads first the bytes that arrived with the proxy's answer.
type tunnel struct {
	net.Conn
	reader *bufio.Reader
}

func (t *tunnel) Read(into []byte) (int, error) { return t.reader.Read(into) }

// egressProxy returns the host's proxy, or nil where there is none.
func (s *Session) egressProxy() (*url.URL, error) {
	address := s.way.proxy
	if address == "" {
		address = os.Getenv(ProxyVariable)
	}
	if address == "" {
		return nil, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		// The address holds a credential, so the error does not repeat it.
		return nil, Errorf(CodeInternalBug, "%s does not hold the address of a proxy", ProxyVariable)
	}
	return u, nil
}

// proxyFor is http.Transport's Proxy. Unlike the environment's proxies, the host's proxy also
// carries connections to this machine.
func (s *Session) proxyFor(r *http.Request) (*url.URL, error) {
	u, err := s.egressProxy()
	if u != nil || err != nil {
		return u, err
	}
	return http.ProxyFromEnvironment(r)
}

// egressError is why the host opened no connection.
type egressError struct {
	reason string
	words  string
}

func (e *egressError) Error() string { return e.words }

// problem returns the error that a connector reports for it.
func (e *egressError) problem() *Error {
	code := map[string]string{
		EgressDenied: CodeNetworkDenied, EgressAddress: CodeNetworkDenied, EgressDNS: CodeNetworkDNS,
		EgressRefused: CodeNetworkConnect, EgressTimeout: CodeNetworkTimeout,
	}[e.reason]
	problem := Errorf(cmp.Or(code, CodeNetworkProxy), "%s", e.words).Because(e)
	if e.reason == EgressAddress {
		problem.Fault, problem.Retry = FaultCustomer, RetryWhenConfigChanges
		problem.Remedy = "If this address is correct, enter it in the settings instead of the name; " +
			"otherwise find out why the name resolves to it."
	}
	return problem
}

// egressAnswer is http.Transport's OnProxyConnectResponse.
func egressAnswer(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	if err := egressRefusal(answer); err != nil {
		return err
	}
	return &egressError{reason: EgressProxy, words: "the proxy answered " + answer.Status}
}

// egressRefusal returns the error in an answer of the host's proxy, nil for an answer of the
// system.
func egressRefusal(answer *http.Response) error {
	reason, words, ok := strings.Cut(answer.Header.Get(EgressHeader), ";")
	if !ok {
		return nil
	}
	return &egressError{reason: reason, words: strings.TrimSpace(words)}
}
