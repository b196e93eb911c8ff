// Package supervisor runs syncs: at most one per connection, as many at one moment as the
// machine has room for, each with a deadline.
//
//	Start ─▶ queued ──slot──▶ running ─┬─▶ succeeded   every step completed
//	            │                      ├─▶ partial     some steps did
//	            │                      ├─▶ failed      none did
//	            └──────Cancel──────────┴─▶ cancelled   a person asked
//	                                     ▶ interrupted Plumbline was stopped or died
//
// A slot lets one run go on. A run reads from a source (package source) and writes to
// Store. A step is one part of a run with its own outcome; most steps read a stream.
//
//	Supervisor   the active runs, by connection and by id
//	queue        which waiting run gets the next slot
//	recorder     the authoritative copy of one active run
//	sink         the store's side of one run; it implements source.Sink
//	crashes      programs that crash again and again
//
// Store gives a run an epoch when the run is queued and refuses commits of an older
// epoch, so a run that outlived its supervision writes nothing. While a run is active the
// recorder has the authoritative copy of it; Store has it as of its last change of step.
// An outcome that Store cannot take, because the disk is full, stays with the recorder
// and is stored again every second; meanwhile it does not block the connection.
//
// Supervisor decides what a stream's result means for its step and the run, whether the
// run is tried again by itself, and whether the connection is paused. It does not decide
// when a run is due, and it does not judge the health of a connection. design.md has the
// rules of the queue, of rate budgets, of cursors and of failures.
//
// Each active run has one goroutine: Start starts it, it ends with the run, Stop waits
// for all of them.
package supervisor
