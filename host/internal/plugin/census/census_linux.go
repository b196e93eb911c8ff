package census

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// countedFor is how long a count of all processes is believed.
const countedFor = 300 * time.Millisecond

// Census knows the processes of this machine by group. All who ask share one count,
// which is made anew when it is older than 0.3 s: a count looks at every process there
// is, and each of many connectors asks several times a second. Its methods may be
// called from any goroutine; the zero value is ready.
type Census struct {
	mu      sync.Mutex
	counted time.Time
	groups  map[int][]member
}

// member is one process of a group.
type member struct {
	pid, threads int
	processor    time.Duration
}

// tick is the unit in which Linux counts processor time for programs to read.
const tick = 10 * time.Millisecond

// group returns the processes of a group, which have its leader's number.
func (c *Census) group(leader int) []member {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.groups == nil || time.Since(c.counted) >= countedFor {
		c.groups, c.counted = count(), time.Now()
	}
	return slices.Clone(c.groups[leader])
}

// count looks at every process of this machine.
func count() map[int][]member {
	groups := map[int][]member{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return groups // it is the system's, and there
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if group, m := groupOf(pid); group != 0 {
			groups[group] = append(groups[group], m)
		}
	}
	return groups
}

// GroupUse returns the resident bytes of a process and, if asked, of what it
// started: everything in its group, which cannot be left. Only then it counts its
// processes and threads, and the processor time of those there are.
func (c *Census) GroupUse(leader int, helpers bool) (bytes int64, tasks int, processor time.Duration) {
	bytes = resident(leader)
	if !helpers {
		return bytes, 0, 0
	}
	for _, m := range c.group(leader) {
		tasks += m.threads
		processor += m.processor
		if m.pid != leader {
			bytes += resident(m.pid)
		}
	}
	return bytes, tasks, processor
}

// HelpersOf returns the other processes in the group of a process, as they are now.
func HelpersOf(leader int) (pids []int) {
	for _, m := range count()[leader] {
		if m.pid != leader {
			pids = append(pids, m.pid)
		}
	}
	return pids
}

// DeletedBytes returns what files without a name take that a process, or what it
// started, holds open.
func (c *Census) DeletedBytes(leader int) (bytes int64) {
	type file struct{ dev, ino uint64 }
	seen := map[file]bool{}
	for _, m := range c.group(leader) {
		dir := fmt.Sprintf("/proc/%d/fd", m.pid)
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // it has ended
		}
		for _, e := range entries {
			var info syscall.Stat_t
			if syscall.Stat(dir+"/"+e.Name(), &info) != nil || info.Nlink > 0 || info.Mode&syscall.S_IFMT != syscall.S_IFREG {
				continue
			}
			if f := (file{info.Dev, info.Ino}); !seen[f] {
				seen[f] = true
				bytes += info.Blocks * 512
			}
		}
	}
	return bytes
}

// resident returns the resident bytes of one process, 0 when it is gone.
func resident(pid int) int64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(raw))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// groupOf returns the process group of a process and what is counted of it, 0 when it
// is gone.
func groupOf(pid int) (group int, m member) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, m
	}
	// The name stands in brackets and may hold anything, brackets too.
	fields := bytes.Fields(raw[bytes.LastIndexByte(raw, ')')+1:])
	if len(fields) < 18 {
		return 0, m
	}
	var numbers [4]int // group, user and system time, threads
	for i, at := range []int{2, 11, 12, 17} {
		if numbers[i], err = strconv.Atoi(string(fields[at])); err != nil {
			return 0, m
		}
	}
	return numbers[0], member{pid: pid, threads: numbers[3], processor: time.Duration(numbers[1]+numbers[2]) * tick}
}

// Taken returns the bytes a file takes on disk.
func Taken(info fs.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Blocks * 512
	}
	return info.Size()
}
