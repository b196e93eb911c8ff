package artifact

import (
	"io"
	"os"
	"syscall"
)

// WithFullDisk has writes fail once a file has so many bytes, as a full disk does.
func WithFullDisk(f *Files, after int) *Files {
	f.writer = func(file *os.File) io.Writer { return &full{file, after} }
	return f
}

type full struct {
	to   io.Writer
	left int
}

// Write implements io.Writer.
func (f *full) Write(p []byte) (int, error) {
	n, err := f.to.Write(p[:min(len(p), f.left)])
	if f.left -= n; err == nil && n < len(p) {
		err = &os.PathError{Op: "write", Path: "disk", Err: syscall.ENOSPC}
	}
	return n, err
}
