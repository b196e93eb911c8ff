// Package testhost plays the host in a sync, for the test kits of the SDK. It opens the run,
// acknowledges checkpoints, cancels, and closes its side as Manner says. It passes the connector's
// messages to its caller and judges none of them.
package testhost
