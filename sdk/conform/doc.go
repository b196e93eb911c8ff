// Package conform is the conformance kit: the cases that every connector program
// has to get right, whatever language it is written in.
//
// It owns the cases, starts the program as a host does, plays the host, and says
// of each case whether it passed, failed, or could not be tried and what would
// let it be. cases.md beside this file tells of each case what is tried, why, and
// how to mend it. Package sdktest runs the kit from Go tests, and the program
// plumbline from the command line.
//
// It never reaches a network beyond this machine: what a connector asks of its
// system is answered from recorded exchanges, or by a simulator that runs while
// the kit does. It never decides whether a connector may be installed.
//
// Decisions.
//
// Protocol v1 has no verb that discovers streams, so there are no cases of group
// S; nor does it have a sample mode, redaction classes, draining or a memory of
// "observed at", so R6, R17, R20 and P5 are not what other kits have under
// these names, or are missing. A number is never given to another case.
//
// Faults are laid over the recorded exchanges at the host's proxy, where every
// request of a contained connector passes. So one complete recording is enough
// for most cases, and a connector needs no setting that points it elsewhere.
//
// What is judged is what a host would have stored. A stream that says COMPLETE
// must hold what it held without the fault; how the connector got there is its
// own affair.
package conform
