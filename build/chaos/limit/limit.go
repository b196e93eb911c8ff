// Package limit holds how soon what has to happen happens, on a machine that does
// nothing else.
package limit

import "time"

// What takes longer is a violation, or a case that cannot go on.
const (
	Start = 30 * time.Second // an agent answers, a command ends
	Stop  = 30 * time.Second // an agent ends that was asked to
	Run   = 90 * time.Second // a run has its outcome
	Told  = 20 * time.Second // and has it on a disk that is full
	Heard = 10 * time.Second // a connector hears of a cancel, or stands still
	Gone  = 5 * time.Second  // processes, files and mounts are gone
	Case  = 2 * time.Minute  // a whole case
)

// Slack is what every limit is multiplied by. A machine that does other things as
// well needs more than 1, and then slowness is no violation.
var Slack = 1.0

// Allowed is a limit on this machine.
func Allowed(limit time.Duration) time.Duration {
	return time.Duration(Slack * float64(limit))
}
