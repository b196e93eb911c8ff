package catalog

import (
	"context"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/journal/documents"
)

// trustNoun is the collection of what people trust, by the id of the connector.
const trustNoun = "trust"

func trustIn(s *journal.Journal) *documents.Collection[host.TrustedPrograms] {
	return documents.NewCollection[host.TrustedPrograms](s.Documents, trustNoun, nil)
}

// trustOf says what a program is taken for. It counts what the host installed, what
// came with it, and what a person decided; nothing that a connector can write.
func (c *Catalog) trustOf(connector host.Connector) (host.Trust, *host.Installation) {
	if c.isDevelopment(connector) {
		return host.TrustDevelopment, nil
	}
	entry, ok := c.config.Inventory.Get(connector.ID)
	ok = ok && c.config.Inventory.Path(entry.Current) == connector.Path
	var installation *host.Installation
	if ok {
		installation = entry.Installation()
	}
	interpreter := c.ForeignInterpreter(connector)
	switch {
	case ok && entry.Current.Signer != "" && entry.Current.SHA256 == connector.SHA256 &&
		(interpreter == "" || interpreter == entry.Current.Interpreter):
		return host.TrustSigned, installation
	case c.Bundled(connector) && interpreter == "":
		return host.TrustBundled, installation
	case c.isTrusted(connector):
		return host.TrustTrusted, installation
	}
	return host.TrustUnverified, installation
}

// isTrusted reports whether a person trusts exactly this program. A decision that
// cannot be read trusts nothing.
func (c *Catalog) isTrusted(connector host.Connector) bool {
	if connector.SHA256 == "" {
		return false
	}
	trusted, err := c.trusted(connector.ID)
	if err != nil {
		c.config.Logger.Error("read trusted programs", "connector", connector.ID, "err", err)
		return false
	}
	return trusted.Value.Includes(c.programOf(connector))
}

// trusted returns what a person trusts as a connector; revision 0 = nothing.
func (c *Catalog) trusted(id string) (documents.Document[host.TrustedPrograms], error) {
	trusted, err := c.trust.Get(id)
	if host.IsNotFound(err) {
		return documents.Document[host.TrustedPrograms]{}, nil
	}
	return trusted, err
}

func (c *Catalog) programOf(connector host.Connector) host.TrustedProgram {
	return host.TrustedProgram{SHA256: connector.SHA256, Interpreter: c.ForeignInterpreter(connector)}
}

// Trust stores that the context's actor trusts exactly the program that a connector is
// now, with the interpreter that runs it.
func (c *Catalog) Trust(ctx context.Context, connector host.Connector) error {
	c.deciding.Lock()
	defer c.deciding.Unlock()
	trusted, err := c.trusted(connector.ID)
	program := c.programOf(connector)
	if err != nil || trusted.Value.Includes(program) {
		return err
	}
	value := host.TrustedPrograms{Connector: connector.ID, Programs: append(trusted.Value.Programs, program)}
	_, err = c.trust.Put(ctx, connector.ID, value, trusted.Revision)
	return err
}

// Untrust withdraws the trust in every program of a connector.
func (c *Catalog) Untrust(ctx context.Context, id string) error {
	c.deciding.Lock()
	defer c.deciding.Unlock()
	trusted, err := c.trusted(id)
	if err != nil || trusted.Revision == 0 {
		return err
	}
	return c.trust.Delete(ctx, id, trusted.Revision)
}
