// Package host holds the nouns of Plumbline: connector, connection, run, step,
// record, change, health, and their validation. It imports nothing of ours.
//
// The story of a sync is the tree under host/internal read downward:
//
//	scheduler   a connection is due
//	supervisor  it gets a slot and an epoch
//	source      its connector's process is started and asked to read
//	plugin      the program is verified and started
//	intake      what it sends becomes groups that end at a checkpoint
//	store       one transaction per group, then the acknowledgement
//	health      history in, verdict out
//	event       what happened, numbered
//	api         the screen, the command line and scripts read it
//
// Ranked values, which settle arguments: never claim more than was read; never
// lose or duplicate a fact; never leak a secret; never surprise the person at
// the screen; then be fast; then be small.
//
// The JSON names of these types are the product's public contract: the API, the
// command line's --json and the screens all show them as they stand here.
package host
