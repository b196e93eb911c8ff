package egress

import (
	"net/netip"
	"slices"
)

// class is a kind of address.
type class int

const (
	public class = iota
	private
	thisMachine
	metadata
	special
)

func (c class) String() string {
	return [...]string{
		public: "a public address", private: "an address inside a private network", thisMachine: "this machine",
		metadata: "a link-local address, where clouds serve their metadata", special: "an address that belongs to no system",
	}[c]
}

// classRanges are address ranges of one class.
type classRanges struct {
	class    class
	prefixes []string
}

// ranges are the ranges of the IANA special-purpose address registries that are not
// globally reachable, and the addresses at which clouds serve metadata. The first range
// that contains an address decides.
func ranges() []classRanges {
	return []classRanges{
		{metadata, []string{"169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "100.100.100.200/32", "192.0.0.192/32"}},
		{thisMachine, []string{"127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128"}},
		{private, []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"}},
		{special, []string{
			"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
			"64:ff9b:1::/48", "100::/64", "2001:db8::/32", "2001:10::/28", "2001:20::/28", "3fff::/20", "5f00::/16", "ff00::/8",
		}},
	}
}

// classOf returns the class of an address, or of the address that it carries.
func classOf(address netip.Addr) class {
	address = inner(address)
	for _, r := range ranges() {
		if slices.ContainsFunc(r.prefixes, func(p string) bool { return netip.MustParsePrefix(p).Contains(address) }) {
			return r.class
		}
	}
	if address.Is6() && !netip.MustParsePrefix("2000::/3").Contains(address) {
		return special // not assigned
	}
	return public
}

// inner returns the IPv4 address that a mapped, translated or tunnelled one carries.
func inner(address netip.Addr) netip.Addr {
	address = address.Unmap().WithZone("")
	if !address.Is6() {
		return address
	}
	b := address.As16()
	at := func(i int) netip.Addr { return netip.AddrFrom4([4]byte(b[i : i+4])) }
	switch {
	case netip.MustParsePrefix("::/96").Contains(address) && address != netip.IPv6Loopback() && address != netip.IPv6Unspecified():
		return at(12) // IPv4-compatible
	case netip.MustParsePrefix("64:ff9b::/96").Contains(address):
		return at(12) // NAT64
	case netip.MustParsePrefix("2002::/16").Contains(address):
		return at(2) // 6to4
	case netip.MustParsePrefix("2001::/32").Contains(address): // Teredo: the client's, inverted
		for i := 12; i < 16; i++ {
			b[i] ^= 0xff
		}
		return netip.AddrFrom4([4]byte(b[12:16]))
	}
	return address
}
