// Package period says of a period of time how far it is known what a list had, and whether what must hold held at every moment. It is
// pure: it reads no journal and no clock.
//
// # Days
//
// A moment is near enough after a read if a complete read of the list ended at it or before it, at most as long ago as the list allows:
// two periods of the schedule that was in force when the read ended, and two days at least. That is the rule by which a judgement of that
// moment would not have called the list stale. No moment before that since when history is kept is near enough.
//
// A day, which is one of the time zone of schedules and as much of it as is in the period, is
//
//	proven    if a complete read ended in it, or each of its moments is near enough after one
//	in part   else, if a read of it was partial, or some of its moments are near enough
//	blind     else
//
// A day is as its list is, with one exception: of a day before history is kept nothing can be shown, so it is blind whatever ran then.
// A day of a test is proven if it is for each of its lists, blind if it is for each list that the test judges, else in part. A list of a
// connection that was disconnected by then does not count.
//
// # Held
//
// What a test says of an item is the same from one moment to the next at which something was stored that it reads. So an item is a row of
// stretches, each with an outcome. Hold turns them into an answer:
//
//	pass       yes while everything that the item depends on is near enough after a read, else cannot say
//	fail       no; a count and what is looked up fail only while that is near enough after a read, else cannot say
//	unknown    cannot say
//	excluded   counts for nothing
//	away       counts for nothing: the record was not there, or not in scope. But when it comes into scope after a time without a near
//	           enough read, that time is cannot say: it may have been there before.
//
// One no makes the item a no, and one cannot say makes it one if there is no no. A test held if each item did, there is one, and every
// list that it reads was near enough after a read at every moment.
package period
