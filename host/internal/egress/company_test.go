package egress_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/host/internal/company"
	"github.com/plumbline-dev/plumbline/host/internal/egress"
)

// TestACompanyProxyThatDoesNotParse: the connection is refused, never made directly.
func TestACompanyProxyThatDoesNotParse(t *testing.T) {
	t.Parallel()
	broken := company.Read(func(name string) string { return map[string]string{"HTTPS_PROXY": "http//proxy.corp:3128"}[name] })
	dialled := false
	proxy, err := egress.Listen(egress.Config{
		Company: broken.For,
		Lookup: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("93.184.215.14")}, nil
		},
		Dial: func(context.Context, string, string) (net.Conn, error) {
			dialled = true
			return nil, errors.New("it was dialled")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Close() })
	gate := proxy.Open(egress.Policy{{Name: "api.vendor.example", Port: 443}})
	t.Cleanup(gate.Close)
	_, reason, err := get(t, gate.URL(), "https://api.vendor.example/")
	if err == nil || dialled || !strings.Contains(reason, "the variable HTTPS_PROXY is not the address of a proxy") {
		t.Errorf("dialled %t, reason %q, %v", dialled, reason, err)
	}
}
