// Package agent runs the real program as `plumbline agent`, for tests and measurements
// of the whole: it starts the process, waits until it owns its data directory and
// answers, calls its API over the socket, and ends it.
//
// It knows the program by its public contract alone: the command line, owner.json and
// the API. It imports nothing of the host.
package agent
