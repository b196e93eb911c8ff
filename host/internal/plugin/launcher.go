package plugin

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	"github.com/plumbline-dev/plumbline/host"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/census"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/cgroup"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/confine"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/group"
	"github.com/plumbline-dev/plumbline/host/internal/wire"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Program is one connector program, as it was when it was looked at.
type Program struct {
	ID     string
	Path   string
	SHA256 string // lower-case hex; Start refuses a file with another hash

	// Interpreter is the hash of the program that runs it, when it is a description.
	Interpreter string
}

// ProgramOf returns the program of a connector that was looked up.
func ProgramOf(c host.Connector) Program {
	return Program{ID: c.ID, Path: c.Path, SHA256: c.SHA256, Interpreter: c.Interpreter}
}

// Launcher starts connector processes. It is safe for concurrent use.
type Launcher struct {
	workDir      string        // private directories of processes are made here
	socketDir    string        // short, so that socket paths fit
	startTimeout time.Duration // until the handshake
	grace        time.Duration // for a polite stop
	limits       Limits
	private      string        // the data directory, which no program reads
	interpreter  interpreter   // runs descriptions
	home         *cgroup.Home  // of the processes' control groups; nil = there is none
	starts       atomic.Uint64 // names the processes' own socket directories
	census       census.Census // of all processes, shared by those who watch one each
	running      sync.Map      // process ids of those that run, each the number of its group
}

// maxSocketDir leaves room in the 104 bytes of a socket address for a process's
// own directory and the two random names go-plugin appends.
const maxSocketDir = 104 - len("/zzzzzz/plugin-dir4294967295/plugin4294967295")

// NewLauncher returns a launcher that works under dir. What an earlier owner of
// dir left behind there is deleted: dir has one owner at a time. On a full disk
// the directories are made with the first start, so that a host can open to read.
func NewLauncher(dir string, limits Limits) (*Launcher, error) {
	work := filepath.Join(dir, "connector-work")
	if err := os.RemoveAll(work); err != nil {
		return nil, fmt.Errorf("clear connector work directory: %w", err)
	}
	if err := os.MkdirAll(work, 0o700); err != nil && !errors.Is(err, syscall.ENOSPC) {
		return nil, fmt.Errorf("create connector work directory: %w", err)
	}
	sockets, err := socketDir(work)
	if err != nil {
		return nil, err
	}
	return &Launcher{workDir: work, socketDir: sockets, startTimeout: 20 * time.Second, grace: 1500 * time.Millisecond, limits: limits, private: dir}, nil
}

// Private returns the data directory, which no program reads.
func (l *Launcher) Private() string { return l.private }

// Close deletes the directories of the launcher. Every process must have ended.
func (l *Launcher) Close() error {
	return errors.Join(os.RemoveAll(l.workDir), os.RemoveAll(l.socketDir))
}

