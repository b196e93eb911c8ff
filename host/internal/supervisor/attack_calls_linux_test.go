package supervisor_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/journal"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/confine"
)

// callAttacks are attacks that a system call makes, by their name.
func callAttacks() map[string]func(attack) []string {
	return map[string]func(attack) []string{
		"limits": attack.limits, "modes": attack.modes, "unseen memory": attack.unseenMemory, "unlinked": attack.unlinked,
		"fast open": attack.fastOpen, "sockets": attack.sockets,
	}
}

// limits changes what the agent may do.
func (a attack) limits() (breaches []string) {
	for _, limit := range []int{unix.RLIMIT_NOFILE, unix.RLIMIT_NPROC, unix.RLIMIT_FSIZE} {
		if unix.Prlimit(a.PID, limit, &unix.Rlimit{Cur: 1, Max: 1}, nil) == nil {
			breaches = append(breaches, fmt.Sprintf("set limit %d of the agent to 1", limit))
		}
		if unix.Prlimit(a.PID, limit, nil, &unix.Rlimit{}) == nil {
			breaches = append(breaches, fmt.Sprintf("read limit %d of the agent", limit))
		}
	}
	if unix.Setpriority(unix.PRIO_PROCESS, a.PID, 19) == nil {
		breaches = append(breaches, "changed the agent's priority")
	}
	var one unix.CPUSet
	one.Set(0)
	if unix.SchedSetaffinity(a.PID, &one) == nil {
		breaches = append(breaches, "bound the agent to one processor")
	}
	return breaches
}

// modes changes what Landlock does not judge, of files that it cannot even open.
func (a attack) modes() (breaches []string) {
	for _, path := range a.Paths {
		now := []unix.Timespec{{Sec: 1}, {Sec: 1}}
		for what, err := range map[string]error{
			"chmod":      unix.Chmod(path, 0o777),
			"fchmodat":   unix.Fchmodat(unix.AT_FDCWD, path, 0o777, 0),
			"fchmodat2":  fchmodat2(path),
			"chown":      unix.Lchown(path, os.Getuid(), os.Getgid()),
			"fchownat":   unix.Fchownat(unix.AT_FDCWD, path, os.Getuid(), os.Getgid(), 0),
			"utimensat":  unix.UtimesNanoAt(unix.AT_FDCWD, path, now, 0),
			"setxattr":   unix.Setxattr(path, "user.planted", []byte("x"), 0),
			"link":       unix.Link(path, filepath.Join(os.TempDir(), "linked")),
			"symlink":    unix.Symlink(path, filepath.Join(os.TempDir(), "led")),
			"mknod":      unix.Mknod(filepath.Join(os.TempDir(), "node"), unix.S_IFIFO|0o600, 0),
			"own chmod":  unix.Chmod(os.TempDir(), 0o777),
			"own xattr":  unix.Setxattr(os.TempDir(), "user.planted", []byte("x"), 0),
			"name_to_…":  nameToHandle(path),
			"inotify":    watchFile(path),
			"acl by xat": unix.Removexattr(path, "system.posix_acl_access"),
		} {
			if err == nil {
				breaches = append(breaches, what+" "+path)
			}
		}
	}
	return breaches
}

func fchmodat2(path string) error {
	name, err := unix.BytePtrFromString(path)
	if err != nil {
		return err
	}
	return call4(452, unix.AT_FDCWD, name, 0o777, 0)
}

func nameToHandle(path string) error {
	_, _, err := unix.NameToHandleAt(unix.AT_FDCWD, path, 0)
	return err
}

func watchFile(path string) error {
	fd, err := unix.InotifyInit1(0)
	if err != nil {
		return err
	}
	_, err = unix.InotifyAddWatch(fd, path, unix.IN_OPEN)
	return errors.Join(err, unix.Close(fd))
}

// unseenMemory takes memory that a process's resident size does not show.
func (a attack) unseenMemory() (breaches []string) {
	if fd, err := unix.MemfdCreate("hidden", 0); err == nil {
		breaches = append(breaches, fmt.Sprintf("made a file of memory (%v)", unix.Close(fd)))
	}
	if id, err := unix.SysvShmGet(unix.IPC_PRIVATE, 1<<20, unix.IPC_CREAT|0o600); err == nil {
		breaches = append(breaches, fmt.Sprintf("made shared memory %d, which stays", id))
	}
	if err := os.WriteFile("/dev/shm/plumbline-hidden", make([]byte, 1<<20), 0o600); err == nil {
		breaches = append(breaches, "wrote to /dev/shm")
	}
	return breaches
}

