// Package backup writes a journal into a stream of bytes, checks such a stream, and
// restores a journal from it.
//
// A backup is one moment of all entries but the sealed secrets, in the order of their keys,
// between a manifest and an end mark with counts and a hash. Its caller seals it before it
// reaches the disk. Badger's own backup is not used: it cannot leave secrets out or be
// checked while it is read.
//
// Restore writes into swap.Fresh(dir) and verifies what it wrote. swap.Begin then replaces
// the journal.
package backup
