// Package supervisor owns every running sync: at most one per connection, at
// most a set number at one moment, each with a deadline and an end for certain.
//
//	Start ─▶ queued ──slot──▶ running ─┬─▶ succeeded   every step completed
//	            │                      ├─▶ partial     some steps did
//	            │                      ├─▶ failed      none did
//	            └──────Cancel──────────┴─▶ cancelled   a person asked
//	                                     ▶ interrupted the host was stopped or died
//
// A run's epoch is taken from the store when it is queued; the store refuses
// commits of an older epoch, so a run that outlived its supervision can write
// nothing. While a run is active this package holds the authoritative copy of
// it; the store has it as of its last change of step.
//
// It decides what a stream's result means for its step and the run, and whether
// trying again by itself can help. A connector's word that it was stopped counts
// only when it was asked to stop; a stream that the settings leave out is read as
// empty, and its records go or are held like any others. It never decides what is
// due and never draws a verdict on a connection.
//
// Goroutines: one per active run, started in Start, ends with the run; Stop
// waits for all.
package supervisor
