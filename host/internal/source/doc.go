// Package source turns a connector's messages into the host's: one Sync
// conversation becomes groups of records that each end at a checkpoint.
//
// Every message passes package wire first, which bounds, scrubs and escapes it. Source
// then validates, canonicalises and hashes every record, enforces the protocol's order
// and its windows, and hands each finished group to a one-method Sink. Only when the
// sink says that the group is on disk is the checkpoint acknowledged. Source never
// stores anything and never decides what a result means.
//
//	Open ─▶ reading ──batch──▶ reading        data of one stream is buffered
//	           │──checkpoint──▶ sink ──▶ Ack  and leaves as one group
//	           │──result──────▶ that stream is closed; what it sent since its
//	           │                last checkpoint is dropped, never half kept
//	           └──done────────▶ ended
//
// Two goroutines share the work: the caller's reads and checks, the committer
// stores and acknowledges behind it, in order. A result waits until everything of
// its stream is on disk.
//
// # Bounds of a run
//
//	checkpoints not acknowledged    4; the fifth ends the run as a violation
//	bytes not acknowledged          8 MiB and a batch; more ends the run as a violation
//	records between checkpoints     100,000; more ends the run as a violation
//	log lines (debug, info)         10,000 lines or 4 MiB, requests among them
//	log lines (warn, error)         1,000 lines or 1 MiB
//	texts of errors and gaps        512 KiB; then details are left out and texts shortened
//	gaps                            100 a stream; the rest is counted in the last one
//	messages beside records         5,000 a second; a connector that sends more waits
//	removals without a cursor       1,000,000 keys or 64 MiB
//	messages of a check             2,000
//
// Lines that are dropped are counted, and the log ends with "(… N more lines dropped)".
// These bounds hold memory as well: groups wait in memory only within the window of
// what is not acknowledged. A connector is not called silent while the disk is slow.
//
// # Records
//
// A record that breaks its kind's schema, or whose key has a control character, is not
// stored and not dropped in silence: it becomes a gap that names the record and the
// field, so its stream is not complete and nothing is removed because of it. A number
// that no 64-bit float holds, such as 1e999, breaks the schema: readers of JSON would
// take it for infinity. A key that is empty, longer than 512 bytes or no UTF-8 is a
// violation.
//
// A key may come more than once in a run. With the same content it is a repeat and
// changes nothing. With other content the last record of the key holds, each version is
// kept, and the run's log warns how many keys did so and names one: either they changed
// while they were read, or the key does not tell two items apart.
//
// Removals take effect with the next cursor, or at the end of their stream; see removals.go.
//
// When ctx ends, the connector is asked to stop and may send what it has read
// for another seven seconds before the conversation is cut.
package source
