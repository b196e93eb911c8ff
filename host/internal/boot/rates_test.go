package boot_test

import (
	"os"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/boot"
)

func TestRatesAreValidated(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"okta.com", "okta.com=", "=5", "okta.com=x", "okta.com=-1", "okta.com=1/x", "okta.com=NaN", "[=1"} {
		_, err := boot.LoadConfig(boot.Sources{DataDir: t.TempDir(), File: os.DevNull, Flags: map[string]string{"sync.rates": bad}})
		if p := problem(t, err); p.Code != host.CodeInvalid || len(p.Fields) != 1 || p.Fields[0].Field != "sync.rates" {
			t.Errorf("%q: %+v", bad, p)
		}
	}
	path := t.TempDir() + "/config.yaml"
	if err := os.WriteFile(path, []byte("sync:\n  rates: [acme.okta.com=5, \"*.okta.com=10/4\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := boot.LoadConfig(boot.Sources{DataDir: t.TempDir(), File: path}); err != nil {
		t.Errorf("a list in the file: %v", err)
	}
}
