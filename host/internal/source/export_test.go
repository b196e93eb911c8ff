package source

import "github.com/plumbline-dev/plumbline/host"

// Unreadable is unreadable.
func Unreadable(err error) *host.Problem { return unreadable(err) }
