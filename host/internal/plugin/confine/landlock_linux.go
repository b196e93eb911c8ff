package confine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The rights over files, and the version of Landlock that has them.
const (
	readFile  = unix.LANDLOCK_ACCESS_FS_READ_FILE
	readDir   = unix.LANDLOCK_ACCESS_FS_READ_DIR
	execute   = unix.LANDLOCK_ACCESS_FS_EXECUTE
	writeFile = unix.LANDLOCK_ACCESS_FS_WRITE_FILE
	change    = unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE |
		unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_SOCK |
		unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_SYM
	devices  = unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK
	refer    = unix.LANDLOCK_ACCESS_FS_REFER        // 2
	truncate = unix.LANDLOCK_ACCESS_FS_TRUNCATE     // 3
	ioctl    = unix.LANDLOCK_ACCESS_FS_IOCTL_DEV    // 5
	connect  = unix.LANDLOCK_ACCESS_FS_RESOLVE_UNIX // 9

	// onFile are the rights over a file that is no directory.
	onFile = execute | writeFile | readFile | truncate | ioctl
)

// landlockABI returns the version of Landlock, 0 when it is missing or switched off.
func landlockABI() int { return askLandlock(unix.LANDLOCK_CREATE_RULESET_VERSION) }

// landlockErrata returns a bit for each fault of Landlock that this kernel has fixed.
func landlockErrata() int { return askLandlock(1 << 1) } // LANDLOCK_CREATE_RULESET_ERRATA

func askLandlock(question uintptr) int {
	answer, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, question)
	if errno != 0 {
		return 0
	}
	return int(answer)
}

// handled returns the rights that a version of Landlock can refuse.
func handled(abi int) unix.LandlockRulesetAttr {
	attr := unix.LandlockRulesetAttr{Handled_access_fs: readFile | readDir | execute | writeFile | change | devices}
	for since, right := range map[int]uint64{2: refer, 3: truncate, 5: ioctl, 9: connect} {
		if abi >= since {
			attr.Handled_access_fs |= right
		}
	}
	if abi >= 4 {
		attr.Handled_access_net = unix.LANDLOCK_ACCESS_NET_CONNECT_TCP | unix.LANDLOCK_ACCESS_NET_BIND_TCP
	}
	if abi >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	return attr
}

// ruleset is a Landlock ruleset.
type ruleset struct {
	fd   int
	attr unix.LandlockRulesetAttr
}

// newRuleset makes the ruleset of one program. The caller closes it.
func newRuleset(abi int, rules Rules) (*ruleset, error) {
	s := &ruleset{attr: handled(abi)}
	// The kernel takes a longer structure than its own if the rest is zero.
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&s.attr)), unsafe.Sizeof(s.attr), 0)
	if errno != 0 {
		return nil, fmt.Errorf("create ruleset: %w", errno)
	}
	s.fd = int(fd)
	if err := s.fill(rules); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *ruleset) close() error { return unix.Close(s.fd) }

func (s *ruleset) fill(rules Rules) error {
	for _, group := range []struct {
		paths  []string
		rights uint64
	}{
		// Interpreters and shared libraries.
		{
			[]string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store"},
			execute | readFile | readDir,
		},
		{public(), readFile | readDir},
		{[]string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}, readFile | writeFile},
		{rules.Read, readFile | readDir},
		{rules.Write, readFile | readDir | writeFile | change | refer | truncate | connect},
	} {
		for _, path := range group.paths {
			if err := s.allow(path, group.rights); err != nil {
				return err
			}
		}
	}
	if err := s.allowOpen(int(rules.Program.Fd()), execute|readFile); err != nil {
		return fmt.Errorf("allow program: %w", err)
	}
	if rules.Port == 0 || s.attr.Handled_access_net == 0 {
		return nil
	}
	port := struct{ access, port uint64 }{unix.LANDLOCK_ACCESS_NET_CONNECT_TCP, uint64(rules.Port)}
	return s.add(ruleNetPort, unsafe.Pointer(&port))
}

// ruleNetPort is LANDLOCK_RULE_NET_PORT.
const ruleNetPort = 2

// allow gives rights over a path and all below it. A path that does not exist is left out.
func (s *ruleset) allow(path string, rights uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.ENOTDIR) {
		return nil
	}
	if err != nil {
		return &os.PathError{Op: "allow", Path: path, Err: err}
	}
	err = s.allowOpen(fd, rights)
	if err := errors.Join(err, unix.Close(fd)); err != nil {
		return &os.PathError{Op: "allow", Path: path, Err: err}
	}
	return nil
}

func (s *ruleset) allowOpen(fd int, rights uint64) error {
	var info unix.Stat_t
	if err := unix.Fstat(fd, &info); err != nil {
		return err
	}
	if info.Mode&unix.S_IFMT != unix.S_IFDIR {
		rights &= onFile
	}
	beneath := unix.LandlockPathBeneathAttr{Allowed_access: rights & s.attr.Handled_access_fs, Parent_fd: int32(fd)}
	return s.add(unix.LANDLOCK_RULE_PATH_BENEATH, unsafe.Pointer(&beneath))
}

func (s *ruleset) add(kind uintptr, rule unsafe.Pointer) error {
	if _, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(s.fd), kind, uintptr(rule), 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// restrict lays the rules on the calling thread. They cannot be taken off.
func (s *ruleset) restrict() error {
	if _, _, errno := unix.RawSyscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(s.fd), 0, 0); errno != 0 {
		return fmt.Errorf("restrict: %w", errno)
	}
	return nil
}

// public are the system's files that programs need and that say nothing about people:
// name service, certificates, time zones, number of processors.
func public() []string {
	return []string{
		"/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/ca-certificates.conf", "/etc/crypto-policies",
		"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols",
		"/etc/localtime", "/etc/timezone", "/etc/mime.types", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
		"/etc/alternatives", "/etc/python3", "/etc/python3.11", "/etc/python3.12", "/etc/python3.13",
		"/sys/devices/system/cpu", "/sys/kernel/mm/transparent_hugepage",
		os.Getenv("SSL_CERT_FILE"), os.Getenv("SSL_CERT_DIR"),
	}
}
