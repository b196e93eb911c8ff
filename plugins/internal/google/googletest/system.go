// Package googletest is a system with Google's token endpoint, for the proofs of the connectors for Google's APIs.
package googletest

import (
	"net/http"

	"github.com/plumbline-dev/plumbline/plugins/internal/prove"
	"github.com/plumbline-dev/plumbline/plugins/internal/simulator/google"
	"github.com/plumbline-dev/plumbline/plugins/internal/vendor"
)

// Tokens is a system with Google's token endpoint in front of it.
type Tokens struct {
	prove.System
	Subject string                       // for whom the service account must act; "" = for itself
	Refuses func(permission string) bool // whether the permission is one that the endpoint refuses; nil = none
}

// Start implements prove.System.
func (t Tokens) Start(m vendor.Mode) prove.Vendor {
	v := t.System.Start(m)
	tokens := google.Tokens{KeyFile: t.Secrets()["key_file"], Subject: t.Subject, Refuses: t.Refuses}
	return &endpoint{Vendor: v, all: tokens.Before(v, m)}
}

type endpoint struct {
	prove.Vendor
	all http.Handler
}

// ServeHTTP implements http.Handler.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) { e.all.ServeHTTP(w, r) }
