//go:build !linux

package group

import (
	"os"
	"os/exec"
)

// Run has cmd run the file by its name: only Linux can run an open descriptor.
func Run(cmd *exec.Cmd, file *os.File) { cmd.Path = file.Name() }

// AwaitExit leaves the waiting to the caller: the group is then ended by kill.
func AwaitExit(*os.Process) {}
