// Package insight computes how reliably connections are read: facts of runs in, a report out. It is a pure function. It stores
// nothing, reads no clock and knows no connection beyond what it is given.
//
// Terms
//
//	fact     what is kept of one finished run: when, how long, how late, how it ended and why
//	outcome  how a run ended, a closed set: see below
//	group    what a cause belongs to: the causes of package diagnosis are many, and who looks at a fleet asks for few
//	row      the figures of one connection, or of all that share a connector, a category or an owner
//
// Outcomes of a run. Each finished run has one.
//
//	completed     every step completed
//	partial       something was read, and something was not: a state of its own, neither a success nor a failure
//	failed        nothing is complete, and the cause lies with the company or this machine
//	inconclusive  nothing is complete, and the cause is an outage, a limit or a bug: it says nothing about the company's systems
//	cancelled     a person stopped it, or it never began; it counts in no figure but its own
//
// A run belongs to the moment at which it was queued, and so to one day of the report's time zone. Every figure is a count or a
// quantile over the facts that a Filter takes, and a list of runs uses the same Filter: a figure and the list behind it cannot differ.
//
// Figures
//
//	success      the share of the runs that completed. An outage lowers it, for nothing was read; the outcome says whose it was
//	median, p95  of how long completed runs took, by nearest rank, so that each is the duration of a run that there is
//	repair       from the end of the first run that did not complete to the end of the next one that did, on average
//	late         a run that began a minute or more after its schedule wanted it; the minutes are the sum over late runs
package insight
