// Program declarative runs connectors that one YAML file describes: their identity, settings,
// sign-in, requests, paging, and CEL expressions that turn an answer into records of a kind.
// README.md describes every key of the language.
//
// The host starts it with the path of a file in PLUMBLINE_MANIFEST, after it has verified the
// file's hash. The program reads, checks and compiles the file before the handshake. It reports
// each mistake once, with its line and column. Only a run shows the value of an expression for a
// record, except for the literals in it.
//
//	internal/file     the YAML: types, positions, mistakes
//	internal/plan     the file, checked and compiled
//	internal/request  requests and what their answers are
//	internal/auth     how requests are signed in
//	internal/read     streams, records and the check
//	internal/schema   the language as a JSON Schema, for editors
//	internal/simulate a system that answers as a plan expects, for tests of a file
//	internal/jinja    the templates of low-code manifests
//	internal/lowcode  a low-code manifest, translated into a file; its rooms are in its own list
//
// A package imports only those above it in this list: read imports auth, auth imports request,
// request imports plan, plan imports file.
//
// With the argument "language" it prints the version of the language that it knows, so that a
// host can check before it installs a description. With "schema" it prints the JSON Schema of the
// language. With "simulate" it simulates the system of the file until its standard input ends.
// With "import" it translates a low-code manifest and prints the file and what was left out.
//
// A key that a record does not have yields null, so a missing fact stays unknown and never
// becomes no.
package main
