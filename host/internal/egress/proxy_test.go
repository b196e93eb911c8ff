package egress_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/egress"
	"github.com/plumbline-dev/plumbline/sdk"
)

// net is an internet of its own: names lead where the test says, and whatever is
// dialled reaches the test's server. No packet leaves the machine.
type network struct {
	names  map[string][]string
	dialed chan string
	server *httptest.Server
	fail   error
}

func (n *network) lookup(_ context.Context, name string) ([]netip.Addr, error) {
	var found []netip.Addr
	for _, address := range n.names[name] {
		found = append(found, netip.MustParseAddr(address))
	}
	if found == nil {
		return nil, &net.DNSError{Name: name, IsNotFound: true}
	}
	return found, nil
}

func (n *network) dial(ctx context.Context, _, address string) (net.Conn, error) {
	n.dialed <- address
	if n.fail != nil {
		return nil, n.fail
	}
	return new(net.Dialer).DialContext(ctx, "tcp", n.server.Listener.Addr().String())
}

type bundle struct {
	*network
	proxy *egress.Proxy
}

func setup(t *testing.T, edits ...func(*egress.Config)) *bundle {
	t.Helper()
	n := &network{dialed: make(chan string, 100), names: map[string][]string{
		"api.vendor.example":   {"93.184.215.14"},
		"evil.vendor.example":  {"169.254.169.254"},
		"mixed.vendor.example": {"127.0.0.1", "93.184.215.15"},
		"dc.corp.example":      {"10.1.2.3"},
		"home.corp.example":    {"127.0.0.1"},
	}}
	n.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(sdk.EgressHeader, "denied; says the upstream")
		fmt.Fprintf(w, "hello %s %s", r.Host, strings.Repeat("x", 1000))
	}))
	t.Cleanup(n.server.Close)
	config := egress.Config{Lookup: n.lookup, Dial: n.dial, Company: func(*url.URL) (*url.URL, error) { return nil, nil }}
	for _, edit := range edits {
		edit(&config)
	}
	proxy, err := egress.Listen(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := proxy.Close(); err != nil {
			t.Error(err)
		}
	})
	return &bundle{network: n, proxy: proxy}
}

func (b *bundle) open(t *testing.T, settings string, declared ...string) *egress.Gate {
	t.Helper()
	var hosts []host.NetworkHost
	for _, d := range declared {
		hosts = append(hosts, host.NetworkHost{Host: d, Port: 443})
	}
	policy, err := egress.PolicyOf(hosts, []byte(settings))
	if err != nil {
		t.Fatal(err)
	}
	gate := b.proxy.Open(policy)
	t.Cleanup(gate.Close)
	return gate
}

// get asks for an address as a connector's HTTP client would.
func get(t *testing.T, proxy, address string) (int, string, error) {
	t.Helper()
	through, err := url.Parse(proxy)
	if err != nil {
		t.Fatal(err)
	}
	refused := ""
	transport := &http.Transport{
		Proxy: http.ProxyURL(through), TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // the test's own server
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
			refused = answer.Header.Get(sdk.EgressHeader)
			return nil
		},
	}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return 0, refused, err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get(sdk.EgressHeader), nil
}

func TestDecision(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, settings, address string
		dialed                  string // "" = refused
		reason                  string
	}{
		{"declared", `{}`, "https://api.vendor.example/", "93.184.215.14:443", ""},
		{"declared, in capitals and with a dot", `{}`, "https://API.Vendor.example./", "93.184.215.14:443", ""},
		{"not declared", `{}`, "https://elsewhere.example/", "", "denied; elsewhere.example:443 is not among the hosts"},
		{"another port", `{}`, "https://api.vendor.example:8443/", "", "denied; api.vendor.example:8443 is not among"},
		{"a name that leads to the metadata service", `{}`, "https://evil.vendor.example/", "",
			"denied; *.vendor.example leads to 169.254.169.254"},
		{"one good address of two", `{}`, "https://mixed.vendor.example/", "93.184.215.15:443", ""},
		{"an address for a declared name", `{}`, "https://93.184.215.14/", "", "denied"},
		{"the metadata service itself", `{}`, "https://169.254.169.254/", "", "denied"},
		{"this machine", `{}`, "https://127.0.0.1/", "", "denied"},
		{"this machine as a number", `{}`, "https://2130706433/", "", "denied"},
		{"a private host that a setting names", `{"url":"https://dc.corp.example"}`, "https://dc.corp.example/", "10.1.2.3:443", ""},
		{"this machine under a name that a setting gives", `{"url":"https://home.corp.example"}`, "https://home.corp.example/", "",
			"address; home.corp.example leads to 127.0.0.1, this machine"},
		{"this machine as a setting gives it", `{"url":"https://127.0.0.1:443"}`, "https://127.0.0.1/", "127.0.0.1:443", ""},
		{"the metadata service as a setting gives it", `{"url":"https://169.254.169.254"}`, "https://169.254.169.254/", "169.254.169.254:443",
			""},
		{"an unknown name", `{"url":"https://gone.example"}`, "https://gone.example/", "", "dns; the name gone.example does not resolve"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			gate := b.open(t, test.settings, "api.vendor.example", "*.vendor.example", "{url}")
			status, reason, err := get(t, gate.URL(), test.address)
			if test.dialed == "" {
				if err == nil || !strings.HasPrefix(reason, test.reason) {
					t.Errorf("answered %d %q, %v; want it refused for %q", status, reason, err, test.reason)
				}
				if len(b.dialed) > 0 {
					t.Errorf("dialled %s all the same", <-b.dialed)
				}
				return
			}
			if err != nil || status != http.StatusOK {
				t.Fatalf("answered %d, %v (%s)", status, err, reason)
			}
			if got := <-b.dialed; got != test.dialed {
				t.Errorf("dialled %s, want %s", got, test.dialed)
			}
		})
	}
}

