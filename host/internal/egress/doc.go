// Package egress owns the way out: a proxy on this machine's loopback that opens
// the connections of connector processes, and no others than they may have.
//
// A contained process can connect to this proxy and to nothing else (package
// plugin sees to that where the system can), so what is decided here is what
// happens. The package never looks into what passes: HTTPS goes through as it is,
// with the connector's own TLS to the system.
//
//	Open(policy) ──▶ gate ──CONNECT──▶ decided ──allowed──▶ tunnel ──▶ counted
//	     │             │                  │
//	     │             │                  └──denied / unreachable──▶ told, counted
//	     └── Close ────┴─▶ closed: its tunnels are cut, its token opens nothing
//
// One proxy serves the whole host. Each process gets a gate of its own, with a
// policy and a token; requests without a known token are refused, so other
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
// Goroutines: the proxy's accept loop, ends with Proxy.Close; one per connection
// and two per tunnel, end when either side, the gate or the proxy closes.
package egress
