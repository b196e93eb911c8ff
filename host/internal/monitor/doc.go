// Package monitor judges tests: what must hold for records, and whether it does. It is pure: it reads no journal and no clock.
//
//	test ── Compile ──▶ Program ── Judge, for each record ──▶ items ── Conclude ──▶ result
//
// An expression is three-valued. A fact that is not known has no value: a field that is absent, a word "unknown", a person who cannot
// be told because no connection supplies persons. What depends on such a fact is unknown too, unless the rest decides:
//
//	scope      expect     outcome
//	no         any        not applicable
//	yes        yes        pass
//	yes        no         fail
//	yes        unknown    unknown
//	unknown    yes        pass      whether it is in scope or not, nothing is wrong with it
//	unknown    other      unknown
//
// A test passes only if every item in scope passes, there is one, and every list that it read was read whole and lately. Conclude has
// the order of the states. Exclusions take away a fail or an unknown of one item; they never make a test pass that has no other item.
//
// A test that counts first judges scope and Of for each record, then Expect for each count. Records of which it is not known whether
// they count make the count a range; the test passes or fails only if it does so for each number of the range.
package monitor
