// Program declarative runs connectors that one YAML file describes: their identity, settings,
// sign-in, requests, paging, and CEL expressions that turn an answer into records of a kind.
//
// The host starts it with the path of a file in PLUMBLINE_MANIFEST, after it has verified the
// file's hash. The program reads, checks and compiles the file before the handshake. It reports
// each mistake once, with its line. Only a run shows the value of an expression for a record,
// except for the literals in it.
//
//	file ──decode (unknown keys, types)──▶ manifest ──check (values, names, words)──▶
//	     ──compile (expressions, kinds, fields)──▶ sdk.Connector ──▶ sdk.Serve
//
// With the argument "language" it prints the version of the language that it knows, so that a
// host can check before it installs a description.
//
// The language is small on purpose. Write a program for paging that it does not have, for joining
// two answers, and for signed requests.
//
// Expressions can use item (one record of the vendor), response (one whole answer), and settings
// (without secrets). A key that a record does not have yields null, so a missing fact stays
// unknown and never becomes no.
package main
