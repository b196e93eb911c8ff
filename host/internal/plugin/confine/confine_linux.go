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

// Start starts cmd under rules, in a process group of its own. What the machine
// cannot enforce is left out. It returns what the program is refused from now on,
// nil where the kernel reports none.
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
		defer func() { _ = set.close() }() // what was restricted stays so
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var allowed *calls
	if support.Calls {
		allowed = &calls{group: newGroup(), dials: rules.Port != 0, signals: support.Signals}
		cmd.SysProcAttr.Pgid = int(allowed.group.number())
	}
	// Package os tries once per program whether the kernel has pidfds, with calls that
	// the filter refuses: it must not try under the filter.
	if _, err := os.FindProcess(os.Getpid()); err != nil {
		return nil, fmt.Errorf("confine: find own process: %w", err)
	}
	var refused *Refused
	var err error
	onOwnThread(func() { refused, err = startRestricted(cmd, rules, set, allowed) })
	if err != nil {
		return nil, err
	}
	return refused, limit(cmd.Process.Pid, rules)
}

// newGroup returns a number that nobody can guess.
func newGroup() ownGroup {
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails
	return ownGroup(binary.NativeEndian.Uint32(random[:]) | 1)
}

// startRestricted restricts the calling thread and starts cmd from it.
func startRestricted(cmd *exec.Cmd, rules Rules, set *ruleset, allowed *calls) (*Refused, error) {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("confine: give up new privileges: %w", err)
	}
	if !rules.Inspect {
		if _, err := enterNamespaces(rules.Port != 0); err != nil {
			return nil, fmt.Errorf("confine: %w", err)
		}
		if err := dropCapabilities(); err != nil {
			return nil, fmt.Errorf("confine: %w", err)
		}
	}
	if set != nil {
		if err := set.restrict(); err != nil {
			return nil, fmt.Errorf("confine: %w", err)
		}
	}
	var refused *Refused
	if allowed != nil {
		listener, err := allowed.apply()
		if err != nil {
			return nil, fmt.Errorf("confine: %w", err)
		}
		if listener != nil {
			refused = &Refused{}
			go refused.listen(listener) // ends with the last process under the filter, this thread among them
		}
	}
	return refused, cmd.Start()
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
