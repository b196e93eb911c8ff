// Package sdk is what a connector author writes against. It has the parts of a connector, the
// program around it, an HTTP client that keeps to the rules, and errors that say what a person
// can do. README.md beside this file leads an author from nothing to a working connector.
//
// The package implements the connector's side of protocol v1: batches, checkpoints, the window
// of unacknowledged data, results, and the life of the process. It keeps nothing between two
// runs, does not decide when to run, and never writes to the vendor.
//
// The package alone decides a stream's result, from how Read ended:
//
//	Read returned nil ──┬─ no gap, all sent ───────────── COMPLETE
//	                    └─ a gap was reported ─────────── COMPLETE_WITH_GAPS
//	an error, a panic, ─┬─ a cursor is on the host's disk PARTIAL
//	the end of ctx      └─ none is ────────────────────── FAILED
//
// A nil after the end of ctx, or after a Put that failed, counts as an error. The host removes
// the records that a COMPLETE stream did not send, so a connector's mistake must not lead to
// COMPLETE. design.md gives the reasons for the other choices.
package sdk