// unlinked fills the disk with files that have no name.
func (a attack) unlinked() []string {
	var held []*os.File
	for n := range 200 {
		f, err := os.Create(filepath.Join(os.TempDir(), fmt.Sprint("gone", n)))
		if err != nil {
			return []string{err.Error()}
		}
		held = append(held, f)
		if err := errors.Join(os.Remove(f.Name()), write(f)); err != nil {
			return []string{err.Error()}
		}
		<-time.After(20 * time.Millisecond)
	}
	return []string{fmt.Sprintf("holds %d files without a name", len(held))}
}

func write(f *os.File) error {
	_, err := f.Write(make([]byte, 4<<20))
	return err
}

// fastOpen connects by sending, which Landlock's right to connect does not see.
func (a attack) fastOpen() (breaches []string) {
	const flag = 0x20000000 // MSG_FASTOPEN
	host, port, err := net.SplitHostPort(a.Target)
	if err != nil {
		return []string{err.Error()}
	}
	number, err := net.LookupPort("tcp", port)
	if err != nil {
		return []string{err.Error()}
	}
	to := &unix.SockaddrInet4{Port: number}
	copy(to.Addr[:], net.ParseIP(host).To4())
	for _, high := range []int{0, 1 << 32} {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return breaches // it has no socket to send with
		}
		if unix.Sendto(fd, []byte("secret"), flag|high, to) == nil {
			breaches = append(breaches, "sendto opened a connection")
		}
		if _, err := unix.SendmsgN(fd, []byte("secret"), nil, to, flag|high); err == nil {
			breaches = append(breaches, "sendmsg opened a connection")
		}
		if unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_FASTOPEN_CONNECT, 1) == nil && unix.Connect(fd, to) == nil {
			breaches = append(breaches, "connect with the option opened a connection")
		}
		if unix.Connect(fd, to) == nil {
			breaches = append(breaches, "connect opened a connection")
		}
		if err := unix.Close(fd); err != nil {
			breaches = append(breaches, err.Error())
		}
	}
	return breaches
}

// sockets opens what a program over the link has no use for, and connects to sockets
// in the file system, such as D-Bus and a container engine have.
func (a attack) sockets() (breaches []string) {
	for _, family := range []int{unix.AF_INET, unix.AF_INET6, unix.AF_NETLINK, unix.AF_VSOCK, unix.AF_ALG, unix.AF_BLUETOOTH, 43, /* SMC */
		45 /* MCTP */} {
		for _, kind := range []int{unix.SOCK_STREAM, unix.SOCK_DGRAM, unix.SOCK_RAW, unix.SOCK_SEQPACKET} {
			if fd, err := unix.Socket(family, kind, 0); err == nil {
				breaches = append(breaches, fmt.Sprintf("opened a socket of family %d, type %d (listen: %v)", family, kind, unix.Listen(fd, 1)))
			}
		}
	}
	for _, path := range a.Paths {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err != nil {
			return append(breaches, "cannot open the kind of socket on which the host speaks to it")
		}
		if unix.Connect(fd, &unix.SockaddrUnix{Name: path}) == nil {
			breaches = append(breaches, "connected to "+path)
		}
	}
	return breaches
}

// refusedIn checks that a run names the calls that were refused, in its own list and
// in its log.
func refusedIn(t *testing.T, b *bundle, run host.Run, calls ...string) {
	t.Helper()
	lines, err := linesOf(b.store.Logs(journal.LogQuery{Run: run.ID, Limit: 1000}))
	if err != nil {
		t.Fatal(err)
	}
	said := fmt.Sprint(lines)
	for _, call := range calls {
		if !slices.Contains(run.RefusedCalls, call) {
			t.Errorf("the run does not name %s: %v", call, run.RefusedCalls)
		}
		if !strings.Contains(said, call) {
			t.Errorf("the log does not name %s: %s", call, said)
		}
	}
}

func TestAttackOnTheAgentsLimits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var before, after unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	run := attacked(t, b, attack{Do: "limits", PID: os.Getpid()})
	if run.Status != host.StatusSucceeded {
		t.Errorf("ended as %s: %v", run.Status, problemsOf(run))
	}
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &after); err != nil || after != before {
		t.Errorf("the limit is %+v now, %v; it was %+v", after, err, before)
	}
	refusedIn(t, b, run, "prlimit64", "setpriority", "sched_setaffinity")
}

