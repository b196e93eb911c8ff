// Package admission decides whether one more run may begin now. A Controller counts the
// runs that go on and what their programs take; Rules, which are pure, compare that with
// the machine.
//
//	Refuse ─▶ Acquire ──handshake done: Started──▶ Release
//
// A run is admitted when all of this holds:
//
//	number      fewer runs go on than Rules.Most, for a run of the schedule fewer by
//	            peoplesShare, so that people never wait for a crowd of scheduled runs
//	starts      fewer programs are starting than there are processors, on a busy
//	            machine none: a start is the expensive part of a run
//	memory      free memory covers the growth of the running programs, this one and a
//	            reserve
//	processors  while programs wait for a processor nearly all of the time, and those
//	            of runs take half of all processors or more, at most pressedRuns
//	            runs a processor go on
//
// The first run is always admitted. A refused run may be admitted a moment later though no
// run has ended, so the caller asks again.
//
// Expected memory  the most that a connector's program took in its latest run, or the mean
// of that and what was expected before, if that is more; unseenMemory at first.
//
// Free memory  the least of what the system says is available and of what each control
// group above this process has left (versions 1 and 2). Where the system does not say,
// blindRuns runs a processor go on.
package admission
