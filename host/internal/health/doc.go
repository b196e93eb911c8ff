// Package health says what to think of a connection: history in, verdict out. It
// is a pure function, derived each time and stored nowhere; it reads no clock. A
// removal that waits for a person makes a connection unhealthy, whatever its latest
// run says.
//
// # Health
//
// Health is taken from the latest finished run alone: healthy when every step
// completed, unhealthy when one or more errored, unknown when no run has
// finished. A gap is an error: something was not read. A run that recorded no
// steps is judged by its outcome, and the explanation says so. Two kinds of run
// say nothing and are passed over: cancelled ones, and those the host stopped
// before they began. When the latest finished run was cancelled, the explanation
// says so, and that the verdict is that of the run before.
//
// # Reason
//
// The first row that holds:
//
//	draft            no run has finished
//	paused           the connection is paused
//	  unhealthy:
//	action_required  a failure is the customer's to mend: fault customer, or retry
//	                 waits for config or credential; or a removal waits for a person
//	degraded         the host was stopped; or something was read and every failure
//	                 heals by itself, or no step failed as a whole; or only a rate
//	                 limit is in the way
//	failing          any other failure
//	  healthy:
//	failing          no success for two intervals
//	late             no success for one interval
//	on_time          all is well
//
// An interval has a tolerance of a tenth, at most five minutes: as much as the
// scheduler spreads the runs. Health and reason can point apart on purpose: a
// connection whose last run completed, three days ago, is healthy and failing.
// Health says what the run did, the reason says whether to rely on it now.
package health
