// Program declarative runs connectors that are described by one YAML file instead
// of being written in Go: who it is, its settings, how to sign in, what to ask,
// how to page, and how an answer becomes records of a kind, in CEL expressions.
//
// The host starts it with the file's path in PLUMBLINE_MANIFEST, having looked at
// the file's hash as at a program's. The file is read once, checked as a whole and
// compiled before the introduction. Each mistake is told once, with its line; what an
// expression yields for a record is known only in a run, but for the literals in it.
//
//	file ──decode (unknown keys, types)──▶ manifest ──check (values, names, words)──▶
//	     ──compile (expressions, kinds, fields)──▶ sdk.Connector ──▶ sdk.Serve
//
// Started with the one word "language" it prints which version of the language it
// knows, so that a host can tell before it installs a description.
//
// The language has few words on purpose. What does not fit belongs into a program
// of its own: paging that no paging verb describes, joining two answers, signing
// requests.
//
// Expressions see item (one record as the vendor has it), response (one whole
// answer), and settings (no secrets). A key that a record does not have yields
// nothing, so a fact the vendor leaves out stays unknown and never becomes no.
package main
