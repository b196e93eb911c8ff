// Package check tries settings and secrets with a connector before anything is stored
// or synced. It starts the connector's program, has it check, and keeps the
// checks under way with the probes found so far. Stop waits for all of them.
package check
