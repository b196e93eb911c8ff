// Package admission decides whether one more run may begin now. A Room knows the
// runs that go on and what their programs take; Rules, which are pure, hold that
// against what was measured of the machine.
//
//	Refuse ─▶ Enter ──program introduced itself: Started──▶ Leave
//
// A run is admitted when all of this holds:
//
//	number      fewer runs go on than Rules.Most; a few of those places are for
//	            people, so that a crowd of scheduled runs never takes the last one
//	starts      fewer programs are starting than there are processors, and on a
//	            busy machine none. A start is the expensive moment of a run, and one
//	            takes longer on a busy machine: starts slow down by themselves
//	memory      what is free covers what the running programs may still come to
//	            take, what this one takes, and a reserve
//	processors  while programs wait for a processor nearly all of the time, and those
//	            of runs take half of all processors or more, at most pressedRuns
//	            runs a processor go on
//
// The first run is always admitted, whatever was measured.
//
// What a program may come to take is what programs of its connector were seen to
// take: the most of the latest run, or the middle between that and what was expected
// before it, if that is more. A connector never seen counts unseenMemory. The limit at
// which a connector is ended is no part of this.
//
// Free memory is the least of what the system says is available and of what each
// control group above this process has left (versions 1 and 2). Where the system does
// not tell, blindRuns runs a processor go on.
//
// The package starts no goroutine. What is refused now may be admitted a moment later
// though no run has ended: who was refused asks again.
package admission
