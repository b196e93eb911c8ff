// Package conform is the conformance kit: the cases that every connector program has to
// pass, whatever language it is written in.
//
// The kit starts the program as a host does, plays the host, and gives each case a
// verdict: passed, failed, or not tried, with what is missing. The file cases.md explains
// each case: what the kit tries, why, and how to fix a failure. Package sdktest runs the
// kit from Go tests; the command plumbline runs it from a shell.
//
// The kit uses no network beyond this machine. It answers the connector's requests from
// recorded exchanges, or a simulator on this machine answers them. It does not decide
// whether a connector may be installed. design.md gives the reasons for these choices.
package conform
