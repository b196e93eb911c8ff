// Package scheduler decides when a connection runs by itself and calls Config.Trigger
// then. Due times live in the store. It never runs anything and knows no run's
// outcome.
//
// # Time
//
// The cron library only parses and matches. A schedule is worked out on the wall
// clock of a place and then put on the time line. A schedule that names hours comes
// once for each wall time: one that the spring change skips comes at the first valid
// moment after the gap, one that the autumn change repeats comes the first time. So
// a daily schedule always runs daily. A schedule of every hour (@hourly, */15 * * * *)
// runs in the repeated hour as well, and not for the skipped one, so the time
// between two runs stays the same.
// "@every 6h" counts from the Unix epoch, not from the start of the program.
//
// A tick every 15 seconds looks at the wall clock, not at a timer that stops
// while the machine sleeps. What is due is triggered; however many times were
// missed, it is triggered once, marked late; then the next time is stored. After
// a crash in between it is triggered again, which is harmless: the run itself is
// refused while another is in progress, and reading twice changes nothing. Of a
// connection without a stored time, because the host ended before it looked, the
// times since it was planned count as missed.
//
// When the clock is set back, times come again and are triggered again, except the
// one that was triggered last. When it is then set forward past that one, the times
// behind it were missed, and they are triggered once.
//
// Between two wake-ups the plans are kept in memory: a tick with nothing due looks
// at the clock and touches no store.
//
//	           next time stored            clock reaches it
//	planned ----------------------> due ---------------------> triggered
//	   ^                             |                             |
//	   |     schedule changed        |                             |
//	   +-----------------------------+-----------------------------+
//	                 not planned any more: due time cleared
//
// A connection runs later than its schedule by a share of its own (Jitter), so
// that many on the same schedule do not start together.
//
// While nothing can be started at all (the disk is full) it does not look,
// so due times stay and what was missed is triggered once, late, afterwards.
package scheduler
