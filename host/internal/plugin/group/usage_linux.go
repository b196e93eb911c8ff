package group

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

// listFresh is how long a list of all processes is used again.
const listFresh = 300 * time.Millisecond

// Usage counts what process groups take, as /proc says. It is shared: a list of all
// processes is expensive, and every running connector needs one several times a second.
// Its methods may be called from any goroutine; the zero value is ready.
type Usage struct {
	mu     sync.Mutex
	listed time.Time
	groups map[int][]member // by the process id of the leader
}

// member is one process of a group.
type member struct {
	pid, threads int
	processor    time.Duration
}

// tick is the unit of processor time in /proc.
const tick = 10 * time.Millisecond

func (u *Usage) members(leader int) []member {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.groups == nil || time.Since(u.listed) >= listFresh {
		u.groups, u.listed = list(), time.Now()
	}
	return slices.Clone(u.groups[leader])
}

// list returns all processes by process group.
func list() map[int][]member {
	groups := map[int][]member{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return groups
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if leader, m := read(pid); leader != 0 {
			groups[leader] = append(groups[leader], m)
		}
	}
	return groups
}

// Of returns the resident bytes of a leader. With helpers it counts the whole group,
// and returns its processes and threads and their processor time, too.
func (u *Usage) Of(leader int, helpers bool) (bytes int64, tasks int, processor time.Duration) {
	bytes = resident(leader)
	if !helpers {
		return bytes, 0, 0
	}
	for _, m := range u.members(leader) {
		tasks += m.threads
		processor += m.processor
		if m.pid != leader {
			bytes += resident(m.pid)
		}
	}
	return bytes, tasks, processor
}

// Helpers returns the processes that are in the group of a leader now, without it.
func Helpers(leader int) (pids []int) {
	for _, m := range list()[leader] {
		if m.pid != leader {
			pids = append(pids, m.pid)
		}
	}
	return pids
}

// DeletedBytes returns the disk space of deleted files that a group holds open.
func (u *Usage) DeletedBytes(leader int) (bytes int64) {
	type file struct{ dev, ino uint64 }
	seen := map[file]bool{}
	for _, m := range u.members(leader) {
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

// resident returns the resident bytes of a process, 0 when it has ended.
func resident(pid int) int64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := strings.Fields(string(raw))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// read returns a process and the leader of its group, 0 when it has ended.
func read(pid int) (leader int, m member) {
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

// DiskBytes returns the bytes that a file takes on disk.
func DiskBytes(info fs.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Blocks * 512
	}
	return info.Size()
}
