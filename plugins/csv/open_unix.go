//go:build unix

package main

import (
	"os"
	"syscall"
)

// openFile opens a file without waiting for the writer of a named pipe that took
// the file's name meanwhile.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}
