// Package pipe opens a file of a directory that other programs write to, where a named pipe may have taken its place.
package pipe
