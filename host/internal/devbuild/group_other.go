//go:build !unix

package devbuild

import "os/exec"

// together changes nothing: the command alone is killed when its context ends.
func together(*exec.Cmd) {}

func endGroup(*exec.Cmd) {}
