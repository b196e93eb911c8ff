// Package stream turns a connector's words into the host's: one Sync
// conversation becomes groups of records that each end at a checkpoint.
//
// It validates, canonicalises and hashes every record, enforces the limits of
// the protocol and hands each finished group to a one-method Sink. Only when
// the sink says that the group is on disk is the checkpoint acknowledged. It
// never stores anything and never decides what a result means.
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
// Memory is bounded by what the connector may send without an acknowledgement
// (8 MiB and a batch); a connector that sends more is ended as a protocol
// violation. The committer being slow makes the reading wait, and so the
// connector.
//
// A record that breaks its kind's schema is not stored and not dropped in
// silence: it becomes a gap that names the record and the field, so its stream
// is not complete and nothing is removed because of it.
//
// When ctx ends, the connector is asked to stop and may send what it has read
// for another seven seconds before the conversation is cut.
package stream
