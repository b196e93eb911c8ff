package tenant_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/budget"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
	"github.com/plumbline-dev/plumbline/host/internal/tenant"
	"github.com/plumbline-dev/plumbline/sdk"
)

func TestUpstreamAndTenantComeFromTheSettings(t *testing.T) {
	t.Parallel()
	fixed, named := host.NetworkHost{Host: "api.example.com"}, host.NetworkHost{Host: "{base_url}"}
	tests := map[string]struct {
		network        []host.NetworkHost
		named          []string
		settings       map[string]any
		upstream, says string
	}{
		"no host":         {settings: map[string]any{"path": "/x"}},
		"always the same": {network: []host.NetworkHost{fixed}, upstream: "api.example.com"},
		"named by a setting": {
			network: []host.NetworkHost{fixed, named}, settings: map[string]any{"base_url": "https://Acme.Okta.com/api"},
			upstream: "acme.okta.com",
		},
		"without the setting": {network: []host.NetworkHost{fixed, named}, upstream: "api.example.com"},
		"a bare name": {
			network: []host.NetworkHost{named}, settings: map[string]any{"base_url": "ldap.corp:636"},
			upstream: "ldap.corp:636",
		},
		"a list": {
			network: []host.NetworkHost{named}, settings: map[string]any{"base_url": []any{"a.corp", "b.corp"}},
			upstream: "a.corp",
		},
		"a tenant": {
			network: []host.NetworkHost{fixed}, named: []string{"org", "site"}, settings: map[string]any{"org": "acme", "site": 3.0},
			upstream: "api.example.com", says: "acme, 3",
		},
		"half a tenant": {
			network: []host.NetworkHost{fixed}, named: []string{"org", "site"}, settings: map[string]any{"org": "acme"},
			upstream: "api.example.com",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			upstream, says := tenant.UpstreamAndTenant(test.network, test.named, test.settings)
			if upstream != test.upstream || says != test.says {
				t.Errorf("talks to %q as %q, want %q as %q", upstream, says, test.upstream, test.says)
			}
		})
	}
}

func TestACredentialStandsForItsTenantWithoutShowingItself(t *testing.T) {
	t.Parallel()
	parts := hosttest.OpenParts(t, "")
	finder := tenant.Finder{Vault: parts.Vault}
	connector := host.Connector{
		ConfigSchema: []byte(`{"properties":{"token":{"writeOnly":true}}}`), Network: []host.NetworkHost{{Host: "api.example.com"}},
	}
	key := func(id, token string) string {
		t.Helper()
		c := parts.Connect(t, host.Connection{Alias: id, Settings: []byte(`{}`)}, map[string]string{"token": token})
		return finder.Of(connector, c).Key
	}
	a, b, other := key("a", "sesame-1"), key("b", "sesame-1"), key("c", "sesame-2")
	if a != b || a == other {
		t.Errorf("one credential gives %q and %q, another %q", a, b, other)
	}
	if strings.Contains(a, "sesame") {
		t.Errorf("%q shows the credential", a)
	}
}

func TestRatesOfAnAdministrator(t *testing.T) {
	t.Parallel()
	const text = "acme.okta.com=5, *.okta.com=10/4,*.com=1,api.free.com=0"
	for hostname, want := range map[string]budget.Limit{
		"acme.okta.com": {Rate: 5}, "umbrella.okta.com": {Rate: 10, Concurrent: 4}, "a.com": {Rate: 1}, "api.free.com": {},
		"elsewhere.org": {Rate: -1},
	} {
		if diff := cmp.Diff(want, tenant.RateOf(t, text, hostname)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", hostname, diff)
		}
	}
}

func TestATenantIsNamedAndLimited(t *testing.T) {
	t.Parallel()
	connector := host.Connector{
		Network: []host.NetworkHost{{Host: "{base_url}"}}, Capabilities: []string{sdk.CapabilityLease},
		Limits: host.ConnectorLimits{RequestsPerSecond: 7, ConcurrentRequests: 3, ConcurrentRuns: 2, TenantSettings: []string{"org"}},
	}
	rates, err := tenant.ParseRates("fast.example=50/9")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		settings string
		name     string
		limit    budget.Limit
	}{
		"its own limits": {
			`{"base_url":"https://api.example","org":"acme"}`, "api.example (acme)",
			budget.Limit{Rate: 7, Concurrent: 3},
		},
		"named by its host": {`{"base_url":"https://acme.example","org":"acme"}`, "acme.example", budget.Limit{Rate: 7, Concurrent: 3}},
		"an administrator's limits": {
			`{"base_url":"https://fast.example","org":"acme"}`, "fast.example (acme)",
			budget.Limit{Rate: 50, Concurrent: 9},
		},
		"no host":                {`{"org":"acme"}`, "", budget.Limit{}},
		"settings that are none": {`[]`, "", budget.Limit{}},
	} {
		got := tenant.Finder{Rates: rates}.Of(connector, host.Connection{Settings: []byte(test.settings)})
		if got.Name != test.name || got.Limit != test.limit || got.Runs != 2 || got.Fixed || (got.Key == "") != (test.name == "") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestRunsAtOnce(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fixed bool
		limit budget.Limit
		want  int
	}{
		{false, budget.Limit{Rate: 1}, 0}, {false, budget.Limit{Rate: 1, Concurrent: 9}, 9},
		{true, budget.Limit{}, 0}, {true, budget.Limit{Concurrent: 9}, 9},
		{true, budget.Limit{Rate: 1}, tenant.FixedRuns}, {true, budget.Limit{Rate: 1, Concurrent: 9}, tenant.FixedRuns},
		{true, budget.Limit{Rate: 1, Concurrent: 2}, 2},
	} {
		if got := (tenant.Tenant{Fixed: test.fixed, Limit: test.limit}).AtOnce(); got != test.want {
			t.Errorf("fixed %t with %+v: %d, want %d", test.fixed, test.limit, got, test.want)
		}
	}
}

func TestRatesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"x", "=5", "a.b=", "a.b=-1", "a.b=NaN", "a.b=1/x", "a.b=1/-2", "[=1", "a.b=1e9"} {
		if rates, err := tenant.ParseRates(text); err == nil {
			t.Errorf("%q means %+v", text, rates)
		}
	}
}
