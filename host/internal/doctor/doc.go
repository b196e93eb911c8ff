// Package doctor examines the machine that the host runs on: the data directory, the
// key, the socket, the clock, the environment, the proxy and what contains connectors.
// Each function returns one Finding and changes nothing. It does not know connections
// or runs.
package doctor
