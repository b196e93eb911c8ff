// Package replay records the HTTP requests of a connector with the answers of its system. It
// replays the answers later, without a network and with faults.
//
// It plays the host's proxy. A contained connector sends every request through that proxy, so
// recording and replaying need no change in a connector of any language. The proxy ends TLS, with
// certificates of an authority that exists as long as the proxy.
//
//	connector ── PLUMBLINE_PROXY ──▶ Proxy ── faults ──▶ Player    recorded answers
//	                                                 └─▶ Recorder ▶ Live   the real system
//
// Fixture defines the files of a recording. The package never writes a secret: it replaces the
// connector's secrets, those that the system sends, and every header and parameter whose name
// suggests a secret. It keeps no headers of requests. design.md says how it matches requests.
package replay
