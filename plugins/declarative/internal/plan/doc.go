// Package plan checks a description and compiles it.
//
//	file.File ──New: values, names, words of a kind, expressions──▶ Plan
//
// A Plan has every expression compiled and every name resolved. Only a run knows the answers
// of the system. New finds all mistakes before it returns.
//
// Each expression can use some of these names: settings (without secrets); window (the time
// that a request of an incremental stream asks for); status, headers and response of an
// answer; item, one record as the system has it; the item of a list for which a stream is
// repeated, and the result of a detail, both by the name that the author gave.
package plan
