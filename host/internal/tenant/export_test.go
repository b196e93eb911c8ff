package tenant

import (
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/budget"
)

// UpstreamAndTenant is what the host makes of a connector's words and settings.
func UpstreamAndTenant(network []host.NetworkHost, tenant []string, settings map[string]any) (upstream, named string) {
	return upstreamOf(host.Connector{Network: network}, settings), namedTenant(tenant, settings)
}

// RateOf is what sync.rates allows a host; a rate of -1 is none.
func RateOf(t *testing.T, text, hostname string) budget.Limit {
	t.Helper()
	rates, err := ParseRates(text)
	if err != nil {
		t.Fatal(err)
	}
	limit, set := rateOf(rates, hostname)
	if !set {
		limit.Rate = -1
	}
	return limit
}
