// Package rulebook knows which tests there are and what people have decided about them. What they find is worked out in package assess.
//
//	library ──┐
//	custom  ──┴─▶ test ── setting: on or off, parameters, severity, days, owner ──▶ rule ──▶ judged in package assess
//	                      exclusions: items that a person has taken out of it
//
// Every decision is a document of the journal: an entry of the audit log names who made it, and a change that is based on another revision
// than the stored one is refused. So Rules can be asked for any moment, and what is judged as of a past day is judged by the decisions
// of that day. The library is that of this version of the product.
//
// The collections, and who writes them: test_setting by the id of the test (SetTest), test_exclusion by the id of the exclusion (Exclude,
// WithdrawExclusion), custom_test by the id of the test (PutCustomTest, PublishCustomTest, RetireCustomTest), custom_test_version by id
// and number (PublishCustomTest; RetireCustomTest notes in the latest until when it was judged).
//
// Disabling and excluding differ:
//
//	disable a test    nothing is judged by it; its state is unused; controls do not count it; a pack lists it as disabled, with the reason
//	exclude an item   the test goes on for the others; the item counts neither as pass nor as fail; a pack lists it with reason and end
//
// An exclusion never changes after it was made but for its end by a person. It counts while it stands and its time is not over. It is of a
// connection, a stream and a key, so it holds for every version of the record.
package rulebook
