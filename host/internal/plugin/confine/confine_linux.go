package confine

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// Supported returns what can be enforced on this machine.
func Supported() Support {
	abi := landlockABI()
	calls := filters()
	return Support{
		System: "linux", Landlock: abi, Files: abi >= 1, Network: abi >= 4 && calls, Signals: abi >= 6, Sockets: abi >= 9, Calls: calls,
		Errata: landlockErrata(), Namespaces: namespaces(),
	}
}

// Start starts cmd under rules, in a process group of its own. What the machine cannot
// enforce is left out. It returns the calls that the kernel refuses the program from now
// on, nil where the kernel does not report them.
func Start(cmd *exec.Cmd, rules Rules) (*Refused, error) {
	support := Supported()
	if rules.Inspect {
		support = Support{}
	}
	var set *ruleset
	if support.Files {
		var err error
		if set, err = newRuleset(support.Landlock, rules); err != nil {
			return nil, fmt.Errorf("confine: %w", err)
		}
		defer func() { _ = set.close() }() // the rules of a thread stay
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var allowed *calls
	if support.Calls {
		allowed = &calls{group: newGroup(), dials: rules.Port != 0, signals: support.Signals}
		cmd.SysProcAttr.Pgid = int(allowed.group.number())
	}
	// Package os tries once per program whether the kernel has pidfds, with calls that the
	// filter refuses. So it tries here, before the filter.
	if _, err := os.FindProcess(os.Getpid()); err != nil {
		return nil, fmt.Errorf("confine: find own process: %w", err)
	}
	var refused *Refused
	var err error
	onOwnThread(func() {
		if refused, err = restrict(rules, set, allowed); err != nil {
			err = fmt.Errorf("confine: %w", err)
			return
		}
		err = cmd.Start()
	})
	if err != nil {
		return nil, err
	}
	return refused, limit(cmd.Process.Pid, rules)
}

// newGroup returns a random number.
func newGroup() ownGroup {
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails
	return ownGroup(binary.NativeEndian.Uint32(random[:]) | 1)
}

// restrict restricts the calling thread, and with it the program that it starts.
func restrict(rules Rules, set *ruleset, allowed *calls) (*Refused, error) {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("give up new privileges: %w", err)
	}
	if !rules.Inspect {
		if _, err := enterNamespaces(rules.Port != 0); err != nil {
			return nil, err
		}
		if err := dropCapabilities(); err != nil {
			return nil, err
		}
	}
	if set != nil {
		if err := set.restrict(); err != nil {
			return nil, err
		}
	}
	if allowed == nil {
		return nil, nil
	}
	listener, err := allowed.apply()
	if listener == nil || err != nil {
		return nil, err
	}
	refused := &Refused{}
	go refused.listen(listener) // ends with the last process under the filter; this thread is one
	return refused, nil
}

// dropCapabilities takes root's capabilities from a program. It may still read the files
// of others where the rules let it read.
func dropCapabilities() error {
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		if c == unix.CAP_DAC_READ_SEARCH {
			continue
		}
		err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0)
		switch {
		case errors.Is(err, unix.EINVAL), errors.Is(err, unix.EPERM): // an older kernel, or not root
			return nil
		case err != nil:
			return fmt.Errorf("drop capability %d: %w", c, err)
		}
	}
	return nil
}

// limit sets the kernel's limits of a process. Memory is not among them: RLIMIT_AS and
// RLIMIT_DATA count reserved memory, of which some languages reserve terabytes.
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
