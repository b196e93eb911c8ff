//go:build unix

package plugin_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin"
)

// shortOfFiles makes a process of this test binary list the connectors of the named
// directory with ever more open files allowed.
const shortOfFiles = "PLUMBLINE_TEST_SHORT_OF_FILES"

// listWithFewFiles prints a line for each limit: the code of the problem, or ok. Limits
// are those of a process, so it is one of its own.
func listWithFewFiles(dir string) int {
	launcher, err := plugin.NewLauncher(filepath.Join(dir, "work"), plugin.Limits{})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer func() { _ = launcher.Close() }()
	catalog := plugin.NewCatalog([]string{filepath.Join(dir, "connectors")}, filepath.Join(dir, "cache"), "test", launcher)
	var whole syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &whole); err != nil {
		fmt.Println(err)
		return 1
	}
	for limit := uint64(3); limit < 64; limit++ {
		few := whole
		few.Cur = limit
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &few); err != nil {
			fmt.Println(err)
			return 1
		}
		list, err := catalog.List(context.Background(), nil)
		if set := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &whole); set != nil {
			fmt.Println(set)
			return 1
		}
		said := "ok"
		if err == nil && len(list) == 1 && list[0].Problem != nil {
			err = list[0].Problem
		}
		if p := new(host.Problem); errors.As(err, &p) {
			said = p.Code + ": " + p.Message
		} else if err != nil {
			said = "no problem: " + err.Error()
		}
		fmt.Println(limit, said)
	}
	return 0
}

// Too few files on the host is the host's fault: no connector is called unfit for it,
// and it can be used as soon as there are more.
func TestTooFewFilesAreTheHostsFault(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fake(t)
	dir, err := os.MkdirTemp("", "pl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Symlink(b.dir, filepath.Join(dir, "connectors")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), shortOfFiles+"="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	short := 0
	for _, line := range lines {
		_, said, _ := strings.Cut(line, " ")
		switch {
		case said == "ok":
		case strings.HasPrefix(said, host.CodeConnectorStart) && strings.Contains(said, "limit of open files is reached"):
			short++
		default:
			t.Errorf("with that many open files: %s", line)
		}
	}
	if last := lines[len(lines)-1]; !strings.HasSuffix(last, " ok") || short < 3 {
		t.Errorf("%d limits were too low, and in the end: %s", short, last)
	}
}

func TestWhatTheHostLacksIsNamed(t *testing.T) {
	t.Parallel()
	for errno, want := range map[error]string{
		syscall.EMFILE: "LimitNOFILE=", syscall.ENFILE: "fs.file-max", syscall.EAGAIN: "TasksMax=", syscall.ENOMEM: "MemoryMax=",
	} {
		err := plugin.StartError(&os.PathError{Op: "fork/exec", Path: "/x", Err: errno})
		p := host.AsProblem(err)
		if p.Code != host.CodeConnectorStart || p.Fault != host.FaultHost || p.Retry != host.RetryAfter || !strings.Contains(p.Remedy, want) {
			t.Errorf("%v: %+v", errno, p)
		}
	}
	if p := host.AsProblem(plugin.StartError(syscall.ENOEXEC)); p.Code != host.CodeNotAConnector {
		t.Errorf("a program that cannot be run: %+v", p)
	}
	said := plugin.StartProblem("runtime: failed to create new OS thread (have 2 already; errno=11)\nfatal error: newosproc")
	if said.Code != host.CodeConnectorStart || !strings.Contains(said.Remedy, "TasksMax=") {
		t.Errorf("a program that could start no thread: %+v", said)
	}
}
