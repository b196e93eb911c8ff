// Package results stores what tests found, record by record, so that a commit costs as much as it changes. It knows rows and files, and
// neither tests nor the journal: package assess judges and reads.
//
//	row       one record: its key and version, what it is joined by, what its joins had, and a mark for each test of its kind
//	sheet     the rows of a stream, by key, in one encrypted file that is never changed; a change makes another file
//	state     which sheets hold, the tests of each, the counts of their marks, and the position of the journal they are of
//
//	sheet files written ─▶ state replaced ─▶ files that no state names deleted
//
// Everything here is derived. A directory that was deleted, a file that is damaged or of another format is as one that never was: Open
// returns the empty state, or Each returns ErrDamaged and the caller makes the sheet again. After a kill at any point the state on disk
// names whole files, and the position in it is theirs.
//
// Owners: the caller writes from one goroutine at a time. Any goroutine may read. A reader may find that a file of an older state is gone
// (ErrGone); it asks for the state again.
//
// Goroutines: none.
package results
