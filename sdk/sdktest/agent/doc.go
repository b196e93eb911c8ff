// Package agent runs the real program as `plumbline agent`, for tests and measurements of the whole program.
// It starts the process, waits until the process owns its data directory and answers, calls its API over the
// socket, and ends it. It uses only the public contract: the command line, owner.json and the API.
package agent
