// Command chaos breaks the real program at named moments and checks that nothing
// was lost, doubled, invented or left behind. `make test` runs every case once,
// `make chaos` a hundred times; `go run ./build/chaos -h` lists the flags.
//
// # What plays
//
//	upstream   this process: an HTTP server on loopback that keeps the whole
//	           history of its items, serves listings page by page and a change
//	           feed, and forgets for good what the connector says it may
//	connector  ./connector, a program of its own made with the SDK; besides
//	           reading it misbehaves when it is told to
//	agent      `plumbline agent` as a process, spoken to over its socket
//	director   this process: hears of every moment, and holds whoever reached it
//
// # Moments
//
// A fault happens at a moment, never after a while. The connector reports its
// moments with a request to the director ("users.page", "findings.acked"), and
// goes on when it is answered; the answer may be an order, such as "panic". The
// agent does the same over a unix socket, from calls that are not in its source:
// the harness builds the programs with `go build -overlay`, from copies in which
// edits.go puts a line at an anchor. An anchor must be found exactly once; one
// that is not stops the build of the harness and names the edit, so a moment
// cannot quietly stop happening. The shipped binary has none of this.
//
// The same overlay makes limits small (groups split, the digest is compacted all
// the time), shortens the patience that would make a case take minutes, lets the
// director set the agent's clock, and holds the mutants: each is a condition
// that is false unless the mutant's name is in the environment of the agent, or
// in the file beside the connector. So all of them are in one build.
//
// # A life
//
// What one data directory goes through: up to eight cases, dealt out by the seed,
// so that each meets what the ones before it left. A case that needs a place of its
// own (a disk, a kernel that cannot contain) lives alone.
//
//	clean run ─▶ case ─▶ case ─▶ ... ─▶ clean run ─▶ every oracle ─▶ agent stopped
//
//	case:  history goes on ─▶ run with the fault ─▶ [agent started again]
//	         ─▶ fault undone, history goes on ─▶ clean run ─▶ oracles on these runs
//
// A life ends at the first case that goes wrong; the ones it did not come to are
// another life. What went wrong is tried alone, so that the command which repeats it
// is as short as can be.
//
// The history is random and belongs to the seed: created, updated, removed and
// re-created items, several changes within one tick of the vendor's clock,
// sections that may not be read for a while, pages that come in another order
// and size.
//
// # Power cuts
//
// -play power is another play: it has no faults, only acts of an administrator, in a
// fixed order, on a disk of their own. powerDisk documents how a cut is taken. At a
// moment drawn by the seed (after so many writes to the disk, or when the act was
// acknowledged) the disk is copied, with what the agent had acknowledged before. An
// agent on the copy then has to have all of it. What was asked for and not yet
// acknowledged may be there or not.
//
// The copy is what a disk without a cache of its own holds. A disk that loses a cache
// when its power is cut loses only what no flush was waited for.
//
// # Oracles
//
//  1. store: what is stored is what the upstream had when the run read it, and in
//     the end what it has.
//  2. log: each record's entries in the change log are a sequence of versions it
//     really had, in order, none repeated, and replaying the log gives the store.
//  3. feed: a consumer with a cursor of its own, reading also in the middle of a
//     run and across crashes, gets every change exactly once, and none of them is
//     ever taken back.
//  4. cursor: nothing that the upstream was told to forget is missing, and a
//     resumed read leaves no hole.
//  5. sweep: a record is removed by a run only when that run read the whole list
//     from its beginning, was refused nothing, and the list does not hold it.
//  6. left: no process, pipe, socket or file is left, and no secret in any file.
//  7. truth: status, steps, codes, counters and health say what happened.
//
// # Decisions
//
// Waiting is waiting for a moment, an event of the API or the end of a process;
// the one thing measured in time is a fault that is a length of time (a connector
// stopped for a while). limits.go says how soon what has to happen happens; on a
// machine that does other things as well, -slack allows more.
//
// A SIGKILL leaves the system's page cache, so no case of the matrix shows whether a
// write was synced; power cuts show that. What the matrix shows is order: acknowledged
// before stored, forgotten before acknowledged, cursor before data.
//
// A process that left its group on purpose survives its connector: the host has
// no means to follow it. The case asks only that it holds nobody up, and ends it.
//
// Cases that need a disk of their own mount a small image; where that is not
// allowed they are reported as not run, never as passed.
//
// When a history fails it is shrunk: the same case and seed with fewer and fewer
// events, as long as the same oracle complains.
package main
