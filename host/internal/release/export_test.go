package release

// PlainHTTP reports whether a registry is spoken to without encryption.
func PlainHTTP(address string) bool { return onThisMachine(address) }