// TestRebinding looks a name up that leads elsewhere the second time.
func TestRebinding(t *testing.T) {
	t.Parallel()
	answers := [][]string{{"93.184.215.14"}, {"127.0.0.1"}}
	looked := 0
	b := setup(t, func(c *egress.Config) {
		c.Lookup = func(context.Context, string) ([]netip.Addr, error) {
			found := []netip.Addr{netip.MustParseAddr(answers[looked][0])}
			looked++
			return found, nil
		}
	})
	gate := b.open(t, `{}`, "api.vendor.example")
	if _, _, err := get(t, gate.URL(), "https://api.vendor.example/"); err != nil {
		t.Fatal(err)
	}
	if got := <-b.dialed; got != "93.184.215.14:443" || looked != 1 {
		t.Errorf("dialled %s after %d look-ups", got, looked)
	}
	if _, reason, err := get(t, gate.URL(), "https://api.vendor.example/"); err == nil || !strings.Contains(reason, "this machine") {
		t.Errorf("the second time: %q, %v", reason, err)
	}
}

func TestOnlyWhoHasTheCredential(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gate := b.open(t, `{}`, "api.vendor.example")
	whole, err := url.Parse(gate.URL())
	if err != nil {
		t.Fatal(err)
	}
	for _, user := range []*url.Userinfo{nil, url.UserPassword("run", "guess"), url.User("run"), url.UserPassword("run", "")} {
		other := *whole
		other.User = user
		if _, _, err := get(t, other.String(), "https://api.vendor.example/"); err == nil ||
			!strings.Contains(err.Error(), "Proxy Authentication Required") {
			t.Errorf("as %v: %v", user, err)
		}
	}
	gate.Close()
	if _, _, err := get(t, gate.URL(), "https://api.vendor.example/"); err == nil {
		t.Error("a closed gate lets through")
	}
	if len(b.dialed) > 0 {
		t.Errorf("dialled %s", <-b.dialed)
	}
}

func TestWhatWasAskedForIsKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gate := b.open(t, `{}`, "*.vendor.example")
	for _, address := range []string{"https://api.vendor.example/", "https://api.vendor.example/", "https://evil.vendor.example/",
		"https://gone.vendor.example/"} {
		_, _, _ = get(t, gate.URL(), address) // some are refused
	}
	gate.Close() // what is under way is counted to its end
	got := gate.Contacts()
	want := []host.Contact{
		{Host: "api.vendor.example", Port: 443, Address: "127.0.0.1", Connections: 2},
		{Host: "evil.vendor.example", Port: 443, Denied: 1,
			Reason: "*.vendor.example leads to 169.254.169.254, a link-local address, where clouds serve their metadata: " +
				"a connector may go there only when the connection's settings name it"},
		{Host: "gone.vendor.example", Port: 443, Failed: 1, Reason: "the name gone.vendor.example does not resolve"},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(host.Contact{}, "Sent", "Received")); diff != "" {
		t.Errorf("contacts (-want +got):\n%s", diff)
	}
	if got[0].Sent < 500 || got[0].Received < 3000 {
		t.Errorf("%d bytes sent and %d received over TLS, twice", got[0].Sent, got[0].Received)
	}
}

func TestManyNamesCostNoMore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gate := b.open(t, `{}`, "api.vendor.example")
	for i := range 150 {
		if err := connect(t, gate, fmt.Sprintf("n%d.evil.example:443", i)); err == nil {
			t.Fatal("let through")
		}
	}
	contacts := gate.Contacts()
	if len(contacts) != 101 || contacts[0].Host != "(others)" || contacts[0].Denied != 50 {
		t.Errorf("%d contacts, the first %+v", len(contacts), contacts[0])
	}
}

// connect asks for a tunnel and nothing else.
func connect(t *testing.T, gate *egress.Gate, target string) error {
	t.Helper()
	conn := dialGate(t, gate)
	defer conn.Close()
	response := ask(t, conn, gate, target)
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}

