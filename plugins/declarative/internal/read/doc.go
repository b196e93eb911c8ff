// Package read reads the streams of a plan and runs its check.
//
// A runner belongs to one run or check. It reads a stream in three loops, one inside the
// other:
//
//	each window of time (incremental) ▶ each item of the stream above (each) ▶ each page
//
// An item of a page becomes a record after its details were asked for. What cannot be
// read is a gap, which names the item, the record or the field; an error ends the stream
// only where the rest could not be read either.
package read
