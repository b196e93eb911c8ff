// Package play plays the cases of the fault matrix: a world with an agent in it, the
// faults that happen to it, and the oracles that judge what is left.
package play
