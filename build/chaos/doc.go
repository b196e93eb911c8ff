// Command chaos breaks the real program at named moments and checks that nothing
// was lost, doubled, invented or left behind. `make test` runs every case once,
// `make chaos` a hundred times; `go run ./build/chaos -h` lists the flags.
//
//	moment    a named point in a run of the agent or the connector, at which a
//	          fault can strike
//	fault     what is broken at a moment, such as a process that is killed
//	case      a fault at one of its moments
//	life      the cases that one data directory goes through, one after the other
//	oracle    a check of what a case left
//	mutant    the program with one fault in its source, which a case or a test has
//	          to catch
//	upstream  this process: an HTTP server on loopback that keeps the whole history
//	          of its items, serves listings page by page and a change feed, and
//	          deletes for good what the connector acknowledges
//	connector ./connector, a program made with the SDK that misbehaves when it is
//	          ordered to
//	agent     `plumbline agent` as a process, which the cases call over its socket
//	director  this process: it receives every moment, and holds the program that
//	          reached the moment a case waits for
//
// design.md says how moments get into the programs, how a life goes, what each
// oracle checks and why.
package main
