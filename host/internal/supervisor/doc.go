// Package supervisor owns every running sync: at most one per connection, as many at
// one moment as the machine has room for, each with a deadline and an end for certain.
//
//	Start ─▶ queued ──turn──▶ running ─┬─▶ succeeded   every step completed
//	            │                      ├─▶ partial     some steps did
//	            │                      ├─▶ failed      none did
//	            └──────Cancel──────────┴─▶ cancelled   a person asked
//	                                     ▶ interrupted Plumbline was stopped or died
//
// A run's epoch is taken from the store when it is queued; the store refuses
// commits of an older epoch, so a run that outlived its supervision can write
// nothing. While a run is active this package holds the authoritative copy of
// it; the store has it as of its last change of step. An outcome that the store
// cannot take, because the disk is full, is kept here and tried again every
// second; until then the run is in nobody's way.
//
// It decides what a stream's result means for its step and the run, and whether
// trying again by itself can help. A connector's word that it was stopped counts
// only when it was asked to stop; a stream that the settings leave out is read as
// empty, and its records are held like any others. A cursor that the connector
// refuses is forgotten, and the next run reads the stream from its beginning; so does
// a run that a person asked to read everything, and, for an incremental stream, one
// after the interval of full reads. It never decides what is due and never draws a
// verdict on a connection.
//
// # Whose turn it is
//
// One queue holds every run that waits; it alone gives turns, under one lock, so
// no limit is ever exceeded for a moment. A run joins it in Start, before it is
// stored: the order of asking is the order of Start, whatever goroutines do.
//
//	join ─▶ waiting ──turn──▶ running ──leave──▶ gone
//	           └──────leave (cancelled)───────────┘
//
// A run has its turn when the machine has room for it (package admission), when its
// connector is below its limit, and when its tenant's rate budget admits one more. When
// the machine has no room for the next, nobody goes: else a large program would wait for
// ever behind small ones. Who of these is next:
//
//	people before the schedule   but after three in a row one scheduled run goes
//	then between connectors      the one with the fewest runs; of equals the one
//	                             whose last turn is longest ago
//	then between its tenants     the same
//	then of one tenant           who asked first
//
// So a connector, or a tenant, with a thousand connections keeps the others
// waiting for one turn, not for a thousand. Of many places a few are for people alone,
// so what a person asks for does not wait until a scheduled run ends. The place told to people is worked
// out by playing the turns on a copy, when somebody looks: it says who goes
// before whom if nobody else comes.
//
// # Rate budgets
//
// A run draws on its tenant's budget (package budget) from before its connector is
// opened until it ends. Its part is in Open and, whenever that changes, in a lease
// on the wire. When the vendor says "too many" to one, the others of the tenant
// hold and further ones do not begin until then. A connector that cannot be told of a
// change keeps the part it began with: a run of it begins only beside fewer than four
// others of its tenant, and gets a fifth of the rate: something is left for who joins.
//
// # When a run failed
//
// Tried again by itself: only when every failure heals without a person; after 1,
// 4, 16, 64, 256 minutes or when the vendor said, whichever is later; once only
// after a crash, a bug or an answer nobody understands. Given up, so that the
// connection is paused with the reason: after 3 runs in a row that need a person,
// or 10 that failed in any way over at least a day (giveUp). A program that crashed
// 5 times within 15 minutes, whatever the connection, is started only for a person
// until one of its runs completes; another version is another program, and a
// restarted host tries anew.
//
// Goroutines: one per active run, started in Start, ends with the run; Stop
// waits for all.
package supervisor
