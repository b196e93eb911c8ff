package sdk_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

func TestSignInHeaders(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		header func(s *sdk.Session) sdk.Secret
		want   string
	}{
		"bearer": {func(s *sdk.Session) sdk.Secret { return s.Secret("token").Bearer() }, "Bearer " + secretValue},
		"basic": {func(s *sdk.Session) sdk.Secret { return sdk.Basic(sdk.NewSecret("me"), s.Secret("token")) },
			"Basic bWU6aHVudGVyMi1pcy10aGUtdG9rZW4="},
		"a key as user name": {func(s *sdk.Session) sdk.Secret { return sdk.Basic(s.Secret("token"), sdk.Secret{}) },
			"Basic aHVudGVyMi1pcy10aGUtdG9rZW46"},
	} {
		got := ""
		vendor := sdktest.NewVendor(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") }))
		read := func(ctx context.Context, s *sdk.Session, _ *sdk.Output) error {
			header := test.header(s)
			if shown := fmt.Sprintf("%v %+v", header, header); shown != "[secret] [secret]" {
				t.Errorf("%s is shown as %s", name, shown)
			}
			client, err := s.HTTP(sdk.HTTPOptions{BaseURL: vendor.URL, SecretHeader: map[string]sdk.Secret{"Authorization": header}})
			if err != nil {
				return err
			}
			_, err = client.Get(ctx, "/", nil)
			return err
		}
		if s := sdktest.NewBench(t, connector(read)).Sync(t, input()).Streams["users"]; s.Err != nil || got != test.want {
			t.Errorf("%s: sent %q, want %q (%v)", name, got, test.want, s.Err)
		}
	}
}