// Start verifies and starts program and returns when it has introduced itself. It
// may do what allowed says and nothing else, as far as this machine can see to
// that. Errors are problems: connector.changed, connector.not_a_connector,
// connector.start, or a limit it went over. The process ends with Stop, not with
// ctx.
//
// A process that somebody else started is connected to instead: what it may do is not
// for the host to say, and it is only told the way to the proxy.
func (l *Launcher) Start(ctx context.Context, program Program, allowed Allowance) (*Process, error) {
	if program.Attached() {
		return l.attach(ctx, program, allowed)
	}
	work, sockets, err := l.makeRoom(program.ID)
	if err != nil {
		if p := shortage(program.ID, err); p != nil {
			return nil, p
		}
		return nil, noRoom(program, err)
	}
	p := &Process{program: program, grace: l.grace, limits: l.limits, workDir: work, socketDir: sockets, stderr: newTail(64 << 10), stopped: make(chan struct{}), census: &l.census}
	p.runner = newRunner(program, l.rules(p, allowed))
	p.client = goplugin.NewClient(l.config(p, allowed))
	p.runner.interpreter = l.interpreter.path
	p.runner.enter = l.group
	p.runner.began = func(pid int) { l.running.Store(pid, struct{}{}) }
	go func() { // ends with the process, or when it was never started
		p.watch()
		l.running.Delete(p.runner.pid())
	}()
	if err := p.handshake(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// UseGroups puts every process into a control group of its own below home, which may be
// nil. It is called before anything is started.
func (l *Launcher) UseGroups(home *cgroup.Home) { l.home = home }

// group makes the control group of a process, nil where there are none.
func (l *Launcher) group() (*cgroup.Group, error) {
	if l.home == nil {
		return nil, nil
	}
	return l.home.Group(cgroup.Limits{MemoryMiB: l.limits.MemoryMiB, Tasks: l.limits.Tasks})
}

// Owns reports whether pid is a connector's process, or a helper of one.
func (l *Launcher) Owns(pid int) bool {
	leader, ok := group.Of(pid)
	if !ok {
		return false // it has ended
	}
	_, running := l.running.Load(leader)
	return running
}

// makeRoom makes the private directories of one process: to work in, and for its
// socket, of which go-plugin leaves something behind when the program cannot be
// started. A host runs for months, and cleaners of temporary files take away what
// was not used for days: the directories above are made again when they are gone.
func (l *Launcher) makeRoom(id string) (work, sockets string, err error) {
	if err := os.MkdirAll(l.workDir, 0o700); err != nil {
		return "", "", fmt.Errorf("create work directory: %w", err)
	}
	err = os.Mkdir(l.socketDir, 0o700)
	if errors.Is(err, fs.ErrExist) {
		// Not one that somebody else made there meanwhile.
		err = private(l.socketDir)
	}
	if err == nil {
		sockets = filepath.Join(l.socketDir, strconv.FormatUint(l.starts.Add(1), 36))
		err = os.Mkdir(sockets, 0o700)
	}
	if err != nil {
		return "", "", fmt.Errorf("create socket directory: %w", err)
	}
	if work, err = os.MkdirTemp(l.workDir, id+"-"); err != nil {
		return "", "", errors.Join(fmt.Errorf("create work directory: %w", err), os.Remove(sockets))
	}
	return work, sockets, nil
}

// private returns an error unless dir is a directory that only we may enter.
func private(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() || !ours(info) {
		return fmt.Errorf("%s belongs to somebody else or can be entered by others", dir)
	}
	return nil
}

func noRoom(program Program, err error) *host.Problem {
	return (&host.Problem{
		Code:    host.CodeConnectorStart,
		Message: fmt.Sprintf("there is no place for the connector program %s to work in: %v", program.ID, err),
		Remedy:  "See that the data directory and the directory for temporary files can be written to, then sync again.",
		Fault:   host.FaultHost,
		Retry:   host.RetryAfter,
	}).Because(err)
}

func (l *Launcher) config(p *Process, allowed Allowance) *goplugin.ClientConfig {
	return &goplugin.ClientConfig{
		HandshakeConfig:  sdk.Handshake(),
		Plugins:          goplugin.PluginSet{sdk.PluginName: client{}},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     l.startTimeout,
		Logger:           hclog.NewNullLogger(),
		Stderr:           p.stderr,
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: p.socketDir},
		// No keepalive pings: a server's default is to hang up on more than one in
		// five minutes, and that a connector is stuck is found out by its silence.
		GRPCDialOptions: dialOptions(),
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, _ string) (runner.Runner, error) {
			cmd.Dir = p.workDir
			cmd.Env = append(cmd.Env, l.environment(p.workDir, allowed)...)
			p.runner.cmd = cmd
			return p.runner, nil
		},
	}
}

func dialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(sdk.MaxMessageBytes), grpc.MaxCallSendMsgSize(sdk.MaxMessageBytes)),
		// Room for the next batch behind the one being looked at, and no more: left
		// to itself gRPC would buffer up to 16 MiB of what nobody has read.
		grpc.WithInitialWindowSize(window), grpc.WithInitialConnWindowSize(window),
	}
}

