// Without a file of this kind the compiler refuses functions that have no body,
// such as those of compactors.go that are Badger's.
