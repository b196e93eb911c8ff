// Package packing is the use cases of evidence packs: it gathers what a pack says, and keeps the packs that were made. Package pack writes
// and verifies them.
//
//	request ── gather ──▶ pack.Content ── pack.Write ──▶ file below the data directory, until a person deletes it
//
// A pack is made by a task, one at a time. Its document in the journal says who asked for it; another entry is written when it ended, when
// somebody reads the file, and when it is deleted. A preview writes the same bytes and keeps none of
// them; what it would hold is in memory for a while.
//
//	running --> done | failed | cancelled      a pack that a stop of the host cut off has failed
//
// The key that signs packs is made with the first one and sealed like the secrets of connections. It is in no backup. A key that is lost
// is replaced by a person, not by itself: who verifies packs has to learn of the new one.
//
// Goroutines: none of its own; the task owns the one in which a pack is made.
package packing
