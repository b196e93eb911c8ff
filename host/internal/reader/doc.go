// Package reader follows the journal: a reader has a name, a position in the feed that
// survives restarts, and a function that handles what came since. The list view is a
// reader; notifications, tests and the fleet are others.
//
//	            news             Handle takes all or a part
//	waiting ─────────▶ handling ────────────────────────────▶ position stored ─▶ waiting
//	   ▲                   │
//	   └──── back-off ─────┘ Handle fails: the same batch again, after 1 s, 2 s … 5 min
//
// Handle sees every transaction of the feed at least once, in order: a crash between
// handling and storing the position repeats the last batch, so handling twice must
// come to the same as once. What Handle did not take is offered again after 2 s. News is
// gathered for half a second.
//
// A position from before the kept history cannot be gone on from. The reader then
// begins at the oldest transaction that is kept, and its status says since when.
//
// Goroutines: one per reader, from Start to Close.
package reader
