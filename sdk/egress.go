package sdk

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// ProxyVariable names the environment variable in which a host gives the address
// of its proxy to a connector that declares NetworkTCP, with the credential of this
// process in it: http://run:token@127.0.0.1:40123. Everything goes through it,
// connections to this machine too, and nothing gets out beside it. HTTP_PROXY and
// HTTPS_PROXY hold the same address for libraries that do not know this variable.
// Other connectors go through Tunnel, see EgressVariable.
const ProxyVariable = "PLUMBLINE_PROXY"

// EgressHeader is the header in which the host's proxy says why it opened no
// connection: one of the reasons below, a semicolon, and a sentence for people. In
// Tunnel the message TunnelRefused says the same.
const EgressHeader = "Plumbline-Egress"

// The reasons in EgressHeader and TunnelRefused.
const (
	EgressDenied  = "denied"  // the connector did not declare the host, or its address is not one to reach
	EgressAddress = "address" // a host that a setting names has an address that only the setting itself may name
	EgressDNS     = "dns"     // the name does not resolve
	EgressRefused = "refused" // the system refuses connections, or no route leads to it
	EgressTimeout = "timeout" // no answer in time
	EgressProxy   = "proxy"   // the company's proxy did not let the connection through
)

// way is how a session's connections reach the outside.
type way struct {
	offers <-chan *offer // calls of Tunnel; nil = they do not go through the link
	proxy  string        // the host's proxy for this session; "" = the process's, see ProxyVariable
}

// wayOf returns how the connections of one call reach the outside.
func (s *server) wayOf(ctx context.Context) way {
	if s.linked() {
		return way{offers: s.offers}
	}
	return way{proxy: s.proxyOf(ctx)}
}

// Transport returns a transport for a vendor's own client library; its connections
// go through the host. The library itself must keep the promises of Client (reading
// only, retries, limits, one host). The transport is closed with the session.
func (s *Session) Transport() *http.Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if s.way.offers != nil {
		transport.Proxy, transport.DialContext = nil, func(ctx context.Context, _, address string) (net.Conn, error) {
			return s.dialLink(ctx, address)
		}
	} else {
		transport.Proxy, transport.OnProxyConnectResponse = s.proxyFor, egressAnswer
	}
	if config, err := trust(nil); err == nil && config != nil { // else the system's certificates alone
		transport.TLSClientConfig = config
	}
	s.OnClose(transport.CloseIdleConnections)
	return transport
}

// Dial opens a TCP connection to address, "host:port", for protocols other than
// HTTP. It goes through the host, which allows the hosts that the connector declares.
// The port is a number.
func (s *Session) Dial(ctx context.Context, address string) (net.Conn, error) {
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

// connect asks the proxy at the other end of conn for a tunnel to address.
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

// tunnel reads first what came together with the proxy's answer.
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
		// The address holds a credential: it is not repeated.
		return nil, Errorf(CodeInternalBug, "%s does not hold the address of a proxy", ProxyVariable)
	}
	return u, nil
}

// proxyFor is http.Transport's Proxy. The host's proxy also takes what goes to
// this machine, which the environment's proxies never do.
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

// problem returns the error a connector reports for it.
func (e *egressError) problem() *Error {
	code := map[string]string{
		EgressDenied: CodeNetworkDenied, EgressDNS: CodeNetworkDNS, EgressRefused: CodeNetworkConnect, EgressTimeout: CodeNetworkTimeout,
	}[e.reason]
	if e.reason == EgressAddress {
		denied := Errorf(CodeNetworkDenied, "%s", e.words).Because(e)
		denied.Fault, denied.Retry = FaultCustomer, RetryWhenConfigChanges
		denied.Remedy = "If that address is meant, enter it in the settings in place of the name; else find out why the name leads there."
		return denied
	}
	if code == "" {
		code = CodeNetworkProxy
	}
	return Errorf(code, "%s", e.words).Because(e)
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

// egressRefusal returns the error in an answer of the host's proxy, or nil when
// the answer is not one that it gives in the system's place.
func egressRefusal(answer *http.Response) error {
	reason, words, ok := strings.Cut(answer.Header.Get(EgressHeader), ";")
	if !ok {
		return nil
	}
	return &egressError{reason: reason, words: strings.TrimSpace(words)}
}
