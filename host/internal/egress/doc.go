// Package egress opens the connections of connector processes and decides which of them
// are allowed. It does not read what passes: HTTPS goes through unchanged.
//
// Policy  the hosts that a process may reach: its connector's declarations, filled in with
// a connection's settings
//
// Gate  one process's connections, with a policy and a token. Both ways lead to it: the
// call Tunnel of a contained process, which has no network sockets (Serve), and the proxy
// of a process that dials by itself (URL).
//
// Proxy  an HTTP proxy on this machine's loopback for all gates of the host. It refuses a
// request without the token of a gate.
//
//	              ┌─ Serve: Tunnel ─┐
//	Open(policy) ─▶ gate            ├─▶ decided ──allowed──▶ carried ──▶ counted
//	     │        └─ URL: CONNECT ──┘      │
//	     │                                 └──denied / unreachable──▶ answered, counted
//	     └── Close ──▶ closed: its connections are cut, its token opens nothing
//
// Contact  a name and port that a process asked for: connections, bytes, refusals and
// why. A gate keeps maxContacts; the rest counts under "(others)".
//
// See design.md for the decision.
//
// Goroutines: the proxy's accept loop, until Proxy.Close; one per gate that serves a
// link, until the process ends or Gate.Close; one per connection and two per tunnel,
// until either side, the gate or the proxy closes.
package egress
