// Package scaffold writes the connector that a new author starts from: a small complete one
// with a made-up API to try it on, a check, tests and a guide. It compiles, passes the
// conformance kit and syncs before the author changes a line.
//
// It writes into an empty directory and never over a file. The templates beside this file
// are compiled by its tests, so that they follow the SDK.
package scaffold
