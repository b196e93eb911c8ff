//go:build unix

package main

import (
	"os"
	"syscall"
)

// openFile opens a file. It does not wait for the writer if a named pipe has replaced the file.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}
