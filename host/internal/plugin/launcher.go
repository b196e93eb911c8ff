package plugin

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
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
	"github.com/plumbline-dev/plumbline/host/internal/owned"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/cgroup"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/confine"
	"github.com/plumbline-dev/plumbline/host/internal/plugin/group"
	"github.com/plumbline-dev/plumbline/host/internal/wire"
	"github.com/plumbline-dev/plumbline/sdk"
	connectorv1 "github.com/plumbline-dev/plumbline/sdk/proto/connector/v1"
)

// Program is a connector program at the moment when it was hashed.
type Program struct {
	ID     string
	Path   string
	SHA256 string // lower-case hex

	Interpreter string // hash of the program that runs it, for a description
}

// ProgramOf returns the program of a connector.
func ProgramOf(c host.Connector) Program {
	return Program{ID: c.ID, Path: c.Path, SHA256: c.SHA256, Interpreter: c.Interpreter}
}

// Launcher starts connector processes. It is safe for concurrent use.
type Launcher struct {
	workDir      string        // of the processes' private directories
	socketDir    string        // short, so that socket paths fit
	startTimeout time.Duration // until the handshake
	grace        time.Duration // between the shutdown call and SIGKILL
	limits       Limits
	private      string        // the data directory, which no program reads
	interpreter  interpreter   // runs descriptions
	home         *cgroup.Home  // of the processes' control groups; nil = they have none
	starts       atomic.Uint64 // names the processes' socket directories
	usage        group.Usage   // shared by all watches
	running      sync.Map      // by the process id, which is the number of its group
}

// maxSocketDir leaves space in the 104 bytes of a socket address for a process's own
// directory and go-plugin's two random names.
const maxSocketDir = 104 - len("/zzzzzz/plugin-dir4294967295/plugin4294967295")

// NewLauncher returns a launcher that works under dir, which has one owner at a time, and
// deletes what an earlier owner left there. On a full disk the first start makes the
// directories, so that a host can open to read.
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
	return &Launcher{
		workDir: work, socketDir: sockets, startTimeout: 20 * time.Second, grace: 1500 * time.Millisecond, limits: limits, private: dir,
	}, nil
}

// Private returns the data directory, which no program reads.
func (l *Launcher) Private() string { return l.private }

// Close deletes the directories of the launcher. Every process must have ended.
func (l *Launcher) Close() error {
	return errors.Join(os.RemoveAll(l.workDir), os.RemoveAll(l.socketDir))
}

// Start verifies and starts program, or connects to an attached one, and returns after
// the handshake. The process may do what allowed says and nothing else, as far as this
// machine can enforce that. It ends with Stop, not with ctx. Errors are problems:
// connector.changed, connector.not_a_connector, connector.start or an exceeded limit.
func (l *Launcher) Start(ctx context.Context, program Program, allowed Allowance) (*Process, error) {
	if program.Attached() {
		return l.attach(ctx, program, allowed)
	}
	work, sockets, err := l.makeDirs(program.ID)
	if err != nil {
		return nil, noDirs(program, err)
	}
	p := &Process{
		program: program, grace: l.grace, limits: l.limits, workDir: work, socketDir: sockets,
		stderr: newTail(64 << 10), stopped: make(chan struct{}), usage: &l.usage,
	}
	p.runner = l.newRunner(program, confine.Rules{
		Read: without(allowed.Read, l.private), Write: []string{work, sockets}, Port: allowed.port(), Inspect: allowed.Inspect,
		FileBytes: uint64(max(l.limits.DiskMiB, 0)) << 20,
	})
	p.client = goplugin.NewClient(l.config(p, allowed))
	p.runner.onStart = func(pid int) { l.running.Store(pid, struct{}{}) }
	go func() { // ends with the process, or with Stop when it was never started
		p.watch()
		l.running.Delete(p.runner.pid())
	}()
	if err := p.handshake(ctx); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// UseGroups gives every process a control group below home, which may be nil. It is
// called before anything is started.
func (l *Launcher) UseGroups(home *cgroup.Home) { l.home = home }

func (l *Launcher) group() (*cgroup.Group, error) {
	return l.home.Group(cgroup.Limits{MemoryMiB: l.limits.MemoryMiB, Tasks: l.limits.Tasks})
}

// Owns reports whether pid is a connector's process or one of its helpers.
func (l *Launcher) Owns(pid int) bool {
	leader, ok := group.LeaderOf(pid)
	_, running := l.running.Load(leader)
	return ok && running
}

// makeDirs makes the directories of one process: one to work in, and one for its socket,
// in which go-plugin leaves files when a start fails. Cleaners of temporary files may
// have deleted the directories above, so it makes these again.
func (l *Launcher) makeDirs(id string) (work, sockets string, err error) {
	if err := os.MkdirAll(l.workDir, 0o700); err != nil {
		return "", "", fmt.Errorf("create work directory: %w", err)
	}
	err = os.Mkdir(l.socketDir, 0o700)
	if errors.Is(err, fs.ErrExist) {
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

// private returns an error unless dir is a directory that only this user may enter.
func private(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	// Windows knows no owner; the access list of the directory above protects it.
	if uid, known := owned.UID(info); !info.IsDir() || known && (uid != os.Getuid() || info.Mode().Perm()&0o077 != 0) {
		return fmt.Errorf("%s belongs to another user, or other users may enter it", dir)
	}
	return nil
}

func noDirs(program Program, err error) *host.Problem {
	if p := shortage(program.ID, err); p != nil {
		return p
	}
	return problem(host.CodeConnectorStart, host.FaultHost, host.RetryAfter,
		"Make the data directory and the directory for temporary files writable, then sync again.",
		"the directories of the connector program %s cannot be made: %v", program.ID, err).Because(err)
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
		// No keepalive pings: a server hangs up on more than one in five minutes.
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
		// A fixed window holds one more batch; by default gRPC buffers up to 16 MiB.
		grpc.WithInitialWindowSize(window), grpc.WithInitialConnWindowSize(window),
	}
}

// window is how many bytes a connector may send before they are read.
const window = 1 << 20

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
	// Certificates of a private certificate authority, and what Windows needs. The
	// company's proxy is not passed on: the host's proxy uses it.
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR", "SystemRoot"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// socketDir makes a private directory that is short enough for a socket's path: inside
// work, or in a temporary directory under a name made from work, so that the next host
// finds and deletes what a killed one left.
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
		// Mkdir refuses a directory that another user made. On a full disk the first start makes it.
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

// startProblem says why the handshake with program failed.
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
		why = "it printed something else than a connector's handshake"
	case strings.Contains(why, "timeout while waiting"):
		why = "its handshake did not come in time"
	case strings.Contains(why, "incompatible API version"), strings.Contains(why, "incompatible core API"):
		why = "it speaks another protocol version: " + firstLine(why)
	default:
		why = firstLine(why)
	}
	if exit != "" {
		why += " and " + exit
	}
	if program.Described() && stderr != "" {
		// The interpreter prints a line for each mistake in the file.
		why = clip(strings.ReplaceAll(strings.TrimSpace(stderr), "\n", "; "), 1000)
	}
	p := notAConnector(program.ID, program.Path, why)
	p.Detail = clip(stderr, 2000)
	return new(wire.Door).Outward(p).Because(err)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return clip(line, 300)
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:most-3] + "..."
}
