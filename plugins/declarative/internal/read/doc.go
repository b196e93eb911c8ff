// Package read reads the streams of a plan and runs its check.
//
// A runner belongs to one run or check. It reads a stream in three loops, one inside the
// other:
//
//	each window of time (incremental) ▶ each item of the stream above (each) ▶ each page
//
// An item of a page becomes a record after the runner has read its details. A part that
// cannot be read is a gap, which names the item, the record or the field. An error ends the
// stream only if the rest could not be read either.
package read
