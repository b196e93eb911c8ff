// Package devbuild builds a connector for its author and reports when its sources change.
//
//	sources ──Build──▶ a program ──Next: waits──▶ sources changed ──Build──▶ …
//	                     └── or what the compiler says
//
// It compares the size and time of each file, four times a second at most, and less often
// where that takes long. It does not subscribe to the system's notifications: comparing
// also notices an editor that saves by renaming, a directory that was replaced, a shared
// directory and another branch, and needs no library and no limit on watches. Next
// returns when two comparisons in a row agree, so a burst of changes is one change.
//
// A build may write into the directory that is watched. A file that changes during one
// build counts as changed, because an author may save at that moment. A file that changes
// during two builds in a row is a build's own: from then on its changes count only while
// no build runs.
//
// It starts no goroutines. When Build returns, no process of the build is left.
package devbuild
