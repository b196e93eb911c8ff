// Package health judges a connection: its history in, a verdict out. It is a pure
// function: it stores nothing and reads no clock.
//
// Health  of the latest finished run: healthy when every step completed, unhealthy when a
// step errored, unknown when no run has finished. A gap is an error. A run without steps
// is judged by its outcome. Cancelled runs, and those that the host stopped before they
// began, do not count. A removal that waits for a person makes a connection unhealthy.
//
// Reason  the first row that holds:
//
//	draft            no run has finished
//	paused           the connection is paused
//	  unhealthy:
//	action_required  the customer has to act: fault customer, or the retry waits for
//	                 config or credential; or a removal waits for a person
//	degraded         the host was stopped; or something was read, and every failure
//	                 recovers by itself or no step failed as a whole; or all failures
//	                 are rate limits
//	failing          any other failure
//	  healthy:
//	failing          no success for two intervals
//	late             no success for one interval
//	on_time          otherwise
//
// An interval has a tolerance of a tenth, at most five minutes: as much as the scheduler's
// jitter. A connection whose last run completed three days ago is healthy and failing:
// health says what the run did, the reason says whether to rely on it now.
package health
