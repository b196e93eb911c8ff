// Package power plays power cuts: an agent on a disk of its own, copies of the disk as
// a cut leaves it, and the oracles that judge an agent on such a copy.
package power
