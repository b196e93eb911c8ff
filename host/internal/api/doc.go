// Package api is the use cases over HTTP: OpenAPI 3.1, JSON, problem+json and
// numbered events. The screens, the command line and scripts are equal clients
// of it.
//
// One handler, three carriers: a unix socket that only its owner may open, a
// loopback TCP address for browsers, and the window's asset server. The socket
// and the window are trusted by what they are; the TCP address is guarded here
// (host names, origins, a session cookie that a one-time link gives, a header
// that a foreign page cannot set).
//
// It holds no state but one-time links. Live data is a long poll of numbered
// hints, because that one mechanism passes through all three carriers.
package api
