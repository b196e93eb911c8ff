package sdk

import (
	"net/url"
	"strings"
)

// AddressRule returns the rule that the address of an API breaks, or "". Session.HTTP applies
// it, and so does the host when a person enters an address.
func AddressRule(address string) string {
	base, err := url.Parse(address)
	switch {
	case err != nil || base.Host == "":
		return "is not the address of an API"
	case base.User != nil:
		return "must not hold credentials"
	case strings.EqualFold(base.Scheme, "https"), strings.EqualFold(base.Scheme, "http") && isLoopback(base.Hostname()):
		return ""
	}
	return "must begin with https://, except on this machine"
}

// withoutUser removes user and password, which may be secrets, from an address.
func withoutUser(address string) string {
	before, after, found := strings.Cut(address, "://")
	if at := strings.LastIndexByte(after, '@'); found && at >= 0 {
		return before + "://" + after[at+1:]
	}
	return address
}
