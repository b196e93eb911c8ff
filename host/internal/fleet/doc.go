// Package fleet is what people ask of all connections together: how reliably they are read, what keeps them from it, and which runs
// are behind each figure. Package insight computes; this package gathers.
//
// The facts of runs are kept in memory, a hundred bytes a run, since a report over two hundred thousand runs would read and decode each
// of them otherwise. They are derived. A sealed file of the data directory keeps them from one start to the next; the latest run that
// it knows of a connection is the position from which it goes on. The file can be deleted at any time. It counts as none when it is
// damaged, when another program wrote it, and for a connection of which the journal does not have that run, as after a restore.
//
//	unknown ──first question──▶ known ──a run ended──▶ behind ──next question──▶ known
//	   └───the file has it───▶ behind
//	                              │
//	                              └──runs were pruned, connection deleted──▶ unknown
//
// Who owns what: a past holds the facts of one connection under its own lock, and whoever asks first brings it up to date. What was
// handed out is never changed, only added to. Supervisor.Generation says when a past is behind; Maintenance says when runs were pruned.
//
// The file is written after a question that read many runs, and by Close.
//
// Goroutines: only while a question brings several pasts up to date; they end before its answer.
//
// The cause of a run is the one that package diagnose puts first, from the run itself, the last run that worked before it and the edits
// between the two. The explanation of one run knows the lines of its log and other connections too, and may be surer of it.
package fleet
