// Package limit says how soon each expected event must come, on a machine that does
// no other work.
package limit

import "time"

// An event that takes longer is a violation, or a case that cannot go on.
const (
	Start      = 30 * time.Second // an agent answers, a command ends
	Stop       = 30 * time.Second // an agent ends after a request
	Run        = 90 * time.Second // a run has its outcome
	OnFullDisk = 20 * time.Second // and has it on a full disk
	Heard      = 10 * time.Second // a connector gets a cancel, or stands still
	Gone       = 5 * time.Second  // processes, files and mounts are gone
	Case       = 2 * time.Minute  // a whole case
)

// Slack multiplies every limit. A machine that does other work as well needs more
// than 1.
var Slack = 1.0

// Allowed is a limit on this machine.
func Allowed(limit time.Duration) time.Duration {
	return time.Duration(Slack * float64(limit))
}
