// Package journal keeps documents (connections, holds, decisions), sealed secrets, runs,
// logs, due times, and every version of every record, in one directory with one owner. It is
// the only code that knows a key. The directory itself is badgerdir's.
//
// It never opens a secret, never judges health, never talks to a connector, and
// starts no goroutine of its own; Badger's end in Close.
//
// # What holds
//
// One transaction per group of records: epoch check, changed records, change
// log, digest and cursor are on disk together or not at all (SyncWrites is on).
// A group too big for one transaction is split; each part is whole in itself
// and repeating it changes nothing, and only the last part moves the cursor. So
// after a crash between any two transactions, versions, change log and digest
// agree, and at worst some records are read again. Verify checks exactly this.
//
// An unchanged record writes nothing. Which records are unchanged, and which
// were not seen by a complete read, is known from the stream's digest: a hash of
// the key beside a hash of the document, 32 bytes a record, loaded once per run.
// Which records were seen is not stored. A digest takes up to 64 bytes of memory a record.
// All digests share Options.DigestMemory; a stream that does not fit is refused with
// store.memory, and what it stored before stays right.
//
// A run may write only while its epoch is its connection's latest. BeginRun
// hands out epochs; deleting a connection takes its epoch away. Both conflict
// with a commit in flight, so a run that was taken over cannot write.
//
// Commit times count up strictly over the whole store, also when the clock is
// set back. They order the versions of a record and answer "as of".
//
// # Documents
//
// A document is a value of a collection, such as a connection, with a revision. Every
// write of documents names its actor and is one entry of the audit log, in the same
// transaction: who, what was done to which document, and the document from then on. The
// audit log is a change log under the name audit, with a chain of its own. It is never
// pruned. Verification holds every document against its latest entry. A new noun needs a
// Collection and nothing else here.
//
// # Tamper evidence
//
// The entries of a connection's change log are numbered and form a chain: each
// holds SHA-256 of the link before it, its number, connection, epoch, time and
// body. A body names run, stream and every changed record with the hash of its
// new document, so the latest link stands for everything that was ever stored of
// the records. The head is written in the transaction of its entry and read
// there, so that writers of one run cannot both follow the same link. Old
// entries may go once the chain's anchor has moved behind them (dropAnchored).
//
// A chain cannot notice that its end is gone. So the file DIR.anchors beside the
// store gets one line of JSON when a run has ended: connection, run, length and
// link, the line before, and a MAC only the store's key can make. It is written
// after the run is on disk, so the store may be ahead of the file and never
// behind it: a lost tail, an older copy of the store put in its place and a
// deleted connection that is back are noticed, also after the store went on.
// The file keeps its first line, the latest of each connection and the last of
// each day once it has 5000 lines. A damaged line stays: it is evidence. What
// nobody can notice from here is somebody who has the key and rewrites store and
// file alike; against that, note the links elsewhere.
//
// An open database does not report damage of its files: it passes over a block that it
// cannot read, also when it merges tables; it cuts off what it cannot read at the end of
// the manifest or of a log, and deletes tables that the manifest does not name. So the
// files are read before it and beside it (badgerdir), with Badger's own readers of the
// manifest, the key registry and tables, and a small one of memtables' logs. Open reads
// all but the blocks of tables, of which it reads the last (examine), and refuses with
// store.damaged. Examine reads every table once the store is open; verification always.
// A damaged block is named with its table and the keys between which entries are lost. If
// the index of a table is damaged, or the end of its last block, an open store still
// knows the table's first and last key; of a closed one only the table is named.
// These changes are not noticed there:
//
//	DISCARD                  it only counts garbage
//	value logs after byte 7  a large document is checked when it is read, also by
//	                         VerifyAll; what a crash cut off was never acknowledged
//	the last write of a log  a crash may have cut it off; the anchors say whether it
//	                         had been finished
//
// VerifyAll walks each chain from its anchor to its head, hashes every version's
// document, holds versions, change log, digest and counters against one another,
// and reads everything else. It names the first bad entry of each kind.
//
// # Backup and restore
//
// A backup is one moment of all entries but the sealed secrets, in the order of
// their keys, between a manifest and an end mark with counts and a hash; whoever
// asks for it seals it before it touches the disk. Badger's own is not used: it
// cannot leave secrets out or be checked on the way. Restore loads it into
// DIR.restored, opens and verifies that, and Swap renames; DIR.swap makes the next
// start finish the renames.
//
// # Life of a stream
//
//	          OpenStream             Commit              Finish complete, gaps
//	 at rest ------------> reading ----------> inside ------------------------> at rest
//	(cursor of an                             (cursor of the      cursor kept if incremental,
//	incremental stream)                      last checkpoint)     else cleared
//	                                             |   ^
//	                   Finish partial, failed    |   |  OpenStream in the next run:
//	                   or a crash                v   |  Resume, goes on at the cursor
//	                                           inside
//
// Only a complete read that began at the beginning and ended in the same run
// removes what it did not see: of a snapshot stream every such read, of a
// tombstone stream one that Restart began, of an append-only stream none. A removal
// of every record, of more than half of five or more, or of more than the limits
// allow waits for a person: the keys are stored as a list beside the header. A
// person's confirmation names one list; the next complete read removes what it
// still does not see of it, and judges what is missing beyond it anew. A list that
// a person rejected is kept while it does not grow. A read that sees the records
// again ends it.
//
// # Keys
//
// Text in a key is escaped (0x00 becomes 0x00 0xFF) and ends with 0x00 0x01, so
// no name can reach into another's range and order is kept. Numbers are
// big-endian; ^ marks a number stored inverted, so the newest comes first.
//
//	m schema                         schema number, 8 bytes
//	m streams                        last stream number handed out, 4 bytes
//	c COLLECTION KEY                 document as JSON: revision, commit time, value
//	a ALIAS                          connection id
//	e CONNECTION                     latest epoch, 8 bytes; missing = gone, nobody may write
//	k CONNECTION NAME                sealed secret
//	d CONNECTION                     due time, 8 bytes
//	x CONNECTION                     marks a connection whose deletion is not finished
//	r RUN                            run and its commit time as JSON
//	q ^time8 RUN                     runs, newest first
//	p CONNECTION ^time8 RUN          runs of a connection, newest first
//	u RUN                            runs that are not final
//	o RUN number8                    log line as JSON
//	s CONNECTION STREAM              stream header as JSON, holds the stream's number
//	v stream4 KEY ^time8             record version: what happened, and where its document is
//	w stream4 time8 chunk4           pack: run and documents of the versions of one commit time
//	l CONNECTION ^epoch8 ^time8      change log, one packed entry per transaction: number, link, body;
//	                                 under audit the audit log, whose bodies are JSON
//	h CONNECTION                     chain: its length, latest link and anchor; likewise
//	f time8                          feed: connection and epoch of the transaction, oldest first
//	m reader NAME                    how far a reader of the feed has come
//	m anchors                        number of the last line of DIR.anchors, as of the last run that ended
//	m history                        how far back history is kept, and the round of pruning under way
//	b stream4 generation4 chunk4     digest, sorted into base chunks
//	n stream4 generation4 chunk4     keys of the removal that a person has not agreed to
//	g stream4 sequence8              digest entries of one transaction, after the base
//
// # Room on the disk
//
// Badger writes through mmap and dies by a fault, which nothing can catch, when a
// block cannot be had; and it writes later than the commit, when it turns memory
// into tables and merges them. So there are three floors. Nothing is added below
// the highest: what was asked for, or what Badger may still write by itself, if
// that is more (the tables of all memtables, one log, one merge of level 0 and one
// lower down). Deleting and pruning, which take room before they give any, need
// the latter alone. Small writes (how a run ended, its log, due times, an edit, a
// removal's first step) work down to 16 MiB. The disk is measured every ten
// seconds and every 8 MiB written, and at each write while there is too little.
//
// A ballast of 64 MiB, really allocated, is let go below 64 MiB, so that there is
// room to write out memory and close; it is set aside again once there is room to
// spare. A store that exists opens on any disk: whole, without merging, or for
// reading alone (possible after a clean close). Close leaves everything in the
// logs when there is no room to write it out. What stays open: another program
// that takes hundreds of MiB within the seconds of a merge can still end the
// process; nothing that was acknowledged is lost then.
//
// # Feed
//
// Every transaction of the change log is also in an index by commit time, in the
// same transaction. Commit times are handed out before their transactions land,
// so they are in flight until then, and the feed ends before the earliest one in
// flight: a reader passes over nothing. A position is a commit time and how many
// of its changes were taken; it holds over restarts and crashes.
//
// # History
//
// Pruning stores its horizon before it takes anything, so a question about an
// earlier moment is refused and never answered wrongly. It takes versions that
// were superseded before the horizon, never the current one nor the one valid at
// the horizon (but a removal, with nothing older kept, goes: the record is simply
// not there), nor any that was valid in the span of a hold. A hold can only name
// what is still there, so it is made before the horizon passes. Change logs lose
// their beginning only, up to the first held entry, and their chains' anchors
// move along. Each step is one transaction that says where the next goes on:
//
//	versions -> changes -> logs -> runs -> ended; then Compact gives the room back
//
// # Packs
//
// Documents are not in the versions: those of a transaction are compressed
// together, about 16 KiB at a time, and a version says in which pack and slot its
// own is. A record's entry is then about 40 bytes, a third as much is merged and
// encrypted, and nothing is lost for lookups: one costs about 20 µs more. Hash
// and run are not repeated per version; the hash of a document is that of its
// bytes, and change log and digest say what it must be. Pruning empties slots and
// writes the pack again, so what is given up is really gone.
//
// # Memory
//
// Badger's memory is memtables and the buffers of table builders, of which it
// keeps eight for good: each begins at twice a table, rounded up to a power of
// two, and gets as much again twice over once something does not fit. What a table
// takes there is twice its size, and up to four times where values are larger than
// a block, because the block grows by being copied. Memtables of 1.75 MiB, tables
// of 1.4 MiB and blocks of 32 KiB, which the change log of 500 records just fits
// into, keep each buffer at 4 MiB. A transaction then holds at most 268 KiB, so
// values from 96 KiB on are in the value log: single large documents that do not
// compress. Tables are not compressed by Badger: packs are already, the rest is
// mostly hashes, and it would take a third buffer.
//
// A merge has up to thirteen tables in the making, and two merges may go on at a time:
// Badger starts at least two compactors. The second can take 50 MiB more. Each looks for
// work twenty times a second, which is nearly all that an idle agent takes of the
// processor: about one percent of a core.
//
// An index is nearly all bloom filter. With one wrong answer in ten instead of in a
// hundred it is half as large, and the indexes of five million records fit into
// their cache. A wrong answer costs a look into a block.
//
// Badger maps its files. Their pages belong to the system, which takes them back when
// it needs memory, so they are not counted: the agent's memory is its anonymous memory
// (RssAnon in /proc/PID/status).
//
// # Decisions
//
// The index cache is always set: encryption with Badger's default of 0 panics at
// the first flush.
//
// The digest was chosen over a lookup per record (slower than the writes) and
// over a "last seen" per record (rewrites everything at each run). Half of a
// 256-bit hash is enough for it: two documents under one key meet by chance once
// in 2^127, and the whole hash is in the version.
package journal
