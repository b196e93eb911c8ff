// Package badgerdir owns the directory of a Badger database: its options, how much room
// there is on its disk, damage of its files, opening and closing. It is the only import
// of Badger. It knows no key: Options.Names says what keys are about.
//
// # Room
//
// Badger writes through mmap and dies by a fault, which nothing can catch, when a block
// cannot be had; and it writes later than the commit, when it turns memory into tables
// and merges them. space.go says what is refused when. A directory that exists opens on
// any disk: whole, without merging, or for reading alone.
//
// # Damage
//
// An open database does not report damage of its files, so they are read before it
// (Open, Inspect) and beside it (Dir.Inspect): files.go, with Badger's own readers.
//
// # Memory
//
// Badger's buffers decide what a process takes; the store's doc.go says why memtables,
// tables and blocks are of these sizes.
package badgerdir
