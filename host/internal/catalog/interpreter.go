package catalog

import (
	"path/filepath"

	"github.com/plumbline-dev/plumbline/host"
)

// Bundled reports whether a connector came with the host: a person who can change its
// program can change the host as well.
func (c *Catalog) Bundled(connector host.Connector) bool {
	return c.config.Bundled != "" && filepath.Dir(connector.Path) == c.config.Bundled
}

// ownInterpreter reports whether descriptions are run by the program that came with
// the host. Its hash is not pinned: a person who can change it can change the host as
// well, and each update of the host brings another.
func (c *Catalog) ownInterpreter() bool {
	return c.config.Bundled != "" && filepath.Dir(c.config.Interpreter) == c.config.Bundled
}

// ForeignInterpreter returns the hash of the program that runs a described connector, or
// nothing when that program came with the host. A person agrees to or trusts the two
// together.
func (c *Catalog) ForeignInterpreter(connector host.Connector) string {
	if c.ownInterpreter() {
		return ""
	}
	return connector.Interpreter
}
