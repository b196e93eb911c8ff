// Package event is the host's log of events, on which everything live waits.
//
// Event  a hint that something changed: topic, id, kind and connection. The reader fetches
// what it shows.
// Log    the latest events in memory, numbered. A reader that missed some gets reset and
// fetches everything.
//
// Numbers begin at the process's start time in milliseconds times 1000. They stay exact in
// a JSON reader's 53 bits, and are larger after a restart as long as the host publishes
// fewer than a million events a second.
package event
