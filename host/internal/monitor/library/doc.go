// Package library has the tests that ship with the product, as YAML files by area. It is pure: it parses embedded files and judges nothing.
//
// A file is a list of tests in the form of verdict.Test. Keys that no test has are errors with file and line. A test names the controls
// that it supports by their ids in package control. Beside each test stand examples, which only the tests of this package read: records
// that pass, fail and are unknown.
//
// Expressions read the fields of a kind of record, so a test holds for every connector of that kind. Where a test reads the system's own
// document (r.vendor), its scope names the connector; the records of other connectors are out of scope.
package library
