// Package journey runs the real program with a real connector, as a person at a shell does: with processes, a data
// directory, exit codes and --json. The tests of the connectors use it for stories from `connection add` to the
// output that people see.
//
// It uses only the program's public contract, the command line and its JSON, and imports nothing of the host. The
// tests decide what must hold.
//
// The parent test builds the programs once for all journeys, without the race detector: the code has its own tests
// with it, and the journeys start many processes. No journey sleeps: Await tests a condition until it holds. Its
// deadline is generous, so only a defect reaches it.
package journey
