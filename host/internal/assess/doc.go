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
// Goroutines: none of its own. Two calls that need the same evaluation share it.
package assess