func TestAttackOnModesAndTimes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	victim := filepath.Join(b.dir, "key")
	if err := os.WriteFile(victim, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(victim)
	if err != nil {
		t.Fatal(err)
	}
	run := attacked(t, b, attack{Do: "modes", Paths: []string{victim, b.dir, "/tmp"}})
	if run.Status != host.StatusSucceeded {
		t.Errorf("ended as %s: %v", run.Status, problemsOf(run))
	}
	after, err := os.Stat(victim)
	if err != nil || after.Mode() != before.Mode() || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("the key is %v of %v now, %v; it was %v of %v", after.Mode(), after.ModTime(), err, before.Mode(), before.ModTime())
	}
	refusedIn(t, b, run, "fchmodat2", "fchownat", "utimensat", "setxattr")
}

func TestAttackByUnseenMemory(t *testing.T) {
	t.Parallel()
	b := setup(t)
	run := attacked(t, b, attack{Do: "unseen memory"})
	if run.Status != host.StatusSucceeded {
		t.Errorf("ended as %s: %v", run.Status, problemsOf(run))
	}
	refusedIn(t, b, run, "memfd_create", "shmget")
}

func TestAttackByFilesWithoutAName(t *testing.T) {
	t.Parallel()
	run := attacked(t, setup(t), attack{Do: "unlinked"})
	if said := strings.Join(problemsOf(run), "; "); run.Status != host.StatusFailed ||
		!strings.Contains(said, "filled its directory with more than the 64 MiB it may use") {
		t.Errorf("ended as %s: %s", run.Status, said)
	}
}

func TestAttackByOtherSockets(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bus := filepath.Join(b.dir, "bus") // of another program of the same user
	listener, err := new(net.ListenConfig).Listen(t.Context(), "unix", bus)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	run := attacked(t, b, attack{Do: "sockets", Paths: []string{bus}})
	if run.Status != host.StatusSucceeded {
		t.Errorf("ended as %s: %v", run.Status, problemsOf(run))
	}
	refusedIn(t, b, run, "socket(AF_INET)", "socket(AF_INET6)", "socket(AF_NETLINK)", "connect")
}

// TestAttackByFastOpen is tried over the link, where there is no socket, and by a
// connector that dials by itself, which has one.
func TestAttackByFastOpen(t *testing.T) {
	t.Parallel()
	for _, as := range []string{"hostile", "dialer"} {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			accepted := make(chan string, 10)
			go func() { // ends when the listener is closed
				defer close(accepted)
				for {
					conn, err := listener.Accept()
					if err != nil {
						return
					}
					accepted <- conn.RemoteAddr().String()
				}
			}()
			run := attacked(t, b, attack{Do: "fast open", As: as, Target: listener.Addr().String()})
			if run.Status != host.StatusSucceeded {
				t.Errorf("ended as %s: %v", run.Status, problemsOf(run))
			}
			if err := listener.Close(); err != nil {
				t.Fatal(err)
			}
			for from := range accepted {
				t.Errorf("a connection came from %s", from)
			}
			if as == "hostile" {
				refusedIn(t, b, run, "socket(AF_INET)")
			} else {
				refusedIn(t, b, run, "sendto", "sendmsg")
			}
		})
	}
}

// TestAttackThroughTheProxyPort is the attack on the network of a connector that
// dials by itself: it reaches what it declares and nothing else.
func TestAttackThroughTheProxyPort(t *testing.T) {
	t.Parallel()
	b := setup(t)
	run := attacked(t, b, attack{Do: "proxy", As: "dialer", Target: "127.0.0.2:9", URL: serveHello(t)})
	if run.Status != host.StatusSucceeded {
		t.Errorf("ended as %s: %v", run.Status, problemsOf(run))
	}
	if denied := slices.IndexFunc(run.Network, func(c host.Contact) bool { return c.Host == "127.0.0.2" && c.Denied == 1 }); denied < 0 {
		t.Errorf("the run says of what it reached: %+v", run.Network)
	}
}

// TestAttacksAsAnOrdinaryUser runs the attacks again without root's rights, which
// the other tests have where they are run as root.
func TestAttacksAsAnOrdinaryUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Log("the other tests run as an ordinary user already")
		return
	}
	t.Parallel()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	const nobody = 65534
	dir, err := os.MkdirTemp("/tmp", "pl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program := filepath.Join(dir, "attacks")
	if err := errors.Join(os.WriteFile(program, self, 0o755), os.Chmod(dir, 0o755), os.Chown(dir, nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "-test.run", "^TestAttack(On|By|Through)", "-test.short")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("%v\n%s", err, out)
	}
	if !confine.Supported().Calls {
		t.Error("this kernel has no system call filters")
	}
}
