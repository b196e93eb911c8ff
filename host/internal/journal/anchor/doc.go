// Package anchor keeps the anchors file, which lies beside the directory of a journal and
// records outside it how far its chains were. So a restored older copy of the directory,
// a lost end of a chain, and a deleted connection that is back are noticed.
//
// A line is JSON: number, time, event, connection, run, length and link of the chain, the
// MAC of the line before, and its own MAC, which only the journal's key can make.
//
// After File.MaxLines lines, Add keeps only the first line, the latest of each connection
// and the last of each day of the past year. A file with a damaged line is not thinned out.
package anchor
