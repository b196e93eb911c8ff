// Package host holds the nouns of Plumbline and their validation. It imports no other
// package of Plumbline but display, which says what may be shown of a text. The JSON names
// of these types are the product's public contract: the API, the command line's --json and
// the screens show them as they are here.
//
// The words, in the order of a sync. Code, command line, API and screens use each with
// this meaning.
//
//	connector     a program that reads one kind of system, written with the SDK
//	release       a version of a connector as its author signs it and a host installs it
//	consent       a person's agreement to exactly one release and all that it asks for
//	trust         why a connector's program is taken for what it claims to be
//	development   the use of an author's program as a connector, for as long as its lease is renewed
//	connection    a connector with settings and secrets, under an alias
//	source        the system that a connection reads, through its connector's process
//	tenant        an account at a source; connections with the same credential share it
//	budget        how many requests all runs of a tenant together may send
//	run           one sync of a connection
//	epoch         the number of a run; only the run with a connection's latest epoch may write
//	step          a part of a run with its own status; most steps read one stream
//	stream        records of one kind that a connector reads, in one order
//	kind          the type of a record: its fields and what they mean, whatever the source
//	record        an item of a stream, named by its key
//	version       what a record was from one commit to the next
//	change        what one run did to one record: added, changed or removed it
//	checkpoint    a point of a stream up to which all was sent, with the cursor to go on at
//	group         what a stream sent up to a checkpoint; it is stored whole or not at all
//	outcome       how the reading of a stream ended; only a complete one may lead to removals
//	gap           a named part of a source that could not be read, and why
//	held removal  the removal of records that waits for a person to confirm or reject it
//	journal       the store of records, runs and documents, with all that they were
//	entry         one transaction of a change log or of the audit log
//	chain         the entries of a log, each with a link: a hash over the link before and itself
//	anchor        a line outside the journal that says how long a chain was and what its link was
//	feed          the entries of all connections in the order of their commits
//	reader        a part of the host that follows the feed and keeps its position
//	view          an index of records that a reader keeps, from which lists are answered
//	hold          a span of history that is kept until a person releases it
//	document      a value that people or the host edit, such as a connection
//	collection    all documents of one noun
//	revision      how often a document was edited
//	actor         the person, token, schedule, connector or host that does something
//	audit log     the entries of all edits of documents, each with its actor
//	health        healthy, unhealthy or unknown, with a reason; it follows from the runs
//	problem       an error for people: a code, a message, a fault and a remedy
//	fault         who has to act: the customer, the source (upstream), the connector, the network or the host
//	remedy        one sentence that says what to do
//	task          long-running work of the host that is followed to its end, such as a backup
//
// A sync by package: scheduler says that a connection is due, supervisor gives the run a
// slot and an epoch, source starts the connector's process (plugin verifies its program),
// intake makes groups of what it sends, journal commits each group and acknowledges it,
// view indexes the records, health judges the connection, event says what happened, and
// api shows it.
//
// Nouns that only some rooms need are in packages below this one: account, diagnosis, history, offer.
//
// Values, in their order, settle arguments: never claim more than was read; never lose or
// duplicate a fact; never leak a secret; never surprise the person at the screen; then be
// fast; then be small.
package host
