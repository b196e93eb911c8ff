// Package app opens every part of the host from the ground up, stops them in
// reverse, and offers every use case of the product. The API, the command line
// and the window are its only callers; it knows none of them.
//
// One engine owns a data directory. The claim is a lock on DIR/lock, taken
// before anything else is opened; DIR/owner.json beside it says who holds it and
// where its socket is.
//
//	Open:  lock → key → store → interrupted runs closed → events
//	       → launcher → inventory → catalog → supervisor → scheduler → lists
//	Close: scheduler → lists → supervisor (runs are asked to stop, then recorded as
//	       interrupted) → launcher → store → lock
//
// A program that its author works on takes a connector's place for as long as its
// lease is renewed. What it reads carries host.TrustDevelopment in run and record.
//
//	own program ──StartDevelopment──▶ in development ──ReloadDevelopment, good──▶ the new one
//	     ▲                              │   ▲   └── bad: the last good one stays
//	     │                              │   └──RenewDevelopment (every few seconds)
//	     └─ EndDevelopment, 15 s without a word, or the host ends ─┘
//
// The host runs a copy, so that a build never changes what runs. A run under way
// goes on with the program it was started with. Trusting and updating the connector
// wait meanwhile.
//
// Goroutines are started only by the supervisor, the scheduler, by checks, lists
// and upkeep; Close waits for all of them. Upkeep looks at the disk every few
// seconds and after the store (value log, deletions left over, pruning) when
// nothing has run for a moment, or beside runs after six hours without one.
package app
