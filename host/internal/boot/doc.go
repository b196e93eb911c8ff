// Package boot reads the configuration, locks the data directory, opens every part of the
// host, the lowest first, and passes them to the use cases of package app. Close stops the
// parts in reverse.
//
//	Open:  lock → key → store → proxy → launcher → inventory → catalog → developments
//	       → supervisor → checks → tasks → installer → view → upkeep → schedule
//	Close: the same backwards. Runs are asked to stop and recorded as interrupted.
//
// Restore and VerifyClosed work on a data directory that no process owns.
package boot
