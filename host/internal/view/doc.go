// Package view answers lists: records filtered, sorted and paged, as they
// are or as they were. It keeps, beside the store, what lists look at and nothing
// else: for every version of every record its key, the time it was valid and the
// fields of its kind, column by column.
//
// It never decides what a record is, never shows a document, imports no other
// room, and starts no goroutine that outlives a call. All it keeps is derived: it
// can be deleted at any time and is made again from the store.
//
// # What holds
//
// A list is exactly what the store held at the moment it is of. A stream's
// projection says up to which commit it reaches; one that does not reach as far as
// the list is brought there first, and one that cannot be, because the disk is full
// or the files are broken twice, is passed over for the store itself, which is slow
// and says so. Nothing stale is ever served.
//
// A version is valid from its commit until the next one of its key. So a list of a
// past moment is the same read with another time, and costs the same.
//
// All pages of a list are of the moment of the first: the cursor holds it with the
// place in the order, so pages neither repeat a record nor leave one out, whatever
// is synced meanwhile.
//
// # Files
//
// DIR/CONNECTION/STREAM/ holds a manifest and segments. A segment is immutable:
// rows in key order, newest version first, in groups of 8192; each column of a
// group lies in one piece, encoded (numbers as offsets in as few bytes as fit, texts
// in lower case with a dictionary where they repeat) and sealed. The directory at
// the end says where each piece is and what numbers it spans. One column more holds
// every text a search looks at.
//
//	       All                  Since, merge
//	none -------> one segment ---------------> a few segments, each ¼ of the one before or less
//	  ^                 |                          |
//	  +-----------------+--------------------------+
//	    damaged, other columns, other history, connection deleted
//
// What changed since is a new, small segment: the new versions, and which rows of
// older segments they end, by number. The newest segments are merged while they are
// of like size, so a change is written again only a few times however large the
// stream is. The manifest is replaced by rename when a segment is on disk: a kill at
// any point leaves the state before or after, and left-over files are swept.
//
// While a run reads a stream, segments of what it adds are in memory alone, up to 262144
// rows a stream: a list that is open meanwhile is asked for again and again. With the
// first refresh after the run they are dropped, and the run's changes become one
// segment on disk. A stream that outgrows that is written during the run.
//
// The first time a projection is used after a start it is caught up whatever is
// asked, which proves that its last commit is one of the stream's: after the store
// was put back to an earlier state it is not, and the projection is made anew.
//
// # Conditions
//
// A condition is a field, a comparison and a value, e.g. status:active. All of them
// must hold. The fields are those of package kind, key and observed_at.
//
//	words    :  = one of these, parted by commas; !: != none of them
//	texts    :  holds it, in any case; = is it; !: != the opposite
//	lists    :  an item holds it; = an item is it; !: != the opposite
//	times    :  = on that day or at that time; != not; < <= > >=; 90d is 90 days ago
//	numbers  :  = != < <= > >=
//	any      field= does not have it; field!= has it
//
// A record that does not say is unknown: a word it does not have is "unknown", and
// a time it does not have is neither before nor after any other. In an order it
// comes last, whichever way.
//
// # Decisions
//
// Files and not memory, because a million accounts would take 200 MB of it: reading
// goes through the page cache, which gives way when others need it. Columns and not
// an index per field, because every combination of filter and order costs one read
// of the columns it names, 10 to 60 ms for a million rows, and writing stays one
// sequential file. A key of its own for every file, derived from the store's key
// and a random salt, so a plain counter is nonce enough and no piece of one file
// opens in another. AES-GCM, because processors have it.
//
// Times are kept to the microsecond; commit times to the nanosecond.
package view
