package admission

import (
	"io/fs"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
)

// Measure measures this machine. On other systems than Linux only the number of processors is known.
func Measure() Machine { return measure(os.DirFS("/")) }

// measure reads what Linux says below root, which is the system's /. Unknown values are 0.
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
			m.limitBy(root, controller, dir)
			if dir == "/" || dir == "." {
				break
			}
		}
	}
	return m
}

// limitBy applies the limits of a control group, which may have none.
func (m *Machine) limitBy(root fs.FS, controller, dir string) {
	limit, used, stat, inactive, active := "memory.max", "memory.current", "memory.stat", "inactive_file", "active_file"
	base := path.Join("sys/fs/cgroup", dir)
	if controller == "memory" { // version 1
		limit, used, inactive, active = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file", "total_active_file"
		base = path.Join("sys/fs/cgroup/memory", dir)
	}
	m.Pressure = max(m.Pressure, pressure(root, path.Join(base, "cpu.pressure")))
	most, ok := number(root, path.Join(base, limit))
	if !ok || m.Total > 0 && most >= m.Total {
		return // no limit
	}
	now, ok := number(root, path.Join(base, used))
	if !ok {
		return
	}
	// The kernel gives pages of files to programs; half of the active ones count as needed.
	files := fields(root, path.Join(base, stat))
	free := most - now + files[inactive] + files[active]/2
	if m.Total == 0 {
		m.Free = free
	}
	m.Total, m.Free = most, min(m.Free, free)
}

// groups returns the control groups of this process that may limit memory: "" is of
// version 2, "memory" of version 1.
func groups(root fs.FS) map[string]string {
	found := map[string]string{}
	for line := range strings.Lines(read(root, "proc/self/cgroup")) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) == 3 && (parts[1] == "" || parts[1] == "memory") {
			found[parts[1]] = parts[2]
		}
	}
	return found
}

// pressure returns the share of the last ten seconds in which a program waited for a processor, 0 if unknown.
func pressure(root fs.FS, name string) float64 {
	_, rest, _ := strings.Cut(read(root, name), "some avg10=")
	text, _, _ := strings.Cut(rest, " ")
	percent, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return percent / 100
}

// queued replaces the pressure where the kernel does not measure it: the runnable
// programs above one a processor, as a share of all.
func queued(root fs.FS, processors int) float64 {
	text, _, _ := strings.Cut(read(root, "proc/loadavg"), " ")
	load, err := strconv.ParseFloat(text, 64)
	if err != nil || load <= float64(processors) {
		return 0
	}
	return 1 - float64(processors)/load
}

// fields reads a file with a name and a number in each line.
func fields(root fs.FS, name string) map[string]int64 {
	found := map[string]int64{}
	for line := range strings.Lines(read(root, name)) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		if n, err := strconv.ParseInt(words[1], 10, 64); err == nil {
			found[words[0]] = n
		}
	}
	return found
}

func number(root fs.FS, name string) (int64, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(read(root, name)), 10, 64)
	return n, err == nil
}

// read returns the content of a file, "" for none.
func read(root fs.FS, name string) string {
	raw, err := fs.ReadFile(root, name)
	if err != nil {
		return ""
	}
	return string(raw)
}
