package tenant_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/budget"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
	"github.com/plumbline-dev/plumbline/host/internal/setting"
	"github.com/plumbline-dev/plumbline/host/internal/tenant"
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
		"no host":             {settings: map[string]any{"path": "/x"}},
		"always the same":     {network: []host.NetworkHost{fixed}, upstream: "api.example.com"},
		"named by a setting":  {network: []host.NetworkHost{fixed, named}, settings: map[string]any{"base_url": "https://Acme.Okta.com/api"}, upstream: "acme.okta.com"},
		"without the setting": {network: []host.NetworkHost{fixed, named}, upstream: "api.example.com"},
		"a bare name":         {network: []host.NetworkHost{named}, settings: map[string]any{"base_url": "ldap.corp:636"}, upstream: "ldap.corp:636"},
		"a list":              {network: []host.NetworkHost{named}, settings: map[string]any{"base_url": []any{"a.corp", "b.corp"}}, upstream: "a.corp"},
		"a tenant":            {network: []host.NetworkHost{fixed}, named: []string{"org", "site"}, settings: map[string]any{"org": "acme", "site": 3.0}, upstream: "api.example.com", says: "acme, 3"},
		"half a tenant":       {network: []host.NetworkHost{fixed}, named: []string{"org", "site"}, settings: map[string]any{"org": "acme"}, upstream: "api.example.com"},
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
	dir := t.TempDir()
	master, err := secret.OpenMasterKey(dir, secret.BackendFile)
	if err != nil {
		t.Fatal(err)
	}
	s, err := journal.Open(journal.Options{Dir: dir + "/store", Key: master.StoreKey(), MinFreeBytes: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	finder := tenant.Finder{Vault: setting.Vault{Store: s, Key: master}}
	connector := host.Connector{
		ConfigSchema: []byte(`{"properties":{"token":{"writeOnly":true}}}`), Network: []host.NetworkHost{{Host: "api.example.com"}},
	}
	key := func(id, token string) string {
		t.Helper()
		sealed, err := finder.Vault.Seal(id, map[string]string{"token": token})
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.CreateConnection(host.WithActor(t.Context(), host.AgentActor()), host.Connection{ID: id, Alias: id, Settings: []byte(`{}`)}, sealed)
		if err != nil {
			t.Fatal(err)
		}
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
		"acme.okta.com": {Rate: 5}, "umbrella.okta.com": {Rate: 10, Concurrent: 4}, "a.com": {Rate: 1}, "api.free.com": {}, "elsewhere.org": {Rate: -1},
	} {
		if diff := cmp.Diff(want, tenant.RateOf(t, text, hostname)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", hostname, diff)
		}
	}
}