// window is how many bytes a connector may send before they are read.
const window = 1 << 20

// passedOn names the only variables of the host a connector sees: without them a
// company's private certificate authority could not be used. Its proxy is used by
// the host's.
func passedOn() []string { return []string{"SSL_CERT_FILE", "SSL_CERT_DIR", "SystemRoot"} }

// rules returns what the process may do to this machine.
func (l *Launcher) rules(p *Process, allowed Allowance) confine.Rules {
	return confine.Rules{
		Read: without(allowed.Read, l.private), Write: []string{p.workDir, p.socketDir},
		Port: allowed.port(), Inspect: allowed.Inspect,
		FileBytes: uint64(max(l.limits.DiskMiB, 0)) << 20,
	}
}

func (l *Launcher) environment(workDir string, allowed Allowance) []string {
	env := []string{
		"LANG=C.UTF-8",
		"PATH=" + searchPath,
		"HOME=" + workDir, "TMPDIR=" + workDir, "TMP=" + workDir, "TEMP=" + workDir,
	}
	if l.limits.SoftMiB > 0 {
		env = append(env, fmt.Sprintf("GOMEMLIMIT=%dMiB", l.limits.SoftMiB))
	}
	env = append(env, allowed.environment()...)
	for _, name := range passedOn() {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// socketDir makes a private directory whose sockets' paths fit the system's
// limit: inside work when that is short enough, else in a temporary directory
// under a name that follows from work, so that what a killed host left there is
// found and deleted again.
func socketDir(work string) (string, error) {
	name := fnv.New64a()
	name.Write([]byte(work))
	private := fmt.Sprintf("plumbline-%x", name.Sum64())
	for _, dir := range []string{
		filepath.Join(work, "s"),
		filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), private),
		filepath.Join(os.TempDir(), private),
		filepath.Join("/tmp", private),
	} {
		if len(dir) > maxSocketDir || !filepath.IsAbs(dir) {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			return "", fmt.Errorf("clear socket directory: %w", err)
		}
		// Mkdir, not MkdirAll: a directory somebody else made there is refused.
		// One that is missing, here because the disk is full, is made with the first start.
		if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("create socket directory: %w", err)
		}
		return dir, nil
	}
	return "", fmt.Errorf("no directory is short enough for a socket below %d bytes: set TMPDIR to a shorter path", maxSocketDir)
}

// client is the host's half of the go-plugin pair.
type client struct {
	goplugin.NetRPCUnsupportedPlugin
}

func (client) GRPCServer(*goplugin.GRPCBroker, *grpc.Server) error {
	return errors.New("the host serves no connector")
}

func (client) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return connectorv1.NewConnectorClient(conn), nil
}

// startProblem explains in a person's words why program did not introduce itself.
func startProblem(program Program, err error, exit, stderr string) *host.Problem {
	if p := shortage(program.ID, err); p != nil {
		return p
	}
	if p := shortageSaid(program.ID, stderr); p != nil {
		p.Detail = clip(stderr, 2000)
		return p.Because(err)
	}
	why := err.Error()
	switch {
	case strings.Contains(why, "Unrecognized remote plugin message"):
		why = "it printed something else than a connector's introduction"
	case strings.Contains(why, "timeout while waiting"):
		why = "it did not introduce itself in time"
	case strings.Contains(why, "incompatible API version"), strings.Contains(why, "incompatible core API"):
		why = "it speaks another protocol version: " + firstLine(why)
	default:
		why = firstLine(why)
	}
	if exit != "" {
		why += " and " + exit
	}
	if program.Described() && stderr != "" {
		// The interpreter's words are about the file, a line for each mistake.
		why = clip(strings.ReplaceAll(strings.TrimSpace(stderr), "\n", "; "), 1000)
	}
	p := notAConnector(program.ID, program.Path, why)
	p.Detail = clip(stderr, 2000)
	return new(wire.Door).Outward(p).Because(err) // it has the program's own words
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return clip(line, 300)
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:int(math.Max(0, float64(most-3)))] + "..."
}
