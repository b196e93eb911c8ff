package setting_test

import (
	"maps"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/hosttest"
)

func TestAConnectorGetsTheSecretsItAsksFor(t *testing.T) {
	t.Parallel()
	p := hosttest.OpenParts(t, "")
	given := map[string]string{"token": "sesame", "old": "of an earlier version"}
	c := p.Connect(t, host.Connection{Alias: "corp", Settings: []byte("{}")}, given)
	const schema = `{"properties":{"token":{"writeOnly":true},"old":{},"new":{"writeOnly":true}}}`
	connector := host.Connector{ID: "fake", ConfigSchema: []byte(schema)}
	got, err := p.Vault.Unseal(c.ID, connector)
	if err != nil || !maps.Equal(got, map[string]string{"token": "sesame"}) {
		t.Errorf("it gets %v, %v", got, err)
	}
	sealed, err := p.Store.SealedSecrets(c.ID)
	if err != nil || len(sealed) != 2 || string(sealed["token"]) == "sesame" {
		t.Errorf("stored are %q, %v", sealed, err)
	}
	// A secret opens for its own connection and name only.
	for _, moved := range []map[string][]byte{{"token": sealed["old"]}, {"new": sealed["token"]}} {
		other := p.Connect(t, host.Connection{Alias: "other", Settings: []byte("{}")}, nil)
		if _, err := p.Store.UpdateConnection(hosttest.As(t), other.ID, 0, func(*host.Connection) error { return nil }, moved, nil); err != nil {
			t.Fatal(err)
		}
		if opened, err := p.Vault.Unseal(other.ID, connector); err == nil {
			t.Errorf("a secret that was moved opened: %v", opened)
		}
		if err := p.Store.DeleteConnection(hosttest.As(t), other.ID); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := p.Vault.Unseal(c.ID, host.Connector{ID: "fake", ConfigSchema: []byte("{")}); err == nil {
		t.Errorf("without a schema it gets %v", got)
	}
}
