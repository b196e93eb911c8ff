package sdk_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/plumbline-dev/plumbline/sdk"
	"github.com/plumbline-dev/plumbline/sdk/sdktest"
)

// TestANewSecretIsSealedBeforeTheOldIsDropped has a host that takes new secrets, one that
// refuses them, and one that does not know of them.
func TestANewSecretIsSealedBeforeTheOldIsDropped(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		seal   func(name, value string) error
		sealed bool
		err    string
	}{
		"sealed":  {func(string, string) error { return nil }, true, ""},
		"refused": {func(string, string) error { return errors.New("no room for n3w-secret-1") }, true, "no room"},
		"unknown": {nil, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			in := input()
			if test.seal != nil {
				in.Renew = func(name, value string) error {
					got = append(got, name+"="+value)
					return test.seal(name, value)
				}
			}
			out := sdktest.NewBench(t, connector(func(ctx context.Context, s *sdk.Session, _ *sdk.Output) error {
				for _, value := range []string{"n3w-secret-1", "n3w-secret-2"} {
					sealed, err := s.RenewSecret(ctx, "token", sdk.NewSecret(value))
					if sealed != test.sealed || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
						t.Errorf("%s: %v, %v", value, sealed, err)
					}
					if err != nil {
						return err
					}
				}
				return nil
			})).Sync(t, in)
			if test.sealed && test.err == "" && strings.Join(got, " ") != "token=n3w-secret-1 token=n3w-secret-2" {
				t.Errorf("the host got %v", got)
			}
			if err := out.Streams["users"].Err; err != nil && strings.Contains(err.Message, "n3w-secret") {
				t.Errorf("the secret is shown: %v", err)
			}
		})
	}
}
