package sdktest

import (
	"net"
	"net/http/httptest"
	"testing"
)

// NetworkScenarios returns the scenarios of V11 for a connector that finds its system by a URL: a
// name that does not resolve, a closed port, an untrusted certificate, and a host that never
// answers. Settings returns the connector's settings for a URL. The end of the test closes the
// servers.
func NetworkScenarios(t testing.TB, settings func(url string) any) map[string]*Scenario {
	t.Helper()
	untrusted := httptest.NewTLSServer(nil)
	t.Cleanup(untrusted.Close)
	closed, silent := listen(t), listen(t)
	_ = closed.Close()
	at := func(url string) *Scenario { return &Scenario{Settings: settings(url)} }
	return map[string]*Scenario{
		"dns":     at("https://no-such-host.invalid"),
		"connect": at("http://" + closed.Addr().String()),
		"tls":     at(untrusted.URL),
		"timeout": at("http://" + silent.Addr().String()),
	}
}

// listen opens a port. The system takes connections to it, which nothing answers.
func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}
