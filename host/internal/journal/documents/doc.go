// Package documents keeps documents, such as connections, holds and decisions, and the
// audit log of their changes.
//
// A document is a value of a Collection with a revision. Every write names its actor and
// is one entry of the audit log, in the same transaction: who did what to which document,
// and its value from then on. The audit log is a change log with a chain of its own. It is
// never pruned. Verification, backup and restore know every collection; a new kind of
// document needs a Collection and nothing else.
//
// Beside a connection's document are its alias, its sealed secrets, its epoch and its due
// time. This package never opens a secret.
package documents
