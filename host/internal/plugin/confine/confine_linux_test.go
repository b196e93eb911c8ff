package confine_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"

	"github.com/plumbline-dev/plumbline/host/internal/plugin/confine"
)

// tryVariable names the variable under which the test program is the confined one.
const tryVariable = "CONFINE_TRY"

func TestMain(m *testing.M) {
	switch os.Getenv(tryVariable) {
	case "every call":
		tryEveryCall()
	case "numbers of a network":
		tryNetwork()
	case "namespaces":
		fmt.Println(ownNamespace("net"), ownNamespace("ipc"))
	default:
		os.Exit(m.Run())
	}
}

// confined runs this program again under rules and returns what it printed and what
// the kernel refused it.
func confined(t *testing.T, try string, rules confine.Rules) (string, []string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if rules.Program, err = os.Open(self); err != nil {
		t.Fatal(err)
	}
	defer rules.Program.Close()
	dir := t.TempDir()
	rules.Write = []string{dir}
	var out bytes.Buffer
	cmd := exec.Command(self)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
	cmd.Env = []string{tryVariable + "=" + try, "TMPDIR=" + dir, "GOTRACEBACK=none"}
	refused, err := confine.Start(cmd, rules)
	if err != nil {
		t.Fatal(err)
	}
	ended := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer ended.Stop()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return out.String(), refused.Calls()
}

// untried are the calls that end, wait or fork with any arguments. All of them are
// allowed, except setpgid and clone3, which have tests of their own, and uprobe and
// uretprobe, which the kernel keeps from every filter: outside a probe they end the
// program.
func untried() []string {
	return []string{
		"exit", "exit_group", "rt_sigreturn", "fork", "vfork", "clone", "clone3", "pause", "setpgid", "rt_sigsuspend",
		"restart_syscall", "select", "pselect6",
	}
}

// uretprobe is the number of that call, and uprobe the next, of x86-64.
const uretprobe = 335

// tryEveryCall makes each system call of the platform with arguments that mean
// nothing and prints its number and what came of it.
func tryEveryCall() {
	native, err := arch.GetInfo("")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	skip := untried()
	for number := range 1024 {
		if slices.Contains(skip, native.SyscallNumbers[number]) || number == uretprobe || number == uretprobe+1 {
			continue
		}
		done := make(chan unix.Errno, 1)
		go func() {
			runtime.LockOSThread() // for good: the call may have changed the thread
			const nothing = ^uintptr(0)
			_, _, errno := unix.RawSyscall6(uintptr(number), nothing, nothing, nothing, nothing, nothing, nothing)
			done <- errno
		}()
		select {
		case errno := <-done:
			fmt.Println(number, int(errno))
		case <-time.After(5 * time.Second):
			fmt.Println(number, -1) // it waits, so it is allowed
		}
	}
	os.Exit(0)
}

// TestEveryCallOfThePlatform makes every system call and compares what is allowed
// with the list. It prints the list.
func TestEveryCallOfThePlatform(t *testing.T) {
	t.Parallel()
	if !confine.Supported().Calls {
		t.Fatal("this machine's kernel has no system call filters")
	}
	native, err := arch.GetInfo("")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		rules confine.Rules
	}{{"over the link", confine.Rules{}}, {"dials", confine.Rules{Port: 9}}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			out, refused := confined(t, "every call", test.rules)
			allowed := untried()
			for line := range strings.Lines(out) {
				number, errno, ok := strings.Cut(strings.TrimSpace(line), " ")
				n, err := strconv.Atoi(number)
				if !ok || err != nil {
					t.Fatalf("printed %q", line)
				}
				name, known := native.SyscallNumbers[n]
				if !known {
					name = fmt.Sprint("system call ", n)
				}
				if errno != strconv.Itoa(int(unix.EPERM)) {
					allowed = append(allowed, name)
					continue
				}
				reported := slices.ContainsFunc(refused, func(call string) bool { return call == name || strings.HasPrefix(call, name+"(") })
				if !reported && len(refused) < 64 {
					t.Errorf("%s was refused and not reported", name)
				}
			}
			slices.Sort(allowed)
			t.Logf("%d calls are allowed at least with some arguments: %s", len(allowed), strings.Join(allowed, " "))
			listed := append(confine.ListedCalls(test.rules.Port != 0), "clone3", "setpgid")
			for _, name := range allowed {
				if !slices.Contains(listed, name) {
					t.Errorf("%s is allowed and not listed", name)
				}
			}
			for _, never := range []string{
				"chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "utime", "utimes", "utimensat", "futimesat",
				"setxattr", "fsetxattr", "lsetxattr", "removexattr", "memfd_create", "memfd_secret", "shmget", "shmat", "mq_open", "msgget", "semget",
				"ptrace", "process_vm_readv", "pidfd_open", "pidfd_getfd", "bpf", "io_uring_setup", "mount", "unshare", "setns", "keyctl",
				"link", "linkat", "symlink", "symlinkat", "mknod", "mknodat", "setpriority", "sched_setaffinity",
				"name_to_handle_at", "splice", "vmsplice",
			} {
				if slices.Contains(allowed, never) {
					t.Errorf("%s is allowed", never)
				}
			}
			if slices.Contains(allowed, "connect") != (test.rules.Port != 0) {
				t.Errorf("connect allowed: %t", slices.Contains(allowed, "connect"))
			}
		})
	}
}

