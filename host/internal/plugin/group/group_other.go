//go:build !linux

package group

import (
	"io/fs"
	"os"
	"os/exec"
	"time"
)

// Run has cmd run the file by its name: only Linux can run an open descriptor.
func Run(cmd *exec.Cmd, file *os.File) { cmd.Path = file.Name() }

// AwaitExit returns at once; the caller's Wait reaps the process.
func AwaitExit(*os.Process) {}

// Usage counts nothing here.
type Usage struct{}

// Of returns zeros.
func (*Usage) Of(int, bool) (bytes int64, tasks int, processor time.Duration) { return 0, 0, 0 }

// DeletedBytes returns 0.
func (*Usage) DeletedBytes(int) int64 { return 0 }

// Helpers returns none.
func Helpers(int) []int { return nil }

// DiskBytes returns the length of a file.
func DiskBytes(info fs.FileInfo) int64 { return info.Size() }
