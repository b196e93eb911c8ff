// Package census counts what connector processes take of this machine: memory,
// processes and threads, files without a name. Linux tells it in /proc; of other
// systems nothing is known.
package census
