package app_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/app"
	"github.com/plumbline-dev/plumbline/host/internal/budget"
)

func TestUpstreamAndTenantComeFromTheSettings(t *testing.T) {
	t.Parallel()
	fixed, named := host.NetworkHost{Host: "api.example.com"}, host.NetworkHost{Host: "{base_url}"}
	tests := map[string]struct {
		network        []host.NetworkHost
		tenant         []string
		settings       map[string]any
		upstream, says string
	}{
		"no host":             {settings: map[string]any{"path": "/x"}},
		"always the same":     {network: []host.NetworkHost{fixed}, upstream: "api.example.com"},
		"named by a setting":  {network: []host.NetworkHost{fixed, named}, settings: map[string]any{"base_url": "https://Acme.Okta.com/api"}, upstream: "acme.okta.com"},
		"without the setting": {network: []host.NetworkHost{fixed, named}, upstream: "api.example.com"},
		"a bare name":         {network: []host.NetworkHost{named}, settings: map[string]any{"base_url": "ldap.corp:636"}, upstream: "ldap.corp:636"},
		"a list":              {network: []host.NetworkHost{named}, settings: map[string]any{"base_url": []any{"a.corp", "b.corp"}}, upstream: "a.corp"},
		"a tenant":            {network: []host.NetworkHost{fixed}, tenant: []string{"org", "site"}, settings: map[string]any{"org": "acme", "site": 3.0}, upstream: "api.example.com", says: "acme, 3"},
		"half a tenant":       {network: []host.NetworkHost{fixed}, tenant: []string{"org", "site"}, settings: map[string]any{"org": "acme"}, upstream: "api.example.com"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			upstream, says := app.UpstreamAndTenant(test.network, test.tenant, test.settings)
			if upstream != test.upstream || says != test.says {
				t.Errorf("talks to %q as %q, want %q as %q", upstream, says, test.upstream, test.says)
			}
		})
	}
}

func TestACredentialStandsForItsTenantWithoutShowingItself(t *testing.T) {
	t.Parallel()
	e := setup(t)
	key := func(alias, token string) string {
		c := add(t, e, app.NewConnection{Alias: alias, Secrets: map[string]string{"token": token}})
		return e.TenantKey(c.Connection)
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
		"acme.okta.com": {Rate: 5}, "umbrella.okta.com": {Rate: 10, Concurrent: 4}, "a.com": {Rate: 1}, "api.free.com": {}, "elsewhere.org": {Rate: -1},
	} {
		if diff := cmp.Diff(want, app.RateOf(t, text, hostname)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", hostname, diff)
		}
	}
	for _, bad := range []string{"okta.com", "okta.com=", "=5", "okta.com=x", "okta.com=-1", "okta.com=1/x", "okta.com=NaN", "[=1"} {
		_, err := app.LoadConfig(app.Sources{DataDir: t.TempDir(), File: os.DevNull, Flags: map[string]string{"sync.rates": bad}})
		if p := problem(t, err); p.Code != host.CodeInvalid || len(p.Fields) != 1 || p.Fields[0].Field != "sync.rates" {
			t.Errorf("%q: %+v", bad, p)
		}
	}
	path := t.TempDir() + "/config.yaml"
	if err := os.WriteFile(path, []byte("sync:\n  rates: [acme.okta.com=5, \"*.okta.com=10/4\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := app.LoadConfig(app.Sources{DataDir: t.TempDir(), File: path}); err != nil {
		t.Errorf("a list in the file: %v", err)
	}
}
