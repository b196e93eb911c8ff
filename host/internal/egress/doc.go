// Package egress owns the way out: it opens the connections of connector processes
// and decides which they may have.
//
// A connector asks for a connection over its gRPC link to the host (Gate.Serve); a
// contained process has no other way, because it has no network sockets. A connector
// that dials by itself has one port to connect to, a proxy on this machine's
// loopback. Both ways meet the same gate. The package never looks into what passes:
// HTTPS goes through unchanged, with the connector's own TLS to the system.
//
//	              ┌─ Serve: Tunnel ─┐
//	Open(policy) ─▶ gate            ├─▶ decided ──allowed──▶ carried ──▶ counted
//	     │        └─ URL: CONNECT ──┘      │
//	     │                                 └──denied / unreachable──▶ answered, counted
//	     └── Close ──▶ closed: its connections are cut, its token opens nothing
//
// One proxy serves the whole host. Each process gets a gate of its own, with a
// policy and a token. The proxy refuses requests without a known token, so other
// programs on this machine gain nothing by the port.
//
// # The decision
//
// A connection is allowed when its name and port are declared, and its address is
// one that this declaration may lead to. The name is compared first, then looked
// up once, and what was looked up and checked is what is dialled: a name that
// answers differently the second time gains nothing.
//
//	declared as            may lead to
//	a name, "*.name"       public addresses
//	{setting} = a name     public and private ones (10/8, fd00::/8 …)
//	{setting} = localhost  this machine
//	{setting} = an address that address, whatever it is
//
// So a vendor's name that is pointed at 169.254.169.254 or 127.0.0.1 opens
// nothing, and a directory server in the company's network works because a person
// entered its name. Addresses that carry another one inside (IPv4-mapped, NAT64,
// 6to4, Teredo) are judged by the one inside.
//
// Behind a company's proxy (HTTPS_PROXY of the host) the connection goes there by
// name. Its addresses are not ours to look up then; a name is still compared, and
// an address given as such is still judged.
//
// # What is kept
//
// For each name and port a gate was asked for: connections, bytes each way, how
// often it was refused and why. At most maxContacts names; what comes after is
// counted under "others", so a process that tries a million names costs no more.
//
// Goroutines: the proxy's accept loop, ends with Proxy.Close; one per gate that
// serves a link, ends with the process or Gate.Close; one per connection and two per
// tunnel, end when either side, the gate or the proxy closes.
package egress
