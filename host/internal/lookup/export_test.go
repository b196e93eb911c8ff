package lookup

import "github.com/plumbline-dev/plumbline/host"

// Parts of Impact that need no store.
var (
	OwnerIn      = ownerIn
	PermissionIn = permissionIn
)

// Marked is marked.
func (l *Lookup) Marked(records []host.Record) error { return l.marked(records) }
