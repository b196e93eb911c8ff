package main

import (
	"net/http"
	"strings"

	"github.com/plumbline-dev/plumbline/host/internal/api/access"
)

// route passes requests of the API to the carrier, and gives the pages of the window the
// headers that those of the agent have. It is a middleware, because the asset server does
// not call its handler in every mode.
func route(carrier http.Handler) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		pages := access.Hardened(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/api/") {
				carrier.ServeHTTP(w, r) // its answers have the headers already
				return
			}
			pages.ServeHTTP(w, r)
		})
	}
}
