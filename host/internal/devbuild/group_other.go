//go:build !unix

package devbuild

import "os/exec"

// together leaves a command as it is: it is killed when it is not wanted any more,
// and what it started ends by itself.
func together(*exec.Cmd) {}

func endGroup(*exec.Cmd) {}
