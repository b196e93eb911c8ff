// Package intake turns what a source sends into groups that Store can take.
//
// A source is what a run reads from: a connector's process, for example (package
// source). A source sends, for each of its streams, records, removals, gaps,
// checkpoints and one outcome. A group is what one stream sent up to a checkpoint;
// Store stores it whole or not at all. A gap is a named part that was not read.
//
//	Run         bounds the texts of errors and gaps of all streams of one run
//	Stream      Record, Remove and Gap fill it
//	Checkpoint  returns the groups that are ready to be stored
//	End         returns the last groups and the result
//
// Intake is a builder in memory. It knows no protocol, starts no goroutine, reads no
// clock and stores nothing. The caller stores the groups, acknowledges them, and bounds
// what of them is not stored yet. An error of a method is a problem that ends the run:
// the source broke a rule. The caller may give it the remedy that suits its source.
//
// # Records
//
// A record that breaks its kind's schema, or whose key has a control character, becomes
// a gap that names the record and the field, so its stream is not complete and nothing
// is removed because of it. A number that no 64-bit float holds, such as 1e999, breaks
// the schema: readers of JSON would take it for infinity. A key that is empty, longer
// than 512 bytes or no UTF-8 is a violation; so is a document of more than 256 KiB.
//
// A key may come more than once in a run. The last record of a key holds; Store keeps
// every version and counts the keys whose content changed.
//
// # Bounds
//
//	between two checkpoints of a stream   100,000 records and removals, 8 MiB
//	removals that wait for a cursor       1,000,000 keys or 64 MiB
//	gaps of a stream                      100; the rest is counted in the last one
//	texts of errors and gaps of a run     512 KiB; then details are left out and texts cut
package intake
