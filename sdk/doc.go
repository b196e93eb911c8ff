// Package sdk is all a connector author sees: what a connector is made of, the
// program around it, an HTTP client that keeps to the rules, and the errors that
// tell a person what to do. README.md beside this file takes an author from
// nothing to a working connector.
//
// It owns the connector's side of protocol v1: batches, checkpoints, the window
// of what was not acknowledged, results, and the life of the process. It never
// keeps anything between two runs, never decides when to run, and never writes
// to the vendor.
//
// A stream's result is decided here and by nobody else, from how Read ended:
//
//	Read returned nil ──┬─ no gap, all sent ───────────── COMPLETE
//	                    └─ a gap was reported ─────────── COMPLETE_WITH_GAPS
//	an error, a panic, ─┬─ a cursor is on the host's disk PARTIAL
//	the end of ctx      └─ none is ────────────────────── FAILED
//
// A nil after the end of ctx, or after a Put that failed, is an error all the
// same: only COMPLETE makes the host take what it did not see for removed, so
// nothing a connector forgets may lead there.
//
// Decisions.
//
// Groups end by themselves every 500 records or 1.5 MiB, without a point to
// resume from. An author who forgets checkpoints still stays within one
// transaction of the host; one who calls Checkpoint with a cursor gets resuming.
//
// A record that cannot be sent is reported as a gap besides being returned as an
// error, because an ignored error must not look like completeness.
//
// A record is written once: in canonical form, straight from the struct, into the
// batch as it goes over the wire. Whatever takes another way (a map, a struct of
// the author's own) comes to the same bytes, only slower.
//
// Streams are read one after another in the order the host gives. It keeps the
// vendor's load predictable, lets a client made in Connect file its requests
// under the right step, and no vendor met so far was faster asked in parallel.
//
// Settings are validated offline against the connector's own schema before any
// of its code runs, so authors check only what a schema cannot say.
package sdk
