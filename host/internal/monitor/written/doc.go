// Package written reads a test as a person writes it: one test in YAML or JSON. It names every mistake with its field, line and column.
//
//	file ── Read ──▶ test, and where each field stands ── Place ──▶ the line and column in the file of a mistake in an expression
//
// It checks the form alone: fields that a test has, and their types. What a test means is checked in package monitor.
package written
