// Package journal stores everything that Plumbline keeps: documents (connections, holds,
// decisions), sealed secrets, runs with their logs, due times, and every version of every
// record. All of it is in one directory with one owner. The package opens no secret, judges
// no health, talks to no connector, and starts no goroutine that outlives a call.
//
// A record is a value of a stream under a key. A version is one state of a record, or its
// removal, from its commit time on.
//
// A transaction is on disk together or not at all, and synced before it returns. Its commit
// time is later than that of every transaction before it.
//
// A change log lists the changes of a connection's records, one entry for each transaction.
// The audit log is the change log of documents. The feed is all change logs together, in
// the order of commit times.
//
// A chain is the links of a change log: each entry's link is a hash of the link before it
// and of the entry. An anchor is the head of a chain, written into a file outside the
// directory.
//
// A digest is the index of a stream's records in memory, as fingerprints.
//
// An epoch is the number of a connection's run. A run may write only while its epoch is the
// latest. ErrFenced (package layout) says that it is not.
//
// History is how far back the state of records can be asked for. Pruning moves it forward.
// A hold keeps a span of it.
//
// The rooms, from the bottom: layout (keys and stored values), anchor (the anchors file),
// digest and pack (compressed documents), ledger (the open directory, commit times, chains);
// documents, runs, records, writer and feed beside one another; swap, prune, verify and
// backup. Journal joins them.
// The directory itself is badgerdir's. design.md says why things are as they are.
package journal
