package api

import "net/http"

// Carrier returns what carries a client's requests into a handler.
func Carrier(handler http.Handler) http.RoundTripper { return local{handler} }

// Over returns a client whose requests go through carrier.
func Over(carrier http.RoundTripper) *Client { return &Client{http: &http.Client{Transport: carrier}} }
