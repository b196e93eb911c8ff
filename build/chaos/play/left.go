package play

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-dev/plumbline/build/chaos/limit"
)

// processes lists everything that runs the connector of this case.
func (w *World) processes() []int { return running(w.connector() + "\x00") }

// lingering lists the connector's children that outlive it.
func (w *World) lingering() []int { return running(w.connector() + "\x00linger\x00") }

// agents lists every agent on this case's directory.
func (w *World) agents() []int {
	return running(w.Programs.Agent + "\x00--data-dir\x00" + w.Home + "\x00agent\x00")
}

// running lists the processes whose command line begins like this.
func running(command string) []int {
	names, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return nil // the pattern is fixed and right
	}
	var found []int
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil || !bytes.HasPrefix(raw, []byte(command)) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil && !zombie(pid) {
			found = append(found, pid)
		}
	}
	return found
}

// stands reports whether every thread of a process is stopped.
func stands(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	return err == nil && len(threads) > 0 && !slices.ContainsFunc(threads, func(name string) bool {
		raw, err := os.ReadFile(name)
		_, after, _ := strings.Cut(string(raw), ") ")
		return err == nil && !strings.HasPrefix(after, "T")
	})
}

// zombie reports whether a process has ended and only waits for its parent.
func zombie(pid int) bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, after, _ := strings.Cut(string(raw), ") ")
	return strings.HasPrefix(after, "Z")
}

// Within waits until so, which the end of a process brings about, and
// reports whether it came.
func Within(patience time.Duration, so func() bool) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !so(); <-tick.C {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// noProcess is the end of every connector, but for those that escaped on purpose.
func (w *World) noProcess(when string) {
	var left []int
	if !Within(limit.Allowed(limit.Gone), func() bool {
		left = slices.DeleteFunc(w.processes(), func(pid int) bool { return slices.Contains(w.escaped, pid) })
		return len(left) == 0
	}) {
		w.Complain("left", "connector processes %v are left %s", left, when)
	}
}

// files counts an agent's pipes, sockets and connector programs.
func (a *Agent) files() map[string]int {
	count := map[string]int{}
	names, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", a.PID()))
	if err != nil {
		return nil // the pattern is fixed and right
	}
	for _, name := range names {
		target, err := os.Readlink(name)
		if err != nil {
			continue // it was closed meanwhile
		}
		kind, _, _ := strings.Cut(target, ":")
		if kind == "pipe" || kind == "socket" || strings.Contains(target, "/c/chaos") {
			count[kind]++
		}
	}
	return count
}

// noFile checks that the idle agent has the same open files as before, and that its
// work directory is empty.
func (w *World) noFile() {
	work := filepath.Join(w.Home, "connector-work")
	if _, err := os.Stat(work); err == nil {
		w.none(work, func(name string) bool { return name == w.sockets() })
	}
	if w.oldAgent != w.Agent {
		return
	}
	var now map[string]int
	if !Within(limit.Allowed(limit.Gone), func() bool {
		now = w.Agent.files()
		for kind, n := range now {
			if n > w.oldFiles[kind] {
				return false
			}
		}
		return true
	}) {
		w.Complain("left", "the idle agent had %v open and has now %v", w.oldFiles, now)
	}
}

func (w *World) nothingLeft() {
	w.noProcess("after the agent was stopped")
	for _, dir := range []string{filepath.Join(w.Dir, "t"), filepath.Join(w.Dir, "x")} {
		w.none(dir, func(string) bool { return false })
	}
	w.none(w.Home, func(name string) bool {
		base := filepath.Base(name)
		return base != "connector-work" && base != "owner.json" && !strings.HasSuffix(base, ".sock") && !strings.Contains(base, ".unfinished-")
	})
	if err := w.noSecret(os.DirFS(w.Home)); err != nil {
		w.Complain("left", "the data directory cannot be read: %v", err)
	}
}

func (w *World) noSecret(home fs.FS) error {
	return fs.WalkDir(home, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil || info.Size() >= 64<<20 {
			return err // sparse files and ballast
		}
		raw, err := fs.ReadFile(home, path)
		if err == nil && bytes.Contains(raw, []byte(w.Canary)) {
			w.Complain("left", "the token is in %s", path)
		}
		return err
	})
}

// none complains of every entry of dir, at any depth, that may not be there.
func (w *World) none(dir string, allowed func(string) bool) {
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && path != dir && !allowed(path) {
			w.Complain("left", "%s is left", path)
		}
		return err
	})
	if err != nil {
		w.Complain("left", "%s cannot be read: %v", dir, err)
	}
}
