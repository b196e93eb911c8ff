package sdktest

import (
	"net"
	"net/http/httptest"
	"testing"
)

// NetworkScenarios returns the scenarios of V11 for a connector that finds its
// system by a URL: a name that does not resolve, a port nobody listens on, a
// certificate nobody trusts, and a host that never answers. Settings returns the
// connector's settings for a URL. What it starts ends with the test.
func NetworkScenarios(t testing.TB, settings func(url string) any) map[string]*Scenario {
	t.Helper()
	untrusted := httptest.NewTLSServer(nil)
	t.Cleanup(untrusted.Close)
	at := func(url string) *Scenario { return &Scenario{Settings: settings(url)} }
	return map[string]*Scenario{
		"dns":     at("https://no-such-host.invalid"),
		"connect": at("http://" + closedPort(t)),
		"tls":     at(untrusted.URL),
		"timeout": at("http://" + silentPort(t)),
	}
}

// closedPort returns an address that refuses connections.
func closedPort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatalf("close listener: %v", err)
	}
	return address
}

// silentPort returns an address that takes connections and never answers.
func silentPort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	var open []net.Conn // the goroutine's until it has ended
	accepting := make(chan struct{})
	go func() { // ends when the listener is closed below
		defer close(accepting)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open = append(open, conn)
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-accepting
		for _, conn := range open {
			_ = conn.Close()
		}
	})
	return l.Addr().String()
}
