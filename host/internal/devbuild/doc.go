// Package devbuild is what an author works in: it builds a connector from what it
// was given and notices when that changes.
//
// It never starts the program, never speaks to an agent and never decides what a
// build is good for.
//
//	files ──Build──▶ a program ──Next: waits──▶ files changed ──Build──▶ …
//	                     └── or what the compiler says
//
// Changes are found by looking at sizes and times, four times a second at most and
// less often where a look takes long, and not by asking the system for them: a look
// sees what an editor does by renaming, a directory that was deleted and made anew,
// a mounted or shared directory and a branch that was switched alike, needs no
// library and no limit on watches, and a connector's sources are a few dozen files.
// What changed is reported when two looks in a row agree, so a burst is one change.
//
// A build may write where it is watched. What changes while one build runs counts,
// because an author may save just then; what changes during two builds in a row is
// taken for something the build writes, and from then on its changes count only when
// no build runs.
//
// It starts no goroutines, and of a build no process is left when Build returns.
package devbuild
