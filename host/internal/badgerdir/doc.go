// Package badgerdir owns the directory of a Badger database: its options, the room on its
// disk, damage of its files, opening and closing. It is the only import of Badger. It knows
// no key: Options.Names says what keys are about.
//
// An open database does not report damage of its files, so they are read before it (Open,
// Inspect) and beside it (Dir.Inspect), with Badger's own readers. The journal's design.md
// says why room is measured and why the buffers have these sizes.
package badgerdir
