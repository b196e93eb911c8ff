package conform

import "os/exec"

func group(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = cmd.Process.Kill()
	}
}

// groupAlive cannot be told on Windows.
func groupAlive(*exec.Cmd) bool { return false }

func interrupt(*exec.Cmd) error { return notTried("Windows has no interrupt for one program") }

func withFewFiles(int) ([]string, error) { return nil, notTried("Windows has no limit on open files") }

func underParent() ([]string, error) {
	return nil, notTried("Windows gives a program whose parent ended no other")
}
