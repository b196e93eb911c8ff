// Package writer writes what a run reads from a stream.
//
// A group of records is one transaction: epoch check, changed records, change log, digest
// and cursor are on disk together or not at all. A group that is too large for one
// transaction is split. Each part is complete in itself, writing it again changes nothing,
// and only the last part moves the cursor. So after a crash between any two transactions
// versions, change log and digest agree, and at worst some records are read again.
//
// A run may write only while its epoch is its connection's latest (fence).
//
// Only a complete read that began at the beginning of the stream and ended in the same run
// removes what it did not see. A removal of every record, of more than half of five or
// more, or of more than the limits allow is held: the keys are stored as a list, and a
// person confirms or rejects it.
package writer