// tryNetwork opens what leads to a network and prints what it could do.
func tryNetwork() {
	for _, family := range []int{unix.AF_INET, unix.AF_INET6} {
		if fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err == nil {
			fmt.Println("opened a TCP socket")
			if unix.Listen(fd, 1) == nil {
				fmt.Println("listens without a name")
			}
		}
		if _, err := unix.Socket(family, unix.SOCK_DGRAM, 0); err == nil {
			fmt.Println("opened a UDP socket")
		}
		if _, err := unix.Socket(family, unix.SOCK_STREAM, unix.IPPROTO_MPTCP); err == nil {
			fmt.Println("opened a multipath socket")
		}
	}
	if fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0); err != nil {
		fmt.Println("cannot open the socket on which the host speaks to it:", err)
	} else if err := unix.Connect(fd, &unix.SockaddrUnix{Name: "/run/dbus/system_bus_socket"}); err == nil || err == unix.ENOENT {
		fmt.Println("connects to sockets of other programs:", err)
	}
	if _, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0); err == nil {
		fmt.Println("opened a datagram socket")
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		fmt.Println("cannot make a pair of sockets:", err)
	} else if err := unix.Sendto(pair[0], []byte("x"), 0x20000000, nil); err == nil { // MSG_FASTOPEN
		fmt.Println("sent with the flag of TCP Fast Open")
	}
	if err := unix.Prlimit(os.Getppid(), unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 1, Max: 1}, nil); err == nil {
		fmt.Println("changed the limits of its host")
	}
	if err := os.Chmod(os.Getenv("TMPDIR"), 0o777); err == nil {
		fmt.Println("changed the mode of a directory")
	}
	if _, err := unix.MemfdCreate("x", 0); err == nil {
		fmt.Println("has memory that is a file")
	}
	fmt.Println("done")
	os.Exit(0)
}

func TestWhatLeadsOutIsRefusedByName(t *testing.T) {
	t.Parallel()
	out, refused := confined(t, "numbers of a network", confine.Rules{})
	if out != "done\n" {
		t.Errorf("over the link it says: %s", out)
	}
	for _, call := range []string{"socket(AF_INET)", "socket(AF_INET6)", "socket(AF_UNIX)", "connect", "sendto", "prlimit64", "memfd_create"} {
		if !slices.Contains(refused, call) {
			t.Errorf("%s is not among the refused calls: %v", call, refused)
		}
	}
	out, _ = confined(t, "numbers of a network", confine.Rules{Port: 9})
	var said []string
	for s := bufio.NewScanner(strings.NewReader(out)); s.Scan(); {
		if !slices.Contains(said, s.Text()) {
			said = append(said, s.Text())
		}
	}
	// A program that dials has the sockets of TCP. That listening without a name takes
	// a port is known, and why people agree to such a connector by itself.
	// Where Landlock does not check sockets in the file system, it can search for them.
	said = slices.DeleteFunc(said, func(line string) bool {
		return !confine.Supported().Sockets && strings.HasPrefix(line, "connects to sockets of other programs: no such file")
	})
	if want := []string{"opened a TCP socket", "listens without a name", "done"}; !slices.Equal(said, want) {
		t.Errorf("with a proxy it says: %q", said)
	}
}

// ownNamespace returns the name of a namespace of the calling thread's process.
func ownNamespace(kind string) string {
	name, err := os.Readlink("/proc/self/ns/" + kind)
	if err != nil {
		return err.Error()
	}
	return name
}

func TestNamespacesOfItsOwn(t *testing.T) {
	t.Parallel()
	can := confine.Supported().Namespaces
	hosts := []string{ownNamespace("net"), ownNamespace("ipc")}
	for _, test := range []struct {
		name  string
		rules confine.Rules
		own   []bool // of net and ipc, where the machine can
	}{
		{"over the link", confine.Rules{}, []bool{true, true}},
		{"dials", confine.Rules{Port: 9}, []bool{false, true}},
		{"inspects the machine", confine.Rules{Inspect: true}, []bool{false, false}},
	} {
		out, _ := confined(t, "namespaces", test.rules)
		names := strings.Fields(out)
		if len(names) != 2 {
			t.Fatalf("%s: it says %q", test.name, out)
		}
		for i, name := range names {
			if own := name != hosts[i]; own != (test.own[i] && can) {
				t.Errorf("%s: its namespace is %s, the host's %s, and the machine makes them: %t", test.name, name, hosts[i], can)
			}
		}
	}
	if now := []string{ownNamespace("net"), ownNamespace("ipc")}; !slices.Equal(now, hosts) {
		t.Errorf("the host itself is in %v now, not in %v", now, hosts)
	}
}
