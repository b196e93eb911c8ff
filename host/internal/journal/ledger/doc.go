// Package ledger owns the open directory of a journal: its transactions, its commit times,
// the chains of its change logs, and the anchors file beside it.
//
// A commit time orders transactions. Commit times strictly increase over the whole
// journal, also when the clock was set back. UpdateAt hands one out before its transaction
// is on disk, so a later one may be on disk first. A commit time is in flight until its
// transaction has landed or failed, and Settled is before the earliest one in flight: a
// reader of the feed that stops there misses nothing.
//
// Every connection has a chain. Append writes an entry of its change log as the next of
// the chain, and reads the head in the same transaction, so that two writers cannot both
// follow one link. A later cut of the old entries moves the chain's anchor (DropAnchored).
package ledger
