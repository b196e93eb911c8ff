// Package journey runs the real program with a real connector, as a person at a
// shell would: whole processes, a data directory of their own, exit codes and
// --json. The connectors' tests use it for stories from `connection add` to what
// is on the screen afterwards.
//
// It knows the program by its public contract alone, the command line and its
// JSON, so it imports nothing of the host. It judges nothing: what must hold is
// said in the tests.
//
// # Decisions
//
// Programs are built once per test binary, in the parent test whose subtests are
// the journeys, and not with the race detector: the code under it is raced by its
// own tests, and the journeys start many processes.
//
// Nothing sleeps: Await asks again until a condition holds, with a deadline that
// is generous enough for a loaded machine and only ever reached by a defect.
package journey
