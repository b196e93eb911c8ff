// Package timeline says of a period of time what was read in it, and whether tests held at every moment of it. The rules are in package
// period; this package finds the runs, the versions, and who belonged to whom.
//
//	runs, edits of connections ──▶ reads of each list ──▶ days that are proven, in part, blind
//	versions of the period ──▶ each item at each moment at which something changed ──▶ yes, no, cannot say
//
// A test that reads nothing but the record is judged one record after the other, at the moments at which the record changed; so a stream
// may have any number of records. The other tests are judged together: what they read is loaded and taken forward from moment to moment,
// and a test judges the records that changed, or all when something changed that it looks up or counts. A test that depends on the clock
// or on persons is also judged at the end of each day and of the period; what changes by the clock alone is noticed then.
//
// Each test is judged as it is now, with its parameters of now. An exclusion counts for the moments at which it stood, also when it has
// ended or was withdrawn since. A test that is disabled now is not judged, and the answer says so.
//
// The categories and aliases of connections and the order of the sources of persons are today's. A connection that was
// disconnected counts up to that moment, but for persons that were known from it alone.
//
// The cost is bounded by mostJudged judgements of a test and mostKept bytes of versions; past that the answer says so and asks for a
// shorter period. Answers are kept in memory for their pages: those of a period that is over until something is committed, those of one
// that ends now for a minute. They are derived, so nothing is lost with them. What takes long is a task of the kind held, with progress,
// that can be cancelled.
//
// Goroutines: none of its own; a task has one.
package timeline