func dialGate(t *testing.T, gate *egress.Gate) net.Conn {
	t.Helper()
	u, err := url.Parse(gate.URL())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func ask(t *testing.T, conn net.Conn, gate *egress.Gate, target string) *http.Response {
	t.Helper()
	u, err := url.Parse(gate.URL())
	if err != nil {
		t.Fatal(err)
	}
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: target}, Host: target, Header: http.Header{}}
	carrier := &http.Request{Header: http.Header{}}
	password, _ := u.User.Password()
	carrier.SetBasicAuth(u.User.Username(), password)
	request.Header.Set("Proxy-Authorization", carrier.Header.Get("Authorization"))
	if err := request.Write(conn); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// TestClosingTheGateCutsItsConnections is the end of a run that left one open.
func TestClosingTheGateCutsItsConnections(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gate := b.open(t, `{}`, "api.vendor.example")
	conn := dialGate(t, gate)
	defer conn.Close()
	if response := ask(t, conn, gate, "api.vendor.example:443"); response.StatusCode != http.StatusOK {
		t.Fatal(response.Status)
	}
	gate.Close()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, conn); errors.Is(err, context.DeadlineExceeded) ||
		(err != nil && strings.Contains(err.Error(), "timeout")) {
		t.Errorf("the tunnel goes on: %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fail = &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	gate := b.open(t, `{}`, "api.vendor.example")
	if _, reason, err := get(t, gate.URL(), "https://api.vendor.example/"); err == nil ||
		!strings.HasPrefix(reason, "refused; api.vendor.example:443 refused") {
		t.Errorf("refused: %q, %v", reason, err)
	}
	b.fail = &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
	if _, reason, err := get(t, gate.URL(), "https://api.vendor.example/"); err == nil || !strings.HasPrefix(reason, "timeout; ") {
		t.Errorf("too slow: %q, %v", reason, err)
	}
}

// TestPlainHTTP is what a connector to a system on this machine uses, and the one
// case in which an upstream could pretend to be the proxy.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	b := setup(t)
	plain := httptest.NewServer(b.server.Config.Handler)
	t.Cleanup(plain.Close)
	b.server = plain
	gate := b.open(t, fmt.Sprintf(`{"url":%q}`, plain.URL), "{url}")
	status, reason, err := get(t, gate.URL(), plain.URL+"/users")
	if err != nil || status != http.StatusOK || reason != "" {
		t.Errorf("answered %d %q, %v", status, reason, err)
	}
	contacts := gate.Contacts()
	if len(contacts) != 1 || contacts[0].Connections != 1 || contacts[0].Received < 1000 || contacts[0].Sent == 0 {
		t.Errorf("contacts are %+v", contacts)
	}
	status, reason, err = get(t, gate.URL(), "http://elsewhere.example/")
	if err != nil || status != http.StatusForbidden || !strings.HasPrefix(reason, "denied; ") {
		t.Errorf("elsewhere: answered %d %q, %v", status, reason, err)
	}
}

// TestCompanyProxy goes on through the company's proxy, by name.
func TestCompanyProxy(t *testing.T) {
	t.Parallel()
	asked := make(chan *http.Request, 10)
	answer := http.StatusOK
	b := setup(t)
	company := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r
		if answer != http.StatusOK {
			w.WriteHeader(answer)
			return
		}
		far, err := new(net.Dialer).DialContext(r.Context(), "tcp", b.server.Listener.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		near, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		fmt.Fprint(near, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(far, near); _ = far.Close() }() // ends with the client
		_, _ = io.Copy(near, far)
		_ = near.Close()
	}))
	t.Cleanup(company.Close)
	where, err := url.Parse(company.URL)
	if err != nil {
		t.Fatal(err)
	}
	where.User = url.UserPassword("corp", "pass")
	proxy, err := egress.Listen(egress.Config{Lookup: b.lookup, Company: func(*url.URL) (*url.URL, error) { return where, nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Close() })
	gate := proxy.Open(egress.Policy{{Name: "api.vendor.example", Port: 443}, {Name: "169.254.169.254", Port: 443}})
	if status, reason, err := get(t, gate.URL(), "https://api.vendor.example/"); err != nil || status != http.StatusOK {
		t.Fatalf("answered %d %q, %v", status, reason, err)
	}
	if r := <-asked; r.Host != "api.vendor.example:443" || r.Header.Get("Proxy-Authorization") == "" ||
		strings.Contains(r.Header.Get("Proxy-Authorization"), "run") {
		t.Errorf("asked the company's proxy for %s with %v", r.Host, r.Header)
	}
	if _, reason, err := get(t, gate.URL(), "https://169.254.169.254/"); err == nil || !strings.HasPrefix(reason, "denied; ") ||
		len(asked) > 0 {
		t.Errorf("an address: %q, %v", reason, err)
	}
	answer = http.StatusProxyAuthRequired
	if _, reason, err := get(t, gate.URL(), "https://api.vendor.example/"); err == nil ||
		!strings.HasPrefix(reason, "proxy; the company's proxy "+where.Host+" answered 407") {
		t.Errorf("refused by the company's proxy: %q, %v", reason, err)
	}
}
