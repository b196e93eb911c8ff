// Package directory is the index in memory of accounts and persons, and the rules that say whose an account is and what is to be seen to.
// It reads nothing by itself: its owner gives it connections, versions of records and decisions.
//
//	source      a record from which a person is known: of the kind person, or an account of a connection of the category identity or
//	            enterprise SSO that has an address and is no service account, bot or group
//	person      the sources with one address. Several present records of the kind person in one connection that have one address are
//	            several persons. A person record without an address is a person of its own. Names never join anything
//	precedence  the order of the connections that persons are known from; it may differ by field. Usual: HRIS, identity, enterprise
//	            SSO, others, each by alias. The first source that tells a field gives it
//	address     an email address folded: trimmed, Unicode NFC, lower case. Nothing else is taken away: plus signs and dots differ
//	account     a record of the kind account, of any connection, also one that its source no longer has
//	link        whose an account is: by decision, else by address if exactly one person has it
//	decision    what a person decided about an account: a document of the collection account_decision, by the id of the account
//	current     the records of a connection that is disconnected are not: no list, person or count has them. A comparison has those of
//	            one that was connected at both moments
//	flag        something to see to. Flags follow from facts that are known: an unknown factor is no missing one, an unknown last
//	            activity is no old one
//	suggestion  a person who may be the account's, with a reason and a confidence. It is never applied by itself
//	page        one of five pages by the category of the connection, or all
//
// A person's status is judged at the moment of the question, by the sources in their order: the first that tells it. An account that
// is suspended tells nothing. A person record that a complete read no longer found means that the person left; an account that is gone
// means it only if no other source has the person. The first and the last day of work are days of work.
//
// Ids are hashes: of an account over connection, stream and key; of a person over the address, else over the record. A decision keeps
// the record that its person was known from, so a person whose address changes stays linked.
//
// An index answers as of a moment (Index.At). BenchmarkIndex measures it: 100,000 accounts take 58 MB where there are ten for each
// person, and 150 MB together with 100,000 persons; a page of 200, sorted and filtered, takes 30 to 50 ms.
//
// The documents of records are not in memory. Row.Document names a row's for the caller, who reads it for record.Complete.
//
// Goroutines: none. Methods that answer may be called by several goroutines at once, methods that change the index by one alone.
package directory
