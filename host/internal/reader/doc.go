// Package reader follows the journal. A reader has a name, a position in the feed that
// survives restarts, and a function that handles what is new. The lists are a reader.
//
//	          new ones             Handle takes all or a part
//	waiting ─────────▶ handling ────────────────────────────▶ position stored ─▶ waiting
//	   ▲                   │
//	   └──── back-off ─────┘ Handle fails: the same batch again, after 1 s, 2 s … 5 min
//
// Handle gets every transaction at least once, in order. A crash between handling and
// storing the position repeats the last batch, so handling twice must have the effect of
// handling once. When the position is older than the kept history, the reader begins at
// the oldest kept transaction.
//
// Goroutines: one per reader, from Start to Close.
package reader
