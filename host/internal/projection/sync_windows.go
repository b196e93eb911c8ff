package projection

// syncDir does nothing: the system has no such call, and keeps names itself.
func syncDir(string) error { return nil }
