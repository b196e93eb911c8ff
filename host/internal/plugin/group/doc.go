// Package group starts a connector's process in a process group of its own, counts
// what the group takes of this machine, and ends the group.
package group
