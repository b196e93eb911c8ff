package setting

import (
	"fmt"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/secret"
)

// Vault seals and unseals the secrets of connections.
type Vault struct {
	Store *journal.Journal
	Key   *secret.MasterKey
}

// Seal seals secrets, by setting name, for one connection.
func (v Vault) Seal(connection string, secrets map[string]string) (map[string][]byte, error) {
	sealed := make(map[string][]byte, len(secrets))
	for name, value := range secrets {
		box, err := v.Key.Seal(connection, name, []byte(value))
		if err != nil {
			return nil, fmt.Errorf("seal secret %s: %w", name, err)
		}
		sealed[name] = box
	}
	return sealed, nil
}

// Unseal returns the stored secrets of a connection that the connector asks for. A
// secret that only an earlier version of the connector asked for stays sealed.
func (v Vault) Unseal(connection string, connector host.Connector) (map[string]string, error) {
	shape, err := shapeOf(connector)
	if err != nil {
		return nil, err
	}
	sealed, err := v.Store.SealedSecrets(connection)
	if err != nil {
		return nil, fmt.Errorf("read secrets: %w", err)
	}
	secrets := make(map[string]string, len(sealed))
	for name, box := range sealed {
		if !shape.Properties[name].WriteOnly {
			continue
		}
		plain, err := v.Key.Open(connection, name, box)
		if err != nil {
			return nil, fmt.Errorf("unseal secret %s: %w", name, err)
		}
		secrets[name] = string(plain)
	}
	return secrets, nil
}
