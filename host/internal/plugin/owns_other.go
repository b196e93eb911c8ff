//go:build !unix

package plugin

// groupOfProcess is the process itself where there are no groups.
func groupOfProcess(pid int) (int, bool) { return pid, true }
