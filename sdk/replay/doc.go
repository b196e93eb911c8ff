// Package replay records what a connector asks of its system over HTTP, and
// answers it again later, without a network and with faults where they are wanted.
//
// It stands in as the host's proxy: a connector that a host contains sends every
// request through one, so recording and replaying need no change in a connector,
// whatever language it is written in. Connections that are TLS end here, with a
// certificate of an authority that lives as long as the proxy does.
//
//	connector ── PLUMBLINE_PROXY ──▶ Proxy ── faults ──▶ Player    recorded answers
//	                                                 └─▶ Recorder ▶ Live   the real system
//
// It owns the form of recordings on disk, see Fixture. It never writes a secret:
// what the connector was given, what its system handed out, and every header or
// parameter whose name says so is replaced before an exchange is kept. Headers of
// requests are not kept at all.
//
// Decisions.
//
// A request is known again by method, address and query, and by its body where it
// has one. Asked again it gets its answers in the order in which they were
// recorded, and then the last one for ever: a second run meets a system that
// stood still.
//
// A request that was not recorded is answered with status 599 and remembered. It
// is never sent anywhere.
//
// A made-up secret has the shape of the true one, so that it passes the patterns
// of a config schema, and is made from the secret's name alone.
package replay
