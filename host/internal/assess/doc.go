// Package assess judges tests over what the connections have read. The rules are in package monitor; this package finds the records, who
// belongs to whom, and how far each list can be relied on.
//
//	records of a kind ── for each test of the kind ──▶ items ──▶ result
//	      │
//	      └── person, accounts, devices, trainings, signatures, checks, twins: looked up in what was read at the same moment
//
// An evaluation is of one moment: it reads the records and the decisions that were stored then, in one pass over each kind. Evaluations
// are kept in memory until something is committed; they are derived, so nothing is lost with them. A list counts as stale when its last
// complete read is older than two periods of its schedule and older than two days.
//
// # Periods
//
// What held over a period is worked out from the versions in it, by the rules in package period. A test that reads nothing but the record
// is judged one record after the other, at the moments at which the record changed; so a stream may have any number of records. The
// other tests are judged together: what they read is loaded and taken forward from moment to moment, and a test judges the records that
// changed, or all when something changed that it looks up or counts. A test that depends on the clock or on persons is also judged at
// the end of each day and of the period; what changes by the clock alone is noticed then.
//
// The cost is bounded by mostJudged judgements of a test and mostKept bytes of versions; past that the answer says so and asks for a
// shorter period. Answers are kept in memory for their pages: those of a period that is over until something is committed, those of one
// that ends now for a minute. What takes long is a task of the kind held, with progress, that can be cancelled.
//
// Goroutines: none of its own; a task has one. Two calls that need the same evaluation share it.
package assess
