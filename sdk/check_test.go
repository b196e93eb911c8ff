package sdk_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestCheckReportsEachProbe(t *testing.T) {
	t.Parallel()
	c := connector(func(context.Context, *sdk.Session, *sdk.Output) error { return nil }, func(c *sdk.Connector) {
		c.Check = func(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
			probe := func(id string, err error) error {
				return r.Do(ctx, sdk.Probe{ID: id, Title: id},
					func(context.Context) (string, error) { return "found " + s.Secret("token").Reveal(), err })
			}
			r.Identity("robot " + s.Secret("token").Reveal())
			_ = probe("fine", nil)
			_ = probe("hidden", sdk.Undetermined("the vendor does not say"))
			_ = probe("broad", sdk.TooBroad("may also write"))
			_ = probe("lacking", sdk.PermissionMissing([]string{"users.read"}, "not granted"))
			r.SkipAll("not tried", sdk.Probe{ID: "skipped", Title: "Skipped"}, sdk.Probe{ID: "another", Title: "Another"})
			return probe("last", sdk.Errorf(sdk.CodeAuthInvalid, "refused %s", s.Secret("token").Reveal()))
		}
	})
	probes, identity := sdktest.NewBench(t, c).Check(t, input())
	for _, p := range probes {
		if strings.Contains(p.Message, secretValue) || p.Err != nil && strings.Contains(p.Err.Message, secretValue) {
			t.Errorf("probe %s shows the secret", p.ID)
		}
	}
	if diff := cmp.Diff([]string{"settings ok", "fine ok", "hidden unknown", "broad too_broad", "lacking missing", "skipped skipped",
		"another skipped", "last failed"}, sdktest.States(probes)); diff != "" {
		t.Errorf("probes (-want +got):\n%s", diff)
	}
	if identity != "robot [secret]" {
		t.Errorf("identity %q, want the secret masked", identity)
	}
}

func TestCheckWithoutOne(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		connect func(context.Context, *sdk.Session) error
		check   func(context.Context, *sdk.Session, *sdk.Report) error
		want    []string
	}{
		"neither": {want: []string{"settings ok"}},
		"sign-in": {connect: func(context.Context, *sdk.Session) error { return nil }, want: []string{"settings ok", "connect ok"}},
		"failed sign-in": {connect: func(context.Context, *sdk.Session) error { return sdk.Errorf(sdk.CodeAuthInvalid, "no") },
			want: []string{"settings ok", "connect failed"}},
		"panic": {check: func(context.Context, *sdk.Session, *sdk.Report) error { panic("boom") },
			want: []string{"settings ok", "check failed"}},
		"bare error": {check: func(context.Context, *sdk.Session, *sdk.Report) error { return sdk.Errorf(sdk.CodeNetworkDNS, "no") },
			want: []string{"settings ok", "check failed"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := connector(func(context.Context, *sdk.Session, *sdk.Output) error { return nil },
				func(c *sdk.Connector) { c.Connect, c.Check = tt.connect, tt.check })
			probes, _ := sdktest.NewBench(t, c).Check(t, input())
			if diff := cmp.Diff(tt.want, sdktest.States(probes)); diff != "" {
				t.Errorf("probes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReachURL(t *testing.T) {
	t.Parallel()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	tests := map[string]struct {
		base string
		want []string
	}{
		"plain":             {plain.URL, []string{"settings ok", "reach ok", "tls unknown"}},
		"unknown authority": {secure.URL, []string{"settings ok", "reach ok", "tls failed"}},
		"nobody listens":    {"http://127.0.0.1:1", []string{"settings ok", "reach failed", "tls skipped"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := connector(func(context.Context, *sdk.Session, *sdk.Output) error { return nil }, func(c *sdk.Connector) {
				c.Check = func(ctx context.Context, s *sdk.Session, r *sdk.Report) error {
					client, err := s.HTTP(sdk.HTTPOptions{BaseURL: tt.base})
					if err != nil {
						return err
					}
					return r.ReachURL(ctx, client)
				}
			})
			probes, _ := sdktest.NewBench(t, c).Check(t, input())
			if diff := cmp.Diff(tt.want, sdktest.States(probes)); diff != "" {
				t.Errorf("probes (-want +got):\n%s", diff)
			}
		})
	}
}
