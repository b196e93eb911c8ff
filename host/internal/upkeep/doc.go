// Package upkeep looks after the store in the background: free disk space every few
// seconds, and the value log, unfinished deletions and pruning when no run is under
// way, or beside runs after six hours without a quiet moment. It works in small steps
// and gives way when a run begins. It also ends the runs that a crash left.
//
//	watching the disk ──quiet, 10 min since the last──▶ tending ──done, or a run began──▶ watching
package upkeep
