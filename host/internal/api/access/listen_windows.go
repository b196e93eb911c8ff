package access

// ownedByUs trusts the user's own folders, which Windows keeps apart.
func ownedByUs(string) error { return nil }
