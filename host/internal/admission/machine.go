package admission

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
)

// Measure measures this machine. Where it is no Linux, nothing but the number of its
// processors is known.
func Measure() Machine { return measure(os.DirFS("/")) }

// measure reads what Linux tells of the machine below root, which is the system's /.
// What it does not tell stays 0.
func measure(root fs.FS) Machine {
	m := Machine{Processors: runtime.GOMAXPROCS(0)}
	system := fields(root, "proc/meminfo")
	m.Total, m.Free = system["MemTotal:"]<<10, system["MemAvailable:"]<<10
	m.Pressure = pressure(root, "proc/pressure/cpu")
	if _, err := fs.Stat(root, "proc/pressure/cpu"); err != nil {
		m.Pressure = queued(root, m.Processors)
	}
	for controller, group := range groups(root) {
		for dir := group; ; dir = path.Dir(dir) {
			m.within(root, controller, dir)
			if dir == "/" || dir == "." {
				break
			}
		}
	}
	return m
}

// within takes in what a control group at dir says, which may have no such group.
func (m *Machine) within(root fs.FS, controller, dir string) {
	limit, used, stat, inactive, active := "memory.max", "memory.current", "memory.stat", "inactive_file", "active_file"
	base := path.Join("sys/fs/cgroup", dir)
	if controller == "memory" { // version 1
		limit, used, inactive, active = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file", "total_active_file"
		base = path.Join("sys/fs/cgroup/memory", dir)
	}
	m.Pressure = max(m.Pressure, pressure(root, path.Join(base, "cpu.pressure")))
	most, ok := number(root, path.Join(base, limit))
	if !ok || m.Total > 0 && most >= m.Total {
		return // "max", or a number that stands for it
	}
	now, ok := number(root, path.Join(base, used))
	if !ok {
		return
	}
	// Pages of files are given up for programs; half of those in use are counted as needed.
	files := fields(root, path.Join(base, stat))
	free := most - now + files[inactive] + files[active]/2
	if m.Total == 0 {
		m.Free = free
	}
	m.Total, m.Free = most, min(m.Free, free)
}

// groups returns the control groups of this process that may limit memory, by
// controller: "" of version 2, "memory" of version 1.
func groups(root fs.FS) map[string]string {
	raw, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return nil // no Linux, or one without them
	}
	found := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) == 3 && (parts[1] == "" || parts[1] == "memory") {
			found[parts[1]] = parts[2]
		}
	}
	return found
}

// pressure reads the share of the last ten seconds in which a program waited for a
// processor; 0 where that is not told.
func pressure(root fs.FS, name string) float64 {
	raw, err := fs.ReadFile(root, name)
	if err != nil {
		return 0
	}
	_, rest, found := strings.Cut(string(raw), "some avg10=")
	if !found {
		return 0
	}
	text, _, _ := strings.Cut(rest, " ")
	percent, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return percent / 100
}

// queued stands in for the pressure where the kernel does not tell it: programs that
// want to run, above one for each processor, as a share of all of them.
func queued(root fs.FS, processors int) float64 {
	raw, err := fs.ReadFile(root, "proc/loadavg")
	if err != nil {
		return 0
	}
	text, _, _ := strings.Cut(string(raw), " ")
	load, err := strconv.ParseFloat(text, 64)
	if err != nil || load <= float64(processors) {
		return 0
	}
	return 1 - float64(processors)/load
}

// fields reads a file with a name and a number in each line.
func fields(root fs.FS, name string) map[string]int64 {
	raw, err := fs.ReadFile(root, name)
	if err != nil {
		return nil
	}
	found := map[string]int64{}
	for line := range bytes.Lines(raw) {
		words := bytes.Fields(line)
		if len(words) < 2 {
			continue
		}
		if n, err := strconv.ParseInt(string(words[1]), 10, 64); err == nil {
			found[string(words[0])] = n
		}
	}
	return found
}

func number(root fs.FS, name string) (int64, bool) {
	raw, err := fs.ReadFile(root, name)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64)
	return n, err == nil
}
