// Package view answers lists: records filtered, sorted and paged, as they are or were at
// any moment. It is a reader of the journal.
//
// The view of a stream is what lists filter and sort by: for every version of every record
// its key, when it was valid, and the fields of its kind. It has no documents. It is
// derived from the journal: its files can be deleted at any time and are made again.
//
//	position   commit time of the latest version that a snapshot has
//	segment    an immutable set of rows in files of package column
//	row group  the rows of a segment that are read at once, column by column
//	snapshot   the segments of a stream up to a position; the manifest names those on disk
//	merge      making one segment of the newest ones
//	plan       a query made ready for the columns of one kind
//	cursor     where a page ended, and the moment of its list
//
// A list is exactly what the journal held at the moment of the list. A stream whose
// snapshot does not reach that moment is caught up first. If its files cannot be written,
// the list reads the stream from the journal, which is slow, and says so.
//
// A version is valid from its commit until the next one of its key. So a list of a past
// moment is the same read with another time, and costs the same.
//
// While a run reads a stream, what it adds is in memory alone, up to a bound. The first
// refresh after the run makes one segment of it on disk.
//
// With Config.Follow, View brings every stream up to date soon after the start, and then
// follows the journal. What a run writes is taken up when the run has ended, or after ten
// minutes.
//
// Goroutines: up to four for each List until it returns; one to follow, until Close.
package view
