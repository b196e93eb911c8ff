package sdk_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// TestWhyTheHostsProxyOpenedNoConnection uses a proxy that refuses every connection, once for each reason, over
// HTTPS, plain HTTP and without HTTP.
func TestWhyTheHostsProxyOpenedNoConnection(t *testing.T) {
	for _, test := range []struct {
		reason, code string
		fault        sdk.Fault
	}{
		{sdk.EgressDenied, sdk.CodeNetworkDenied, sdk.FaultConnector},
		{sdk.EgressAddress, sdk.CodeNetworkDenied, sdk.FaultCustomer},
		{sdk.EgressDNS, sdk.CodeNetworkDNS, sdk.FaultNetwork},
		{sdk.EgressRefused, sdk.CodeNetworkConnect, sdk.FaultNetwork},
		{sdk.EgressTimeout, sdk.CodeNetworkTimeout, sdk.FaultNetwork},
		{sdk.EgressProxy, sdk.CodeNetworkProxy, sdk.FaultNetwork},
		{"something new", sdk.CodeNetworkProxy, sdk.FaultNetwork},
	} {
		t.Run(test.reason, func(t *testing.T) {
			credentials := make(chan string, 100)
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				credentials <- r.Header.Get("Proxy-Authorization")
				w.Header().Set(sdk.EgressHeader, test.reason+"; these are the words")
				w.WriteHeader(http.StatusForbidden)
			}))
			defer proxy.Close()
			t.Setenv(sdk.ProxyVariable, strings.Replace(proxy.URL, "http://", "http://run:token@", 1))
			sdktest.NewBench(t, connector(func(ctx context.Context, s *sdk.Session, _ *sdk.Output) error {
				for _, base := range []string{"https://api.vendor.example", "http://127.0.0.1:1"} {
					client, err := s.HTTP(sdk.HTTPOptions{BaseURL: base})
					if err != nil {
						return err
					}
					_, err = client.Get(ctx, "/", nil)
					expect(t, base, err, test.code, test.fault)
				}
				_, err := s.Dial(ctx, "dc.corp.example:636")
				expect(t, "dial", err, test.code, test.fault)
				return nil
			})).Sync(t, input())
			if len(credentials) < 3 {
				t.Errorf("the proxy was asked %d times", len(credentials))
			}
			close(credentials)
			for c := range credentials {
				if c != "Basic cnVuOnRva2Vu" {
					t.Errorf("the proxy was asked with %q", c)
				}
			}
		})
	}
}

func expect(t *testing.T, what string, err error, code string, fault sdk.Fault) {
	t.Helper()
	if e := sdk.AsError(err); err == nil || e.Code != code || e.Fault != fault || !strings.Contains(e.Message, "these are the words") {
		t.Errorf("%s: %+v", what, e)
	}
}
