package confine

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Supported returns what can be enforced on this machine.
func Supported() Support {
	abi := landlockABI()
	calls := filters()
	return Support{
		System: runtime.GOOS, Landlock: abi, Files: abi >= 1, Network: abi >= 4 && calls, Signals: abi >= 6, Sockets: abi >= 9, Calls: calls,
	}
}

// Start starts cmd under rules, in a process group of its own. What the machine
// cannot enforce is left out.
func Start(cmd *exec.Cmd, rules Rules) error {
	support := Supported()
	if rules.Inspect {
		support = Support{}
	}
	var set *ruleset
	if support.Files {
		var err error
		if set, err = newRuleset(support.Landlock, rules); err != nil {
			return fmt.Errorf("confine: %w", err)
		}
		defer func() { _ = set.close() }() // what was restricted stays so
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var program []unix.SockFilter
	if support.Calls {
		group := newGroup()
		var err error
		if program, err = filter(group); err != nil {
			return fmt.Errorf("confine: %w", err)
		}
		cmd.SysProcAttr.Pgid = int(group.number())
	}
	started := make(chan error, 1)
	go func() { // ends with the start, and its thread with it
		// Never unlocked: the thread must not be used for anything else.
		runtime.LockOSThread()
		started <- startRestricted(cmd, rules.Inspect, set, program)
	}()
	if err := <-started; err != nil {
		return err
	}
	return limit(cmd.Process.Pid, rules)
}

// newGroup returns a number that nobody can guess.
func newGroup() ownGroup {
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails
	return ownGroup(binary.NativeEndian.Uint32(random[:]) | 1)
}

// startRestricted restricts the calling thread and starts cmd from it.
func startRestricted(cmd *exec.Cmd, inspect bool, set *ruleset, program []unix.SockFilter) error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("confine: give up new privileges: %w", err)
	}
	if !inspect {
		if err := dropCapabilities(); err != nil {
			return fmt.Errorf("confine: %w", err)
		}
	}
	if set != nil {
		if err := set.restrict(); err != nil {
			return fmt.Errorf("confine: %w", err)
		}
	}
	if program != nil {
		if err := apply(program); err != nil {
			return fmt.Errorf("confine: %w", err)
		}
	}
	return cmd.Start()
}

// dropCapabilities keeps a program of root from having more power over this
// machine than any other. It may still read what belongs to others, where the
// rules let it read at all.
func dropCapabilities() error {
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		if c == unix.CAP_DAC_READ_SEARCH {
			continue
		}
		err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0)
		switch {
		case errors.Is(err, unix.EINVAL): // a kernel older than this list
			return nil
		case errors.Is(err, unix.EPERM): // no privileges there are to give up
			return nil
		case err != nil:
			return fmt.Errorf("drop capability %d: %w", c, err)
		}
	}
	return nil
}

// limit sets what the kernel counts for a process. Memory is not among it: the
// limit there is, on what may be written to, also counts what is only reserved,
// which programs of some languages do by the terabyte.
func limit(pid int, rules Rules) error {
	limits := map[int]uint64{unix.RLIMIT_CORE: 0}
	if rules.FileBytes > 0 {
		limits[unix.RLIMIT_FSIZE] = rules.FileBytes
	}
	for resource, most := range limits {
		err := unix.Prlimit(pid, resource, &unix.Rlimit{Cur: most, Max: most}, nil)
		if err != nil && !errors.Is(err, unix.ESRCH) { // it may have ended already
			return fmt.Errorf("limit process: %w", err)
		}
	}
	return nil
}
