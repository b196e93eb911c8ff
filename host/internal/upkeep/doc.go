// Package upkeep maintains the store in the background. It measures the free disk space
// every few seconds. While no run is under way, or after six hours beside runs, it
// compacts the value log, finishes deletions and prunes history, in small steps that stop
// when a run begins. It also ends the runs that a crash left.
//
//	measuring the disk ──no run, 10 min since the last──▶ maintaining ──done, or a run began──▶ measuring
package upkeep
