// Package event says what happened in the host: a numbered, bounded list that a
// reader can wait on. It is the one mechanism behind everything live.
//
// An event is a hint (topic, id, kind, connection), never the thing itself: the reader
// fetches what it shows. Nothing is stored; after a restart, or when a reader
// fell too far behind, Wait answers reset and the reader fetches everything.
//
// Numbers begin at the process's start time in milliseconds times 1000. They
// stay exact in a JSON reader's 53 bits, and a host that published fewer than a
// million events a second never hands out a number twice over a restart.
package event
