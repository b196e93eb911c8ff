package conform

import "os/exec"

func group(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = cmd.Process.Kill()
	}
}

// groupAlive always reports false: Windows has no process groups.
func groupAlive(*exec.Cmd) bool { return false }

func interrupt(*exec.Cmd) error { return notTried("Windows has no interrupt for one program") }

func withFewFiles(int) ([]string, error) { return nil, notTried("Windows has no limit on open files") }

func underParent() ([]string, error) {
	return nil, notTried("on Windows a program keeps its parent's id after the parent has ended")
}
