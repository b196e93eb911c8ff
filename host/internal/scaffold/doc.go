// Package scaffold owns the connector that a new author starts from: a small whole
// one with a made-up API to try it on, a check, tests and a guide, which compiles,
// conforms and syncs before a line of it is changed.
//
// It writes into an empty directory and never over anything. What is written is
// kept as templates beside this file and compiled by its tests, so that it cannot
// fall behind the SDK.
package scaffold
