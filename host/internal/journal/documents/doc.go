// Package documents keeps documents, such as connections, holds and decisions, and the
// audit log of their changes.
//
// A document is a value of a Collection with a revision. Every write names its actor and
// is one entry of the audit log, in the same transaction: who did what to which document,
// and its value from then on. The audit log is a change log with a chain of its own. It is
// never pruned. Verification, backup and restore know every collection; a new kind of
// document needs a Collection and nothing else.
//
// A disconnected connection is a connection whose document has a Disconnection. Its secrets
// are deleted; its epoch, runs, streams and change log stay, so every list of a past moment
// can still be answered, and reconnecting goes on with the same id. That its records do not
// count as current is the readers' rule, not a change of the records: nothing was removed at
// the source. The audit log says when it was disconnected and reconnected, and by whom.
//
// Beside a connection's document are its alias, its sealed secrets, its epoch and its due
// time. This package never opens a secret.
package documents
