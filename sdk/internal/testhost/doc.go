// Package testhost plays the host's half of a sync for the test kits of the SDK: it
// opens the run, acknowledges checkpoints, cancels, and closes its side as Manner
// says. What the connector sends it hands on; it stores and judges nothing.
package testhost
