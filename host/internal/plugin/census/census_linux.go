package census

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// GroupUse returns the resident bytes of a process and, if asked, of what it
// started: everything in its group, which cannot be left. Only then it counts its
// processes and threads.
func GroupUse(leader int, helpers bool) (bytes int64, tasks int) {
	bytes = resident(leader)
	if !helpers {
		return bytes, 0
	}
	_, tasks = groupOf(leader)
	for _, pid := range HelpersOf(leader) {
		bytes += resident(pid)
		_, threads := groupOf(pid)
		tasks += threads
	}
	return bytes, tasks
}

// HelpersOf returns the other processes in the group of a process.
func HelpersOf(leader int) (pids []int) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil // it is the system's, and there
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == leader {
			continue
		}
		if group, _ := groupOf(pid); group == leader {
			pids = append(pids, pid)
		}
	}
	return pids
}

// DeletedBytes returns what files without a name take that a process, or what it
// started, holds open.
func DeletedBytes(leader int) (bytes int64) {
	type file struct{ dev, ino uint64 }
	seen := map[file]bool{}
	for _, pid := range append(HelpersOf(leader), leader) {
		dir := fmt.Sprintf("/proc/%d/fd", pid)
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

// groupOf returns the process group of a process and how many threads it has, 0 when
// it is gone.
func groupOf(pid int) (group, threads int) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0
	}
	// The name stands in brackets and may hold anything, brackets too.
	fields := bytes.Fields(raw[bytes.LastIndexByte(raw, ')')+1:])
	if len(fields) < 18 {
		return 0, 0
	}
	group, err = strconv.Atoi(string(fields[2]))
	if err != nil {
		return 0, 0
	}
	threads, err = strconv.Atoi(string(fields[17]))
	if err != nil {
		return group, 0
	}
	return group, threads
}

// Taken returns the bytes a file takes on disk.
func Taken(info fs.FileInfo) int64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Blocks * 512
	}
	return info.Size()
}
