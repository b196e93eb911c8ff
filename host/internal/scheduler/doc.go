// Package scheduler decides when a connection runs by itself and calls Config.Trigger
// then. The store keeps the due times. The scheduler runs nothing itself.
//
// Schedule  cron fields, a word such as @daily, or @every with a duration
// Due time  when a connection runs next: the schedule's time plus its Jitter
// Late      a run whose time passed while the host was off, asleep or held
//
//	           next time stored            clock reaches it
//	planned ----------------------> due ---------------------> triggered
//	   ^                             |                             |
//	   |     schedule changed        |                             |
//	   +-----------------------------+-----------------------------+
//	                 not planned any more: due time cleared
//
// A tick every 15 seconds reads the wall clock. It triggers what is due, once however
// many times were missed, and stores the next time. Between two wake-ups the plans are in
// memory, so a tick with nothing due does not read the store. While the store takes
// nothing (the disk is full), nothing is triggered. See design.md for time zones and for
// clocks that are set.
package scheduler
