package egress

import "net/netip"

// Permits is permits.
func (r Rule) Permits(address netip.Addr) error { return r.permits(address) }

// RuleFor is rule.
func (p Policy) RuleFor(name string, port int) (Rule, bool) { return p.rule(name, port) }

const MaxTunnels = maxTunnels
