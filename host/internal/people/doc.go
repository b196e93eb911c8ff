// Package people knows which accounts there are, whose they are, and what is decided about them. It is a reader of the journal, and
// stores decisions there.
//
// The rules, and the index of accounts and persons in memory, are in package directory below. People has no files. It builds the index
// from the journal in the background, and follows it from then on:
//
//	building ──── all streams read ────▶ following ──── the journal cannot be read ────▶ failing
//	                                         ▲─────────────── it can again ─────────────────┘
//
// Every answer first takes up what was committed since; if that takes longer than a moment, the answer is of the state before and
// Position says so. While the index is built, lists are empty and say that they are. Building at once and following step by step give
// the same answers. History that is pruned takes with it accounts that were removed before, and what is older of FirstSeenAt.
//
// The documents of records are not in memory. Found.Versions names those of a page for the caller, who reads them for record.Complete.
//
// Goroutines: one to build and follow, from Open with Config.Follow to Close.
package people
