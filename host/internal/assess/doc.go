// Package assess judges tests over what the connections have read. The rules are in package monitor, and what is stored of each record is
// in package results; this package finds the records, who belongs to whom, and how far each list can be relied on.
//
//	records of a kind ── for each test of the kind ──▶ marks, kept ──▶ counts ──▶ result ──▶ entry of the history, if it is another
//	      │
//	      └── person, accounts, devices, trainings, signatures, checks, twins, account: looked up in what was read
//
// A round brings the kept marks up to date. It goes through the streams that changed and judges
//
//	a record whose version is another               by every test of its kind
//	a record whose joins have something else        by the tests that read that variable
//	every record, when a test or what it reads of   by that test
//	the connection is another
//	every record, the first time of a day           by the tests that read the time
//
// A test is another when a parameter, an exclusion or its version is; which tests there are, and what is decided about them, is in package
// rulebook, and is read again after each commit and when an exclusion ends. One that is disabled is not judged: its state is unused.
//
// Each row keeps a number for what each of its joins had. What a change concerns is found by comparing these numbers, so no rule says who
// depends on whom, and a round that was disturbed, or never ended, is mended by the next one. The numbers are compared when persons, or
// records that others look up, have changed; a change of other kinds costs its own stream alone.
//
//	behind ── commit, midnight, the end of an exclusion, a look ──▶ judging ── sheets and position saved together ──▶ settled
//	   ▲                                                               │ fails: the former results hold; again after 1 s, 2 s … 5 min
//	   └───────────────────────────────────────────────────────────────┘
//
// What an unfinished run has written waits for its end, for ten minutes at most. A result says what is committed and not judged yet
// (Judging). How far lists can be relied on is never kept: it is judged at each look. A list counts as stale when its last complete read is
// older than two periods of its schedule and older than two days.
//
// The history of a test is the collection verdict of the journal: an entry for each change of its state, its counts or its version. An
// entry is written after a round that saw everything up to its position and nothing after it; while there is no such round for ten
// minutes, one is written that says so. Since when a record fails is kept with its marks; made again, it fails since the version was read.
//
// An evaluation of a past moment (evaluate) keeps nothing: it reads the records and the decisions that were stored then, in one pass over
// each kind.
//
// Goroutines: one from FollowTests to its stop. One at a time judges: it has the token turn. Without FollowTests an answer judges first.
package assess
