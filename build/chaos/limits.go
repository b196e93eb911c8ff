package main

import "time"

// limits are how soon what has to happen happens, on a machine that does nothing
// else. What takes longer is a violation, or a case that cannot go on; nobody waits
// for what has happened.
const (
	startLimit = 30 * time.Second // an agent answers, a command ends
	stopLimit  = 30 * time.Second // an agent ends that was asked to
	runLimit   = 90 * time.Second // a run has its outcome
	toldLimit  = 20 * time.Second // and has it on a disk that is full
	heardLimit = 10 * time.Second // a connector hears of a cancel, or stands still
	goneLimit  = 5 * time.Second  // processes, files and mounts are gone
	caseLimit  = 2 * time.Minute  // a whole case
)

// slack is what every limit is multiplied by. A machine that does other things as
// well needs more than 1, and then slowness is no violation.
var slack = 1.0

// allowed is a limit on this machine.
func allowed(limit time.Duration) time.Duration {
	return time.Duration(slack * float64(limit))
}
