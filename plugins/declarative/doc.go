// Program declarative runs connectors that are described by one YAML file instead of being
// written in Go. README.md has every word of the language.
//
// The host starts it with the file's path in PLUMBLINE_MANIFEST, after it compared the
// file's hash, as it does with a program. The file is read, checked as a whole and
// compiled before the introduction.
//
//	internal/file     the YAML: types, positions, mistakes
//	internal/plan     the file, checked and compiled
//	internal/request  requests and what their answers are
//	internal/auth     how requests are signed in
//	internal/read     streams, records and the check
//	internal/schema   the language as a JSON Schema, for editors
//	internal/simulate a system that answers as a plan expects, for tests of a file
//
// An arrow between them points down this list to up: read imports auth, auth imports
// request, request imports plan, plan imports file.
//
// Started with the one word "language" it prints which version of the language it knows,
// so that a host can tell before it installs a description; with "schema" it prints the
// JSON Schema of the language; with "simulate" it stands in for the system of the file,
// until its standard input ends.
package main
